#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Make a kernel ready for the guest and print two lines: its image, and its build directory.
# usage: kernel.sh [--headers] test | 6.1 | 6.12 | 6.1-rt | 6.12-rt | 6.1-cloud | 6.12-cloud
#   --headers   stock kernels: no image, print the build directory only
# Stock images are taken into the cache without installing them; their headers are installed.

. "$(dirname "$0")/lib.sh"

# The package that always depends on the newest headers of a series and flavour.
headers_package() {
	case $1 in
	6.1) echo linux-headers-amd64 ;;
	6.1-rt) echo linux-headers-rt-amd64 ;;
	6.1-cloud) echo linux-headers-cloud-amd64 ;;
	6.12 | 6.12-rt | 6.12-cloud) echo "linux-headers-$1-amd64" ;;
	*) die "K=$1: expected test, 6.1 or 6.12, the latter two also with -rt or -cloud" ;;
	esac
}

# The newest installed version of a series and flavour, like 6.1.0-56-amd64.
installed_version() {
	local series=${1%%-*} flavour=

	[ "$1" = "$series" ] || flavour=-${1#*-}
	find /lib/modules -mindepth 2 -maxdepth 2 -name build -printf '%P\n' | cut -d/ -f1 |
		grep -E "^${series//./\\.}\\.[0-9]+(-[0-9]+|\\+deb[0-9]+)$flavour-amd64$" |
		sort -V | tail -n 1
}

# Modules of the stock kernel that reach the disk which a guest hibernates to, and that keep the log
# of a panic; some kernels have part of them built in.
disk_modules=(virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk
	reed_solomon ramoops)

have_image() {
	[ -e "$dmf_cache/image-$1/vmlinuz" ] &&
		[ "$(cat "$dmf_cache/image-$1/modules/names" 2>/dev/null)" = "${disk_modules[*]}" ]
}

# Take the image of an installed version, and the modules, out of its package.
fetch_image() {
	local version=$1 dir module

	dir=$(mktemp -d "$dmf_cache/fetch.XXXXXX")
	say "Fetching the kernel image of linux-image-$version ..." >&2
	if (cd "$dir" && apt-get download -q "linux-image-$version" >apt.log 2>&1); then
		dpkg-deb --fsys-tarfile "$dir"/*.deb | tar -x -C "$dir" --wildcards \
			"./boot/vmlinuz-$version" '*/drivers/virtio/*' '*/drivers/block/virtio*' \
			'*/lib/reed_solomon/*' '*/fs/pstore/*'
		mkdir -p "$dmf_cache/image-$version" "$dir/modules"
		for module in "${disk_modules[@]}"; do
			find "$dir" -name "$module.ko*" -exec mv -t "$dir/modules" {} +
		done
		find "$dir/modules" -name '*.xz' -exec xz -d {} +
		mv -f "$dir/boot/vmlinuz-$version" "$dmf_cache/image-$version/vmlinuz"
		# Others may be reading what is there already.
		mkdir -p "$dmf_cache/image-$version/modules"
		find "$dir/modules" -name '*.ko' -exec \
			mv -f -t "$dmf_cache/image-$version/modules" {} +
		say "${disk_modules[*]}" >"$dmf_cache/image-$version/modules/names"
	fi
	rm -rf "$dir"
	have_image "$version"
}

# The installed version, after having installed one if there was none.
stock_headers() {
	local version

	version=$(installed_version "$1")
	if [ -z "$version" ]; then
		"$dmf_root/scripts/deps.sh" "$(headers_package "$1")" >&2
		version=$(installed_version "$1")
	fi
	say "$version"
}

stock_kernel() {
	local version

	version=$(stock_headers "$1")
	if ! have_image "$version"; then
		lock_cache image
		if ! have_image "$version" && ! fetch_image "$version"; then
			# The mirror has moved on: move the headers along.
			as_root apt-get update -q >/dev/null
			"$dmf_root/scripts/deps.sh" --upgrade "$(headers_package "$1")" >&2
			version=$(installed_version "$1")
			fetch_image "$version" || die "cannot download linux-image-$version"
		fi
	fi
	say "$dmf_cache/image-$version/vmlinuz"
	say "/lib/modules/$version/build"
}

case $1 in
--headers)
	say "/lib/modules/$(stock_headers "$2")/build"
	;;
test)
	"$dmf_root/scripts/test-kernel.sh" >&2
	build=$("$dmf_root/scripts/test-kernel.sh" --print-dir)
	say "$build/arch/x86/boot/bzImage"
	say "$build"
	;;
*)
	stock_kernel "$1"
	;;
esac
