#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the kernel build directory to build for.
# usage: kdir.sh [KDIR] [KVER]
# Neither given: the running kernel's if it is there, else the newest installed Debian 6.1 headers.

. "$(dirname "$0")/lib.sh"

kdir=${1:-}
kver=${2:-}

if [ -n "$kdir" ]; then
	[ -e "$kdir/Makefile" ] || die "KDIR=$kdir is not a kernel build directory"
elif [ -n "$kver" ]; then
	kdir=/lib/modules/$kver/build
	[ -e "$kdir/Makefile" ] ||
		die "no headers for kernel $kver: apt install linux-headers-$kver"
else
	kdir=/lib/modules/$(uname -r)/build
	if [ ! -e "$kdir/Makefile" ]; then
		kdir=$(find /lib/modules -mindepth 2 -maxdepth 2 -name build \
			-path '/lib/modules/6.1.*-amd64/build' | grep -vE -- '-(rt|cloud)-' |
			sort -V | tail -n 1)
	fi
	[ -e "$kdir/Makefile" ] ||
		die "no kernel headers found:" \
			"apt install linux-headers-amd64, or give KVER= or KDIR="
fi
# Absolute, because make changes into it.
cd "$kdir" && pwd
