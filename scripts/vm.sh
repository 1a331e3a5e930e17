#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boot a guest with QEMU's edu device and run one job in it.
# usage: vm.sh KERNEL-IMAGE INITRAMFS JOB LOG-DIR [KERNEL-ARGUMENT...]
# The kernel's console goes to LOG-DIR/console.log, the job's output to LOG-DIR/job.log; the job
# "shell" has the terminal instead. VM_TIMEOUT bounds the whole in seconds.

. "$(dirname "$0")/lib.sh"

image=$1
initramfs=$2
job=$3
logs=$4
shift 4

accel=$("$dmf_root/scripts/accel.sh" "$image")
mkdir -p "$logs"
# Printing from hard interrupt context takes the lock of the serial port, of which lockdep with
# PROVE_RAW_LOCK_NESTING complains on 6.1, and then it is off. The early console has no lock.
console=console=ttyS0
[ "$job" != kunit ] || console="earlycon=uart8250,io,0x3f8,115200 keep_bootcon console=ttynull"
append="$console panic=-1 mitigations=off no_console_suspend printk.devkmsg=on dmf.job=$job"

# shellcheck disable=SC2206,SC2054 # a list of arguments; QEMU's commas
qemu=(qemu-system-x86_64 -machine q35 $accel -m 512 -nodefaults -no-user-config -no-reboot
	-display none -device edu,addr=0x10 -kernel "$image" -initrd "$initramfs")

if [ "$job" = shell ]; then
	exec "${qemu[@]}" -serial mon:stdio -append "$append loglevel=4 $*"
fi
: >"$logs/console.log"
: >"$logs/job.log"
exec timeout --foreground -k 5 "${VM_TIMEOUT:-240}" "${qemu[@]}" \
	-serial "file:$logs/console.log" -serial "file:$logs/job.log" \
	-append "$append $*" </dev/null
