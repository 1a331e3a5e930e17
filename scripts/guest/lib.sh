# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the jobs share. Runs under busybox ash.
# shellcheck disable=SC2034 # the variables are for those who source this

ko=/dmf/ko
edu_driver=/sys/bus/pci/drivers/dmf_edu

# The value of NAME=value on the kernel command line.
cmdline() {
	sed -n "s/.*\\b$1=\\([^ ]*\\).*/\\1/p" /proc/cmdline
}

# A line in the kernel log, for the host to find its way.
mark() {
	echo "dmf-$1: $2" >/dev/kmsg
}

loaded() {
	[ -d "/sys/module/$1" ]
}

# The PCI address of QEMU's edu device.
edu_address() {
	local device

	for device in /sys/bus/pci/devices/*; do
		if [ "$(cat "$device/vendor"):$(cat "$device/device")" = 0x1234:0x11e8 ]; then
			basename "$device"
			return
		fi
	done
	return 1
}

# Sooner than by default, and as late as a guest needs that has half of the processors it believes
# to have. The harness waits longer for a line.
hung_task_seconds=60

# notice_hung_tasks SECONDS: have the kernel look for tasks that have hung so long.
notice_hung_tasks() {
	local timeout=/proc/sys/kernel/hung_task_timeout_secs

	[ ! -e $timeout ] || echo "$1" >$timeout
}

# Bring up the disk that the machine named "power" has.
load_disk() {
	local module

	for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci \
		virtio_blk; do
		[ ! -e "/dmf/disk/$module.ko" ] || insmod "/dmf/disk/$module.ko" || return 1
	done
	wait_for 5 test -b /dev/vda
}

# What a panic leaves of the log, for the next boot.
pstore=/sys/fs/pstore
ramoops_log=$pstore/dmesg-ramoops-0

# load_ramoops ADDRESS: have the log of a panic kept in that memory.
load_ramoops() {
	insmod /dmf/disk/reed_solomon.ko &&
		insmod /dmf/disk/ramoops.ko "mem_address=$1" mem_size=0x20000 \
			record_size=0x8000 &&
		mount -t pstore pstore $pstore
}

# wait_for SECONDS COMMAND...: until it succeeds, looking ten times a second.
wait_for() {
	local tries=$(($1 * 10))

	shift
	until "$@"; do
		[ "$tries" -gt 0 ] || return 1
		tries=$((tries - 1))
		sleep 0.1
	done
}

# selects PATTERNS SUITE CASE: whether T= asks for it; it asks for all if it is empty.
selects() {
	local pattern rest=$1,

	[ "$1" ] || return 0
	while [ "$rest" ]; do
		pattern=${rest%%,*}
		rest=${rest#*,}
		# shellcheck disable=SC2254 # a pattern it is
		case $pattern in
		*.*) case $2.$3 in $pattern) return 0 ;; esac ;;
		*) case $2 in $pattern) return 0 ;; esac ;;
		esac
	done
	return 1
}

# Results: start with plan N, one check per result, then finish.
plan() {
	suite=$1
	number=0
	bad=0
	echo "KTAP version 1"
	echo "1..1"
	echo "    KTAP version 1"
	echo "    # Subtest: $suite"
	echo "    1..$2"
}

# resume SUITE N: go on after a boot, when so many results are there.
resume() {
	suite=$1
	number=$2
	bad=0
}

# check NAME COMMAND...: what the command prints becomes the explanation of a failure.
check() {
	local name=$1 said verdict=ok

	shift
	number=$((number + 1))
	if ! said=$("$@" 2>&1); then
		verdict="not ok"
		bad=1
	fi
	[ -z "$said" ] || echo "$said" | sed 's/^/    # /'
	echo "    $verdict $number $name"
}

finish() {
	if [ "$bad" = 0 ]; then
		echo "ok 1 $suite"
	else
		echo "not ok 1 $suite"
	fi
}
