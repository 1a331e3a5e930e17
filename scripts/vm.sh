#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boot a guest and run one job in it.
# usage: vm.sh KERNEL-IMAGE INITRAMFS JOB LOG-DIR [KERNEL-ARGUMENT...]
# JOB is the name of a script in guest/, or NAME.MACHINE for one that needs a machine other than
# the usual one, which has QEMU's edu device on the root bus:
#   .power    also a disk to hibernate to, LOG-DIR/disk
#   .acpi     the edu device sits in a slot; ACPI says when it comes and goes
#   .native   the same, and the PCI Express port itself says so
#   .soak     the usual one, with logs of its own
#   .pair     two edu devices
#   .reset    keeps its memory when it is reset, for which it waits to be told; no device. Part of
#             the memory is left to ramoops
#   .again    the same, and is not told to wait: it boots again
#   .bench    one processor whose clock counts instructions; no device
#   .contention  two processors that run at once; no device
# The kernel's console goes to LOG-DIR/console.log, the job's output to LOG-DIR/job.log; the job
# "shell" has the terminal instead. VM_TIMEOUT bounds the whole in seconds. VM_QMP is where to
# listen for QEMU's machine protocol. VM_AGAIN=1 boots a machine that was switched off: its disk and
# logs are kept.

. "$(dirname "$0")/lib.sh"

image=$1
initramfs=$2
job=$3
logs=$4
shift 4

machine=
[ "${job%.*}" = "$job" ] || machine=${job##*.}
if [ "$machine" = bench ]; then
	# Fast string instructions off: each byte that they fill would count as one instruction, so
	# that clearing pages outweighed everything. Without them the kernel fills by eight bytes.
	accel="-accel tcg -icount shift=0,sleep=off -cpu max,-erms,-fsrm -smp 1"
else
	accel=$("$dmf_root/scripts/accel.sh" "$image")
fi
# With a thread for each emulated processor, QEMU 7.2 now and then breaks a guest whose other
# processor patches its code (as jump labels do, which the test kernel has not), is reset, or moves
# memory: the guest traps on a breakpoint that is gone, or jumps nowhere.
case $job in
kunit* | *.contention) ;;
*) accel=${accel/thread=multi/thread=single} ;;
esac
mkdir -p "$logs"
# Printing from hard interrupt context takes the lock of the serial port, of which lockdep with
# PROVE_RAW_LOCK_NESTING complains on 6.1, and then it is off. The early console has no lock.
console=console=ttyS0
case $job in
kunit*) console="earlycon=uart8250,io,0x3f8,115200 keep_bootcon console=ttynull" ;;
esac
# Lets a job have tracepoints printed there (kernel.tracepoint_printk). With PREEMPT_RT the console
# is served by a thread, for which they must wait.
[ "${job%.*}" != proof ] || console+=" tp_printk log_buf_len=4M"
append="$console panic=-1 mitigations=off no_console_suspend printk.devkmsg=on dmf.job=$job"

memory=512
reboot=-no-reboot
# shellcheck disable=SC2054 # QEMU's commas
case $machine in
'' | soak)
	devices=(-device edu,addr=0x10)
	;;
pair)
	devices=(-device edu,addr=0x10 -device edu,addr=0x11)
	;;
power)
	devices=(-device edu,addr=0x10 -drive "file=$logs/disk,if=none,format=raw,id=disk"
		-device virtio-blk-pci,drive=disk)
	[ -n "${VM_AGAIN:-}" ] || { rm -f "$logs/disk" && truncate -s 768M "$logs/disk"; }
	;;
acpi | native)
	devices=(-device pcie-root-port,id=rp0,chassis=1,slot=1,addr=0x10
		-device edu,id=card,bus=rp0)
	[ "$machine" = acpi ] ||
		devices+=(-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off)
	;;
bench | contention)
	devices=()
	;;
reset | again)
	# The firmware and the kernel leave that part alone.
	devices=(-no-shutdown)
	[ "$machine" = reset ] || { devices=() && reboot=; }
	memory=320
	append+=" memmap=128K\$0x10000000 dmf.ramoops=0x10000000"
	;;
*)
	die "$job: no such machine"
	;;
esac
[ -z "${VM_QMP:-}" ] || devices+=(-qmp "unix:$VM_QMP,server=on,wait=off")

# shellcheck disable=SC2206,SC2054 # a list of arguments; QEMU's commas
qemu=(qemu-system-x86_64 -name guest,debug-threads=on -machine q35 $accel -m "$memory"
	-nodefaults -no-user-config $reboot
	-display none "${devices[@]}" -kernel "$image" -initrd "$initramfs")

[ -z "${VM_AGAIN:-}" ] || append+=" dmf.again=1"

if [ "$job" = shell ]; then
	exec "${qemu[@]}" -serial mon:stdio -append "$append loglevel=4 $*"
fi
if [ -z "${VM_AGAIN:-}" ]; then
	: >"$logs/console.log"
	: >"$logs/job.log"
fi
exec timeout --foreground -k 5 "${VM_TIMEOUT:-240}" "${qemu[@]}" \
	-chardev "file,id=console,path=$logs/console.log,append=on" -serial chardev:console \
	-chardev "file,id=job,path=$logs/job.log,append=on" -serial chardev:job \
	-append "$append $*" </dev/null
