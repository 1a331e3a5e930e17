#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Pack the guest's root: busybox, the jobs, our modules, the tools, the kernel's own modules for a
# disk if a directory of them is given.
# usage: initramfs.sh OUTPUT MODULES-DIR TOOLS-DIR [DISK-MODULES-DIR]

. "$(dirname "$0")/lib.sh"

output=$1
modules=$2
tools=$3
disk=${4:-}

root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/bin "$root"/dmf/{ko,disk,bin,examples,selftests,proofs,fuzz,bench,guest}

cp "$(command -v busybox)" "$root/bin/busybox"
cp "$dmf_root/scripts/guest/init" "$root/init"
cp "$dmf_root"/scripts/guest/*.sh "$root/dmf/guest/"
find "$modules" -name '*.ko' -exec cp -t "$root/dmf/ko" {} +
[ ! -d "$disk" ] || find "$disk" -name '*.ko' -exec cp -t "$root/dmf/disk" {} +
if [ -d "$tools" ]; then
	find "$tools" -maxdepth 1 -type f -executable -exec cp -t "$root/dmf/bin" {} +
	for folder in examples selftests proofs fuzz bench; do
		[ ! -d "$tools/$folder" ] ||
			find "$tools/$folder" -maxdepth 1 -type f \
				\( -executable -o -name '*.sh' \) \
				-exec cp -t "$root/dmf/$folder" {} +
	done
fi
chmod 755 "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) >"$output.tmp"
mv "$output.tmp" "$output"
