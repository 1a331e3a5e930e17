#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print QEMU's arguments for the accelerator: KVM where it works, else TCG. ACCEL=kvm|tcg decides.
# usage: accel.sh KERNEL-IMAGE
# A /dev/kvm may exist and hang in the middle of a boot, so the kernel at hand is booted with it for
# at most five seconds, once per boot of the host.

. "$(dirname "$0")/lib.sh"

image=$1
kvm="-accel kvm -cpu host -smp 2"
tcg="-accel tcg,thread=multi -cpu max -smp 2"

# Without a root file system the kernel ends in a panic: that far is far enough.
works() {
	[ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
	# shellcheck disable=SC2086 # a list of arguments
	timeout -k 1 5 qemu-system-x86_64 $kvm -m 512 -nodefaults -display none -no-reboot \
		-serial stdio -kernel "$image" -append 'console=ttyS0 panic=-1' \
		</dev/null 2>&1 | grep -q 'Kernel panic'
}

verdict() {
	local stamp=$dmf_cache/accel boot

	boot=$(cat /proc/sys/kernel/random/boot_id)
	if [ "$(sed -n 1p "$stamp" 2>/dev/null)" != "$boot" ]; then
		{ echo "$boot" && if works; then echo kvm; else echo tcg; fi; } >"$stamp.$$"
		mv "$stamp.$$" "$stamp"
	fi
	sed -n 2p "$stamp"
}

accel=${ACCEL:-$(verdict)}
case $accel in
kvm) echo "$kvm" ;;
tcg) echo "$tcg" ;;
*) die "ACCEL=$accel: expected kvm or tcg" ;;
esac
