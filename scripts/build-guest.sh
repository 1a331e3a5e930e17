#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the modules for one kernel, the tools, and the guest's root, all under out/; the source tree
# stays as it is.
# usage: build-guest.sh K KERNEL-IMAGE BUILD-DIRECTORY-OF-THE-KERNEL    result: out/K/initramfs.gz

. "$(dirname "$0")/lib.sh"

kernel=$1
image=$2
kdir=$3
out=$dmf_out/$kernel
mkdir -p "$out"

"$dmf_root/scripts/copy-sources.sh" "$out/build"
# A source that is gone must not leave its module behind.
find "$out/build" -name '*.ko' -delete
# Nobody measures a kernel that is full of checkers.
bench=m
[ "$kernel" != test ] || bench=n
quietly "$out/build.log" make -C "$out/build" -j"$(nproc)" KDIR="$kdir" \
	CONFIG_DMF_BENCH="$bench" CONFIG_DMF_EXERCISER=m

"$dmf_root/scripts/build-tools.sh"
"$dmf_root/scripts/initramfs.sh" "$out/initramfs.gz" "$out/build" "$dmf_out/tools" \
	"$(dirname "$image")/modules"
