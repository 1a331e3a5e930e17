#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bring a copy of the kernel sources up to date, so that a build never touches the tree itself.
# usage: copy-sources.sh DIRECTORY
# Build products in the copy stay, and so do time stamps: builds there are incremental.

. "$(dirname "$0")/lib.sh"

# copy DIRECTORY SOURCE...: what is excluded is not deleted, either.
copy() {
	local to=$1

	shift
	mkdir -p "$to"
	rsync -a --delete --exclude='.*' --exclude='*.o' --exclude='*.ko' --exclude='*.mod' \
		--exclude='*.mod.c' --exclude='*.order' --exclude='*.symvers' --exclude='*.a' \
		"$@" "$to/"
}

copy "$1" "$dmf_root"/{Makefile,Kbuild,Kbuild.include,Kconfig} \
	"$dmf_root"/{scripts,include,dmf,modules,drivers,kunit}
copy "$1/tools" "$dmf_root"/tools/{bench,exerciser}
