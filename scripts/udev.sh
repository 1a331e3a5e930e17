#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Add Debian's udevd, our rule and the one of Documentation/uapi/udev.md to a guest's root.
# usage: udev.sh INITRAMFS OUTPUT

. "$(dirname "$0")/lib.sh"

root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/etc/udev/rules.d "$root"/{usr/bin,lib/systemd}

udevadm=$(command -v udevadm)
cp "$udevadm" "$root/usr/bin/udevadm"
ln -s /usr/bin/udevadm "$root/lib/systemd/systemd-udevd"
# With the loader, each where the program looks for it.
ldd "$udevadm" | grep -o '/[^ ]*' | while read -r library; do
	install -D "$library" "$root$library"
done
cp "$dmf_root/tools/udev/60-dmf.rules" "$root/etc/udev/rules.d/"
# shellcheck disable=SC2016 # backquotes are what the page has
sed -n '/^```udev$/,/^```$/p' "$dmf_root/Documentation/uapi/udev.md" | sed '1d;$d' \
	>"$root/etc/udev/70-local.rules"
echo "root:x:0:0:root:/:/bin/sh" >"$root/etc/passwd"
printf 'root:x:0:\ndmf:x:400:\n' >"$root/etc/group"

# The kernel unpacks one archive after the other.
{
	cat "$1"
	(cd "$root" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1)
} >"$2.tmp"
mv "$2.tmp" "$2"
