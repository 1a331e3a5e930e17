#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Pack the guest's root: busybox, the jobs, our modules, the tools.
# usage: initramfs.sh OUTPUT MODULES-DIR TOOLS-DIR

. "$(dirname "$0")/lib.sh"

output=$1
modules=$2
tools=$3

root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/bin "$root"/dmf/{ko,bin,selftests,guest}

cp "$(command -v busybox)" "$root/bin/busybox"
cp "$dmf_root/scripts/guest/init" "$root/init"
cp "$dmf_root"/scripts/guest/*.sh "$root/dmf/guest/"
find "$modules" -name '*.ko' -exec cp -t "$root/dmf/ko" {} +
if [ -d "$tools" ]; then
	find "$tools" -maxdepth 1 -type f -executable -exec cp -t "$root/dmf/bin" {} +
	if [ -d "$tools/selftests" ]; then
		find "$tools/selftests" -maxdepth 1 -type f \( -executable -o -name '*.sh' \) \
			-exec cp -t "$root/dmf/selftests" {} +
	fi
fi
chmod 755 "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) >"$output.tmp"
mv "$output.tmp" "$output"
