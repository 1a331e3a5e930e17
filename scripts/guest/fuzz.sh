# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The fuzzer on the nodes of the guest. dmf.fuzz=SECONDS is how long it works on all of them;
# dmf.seed=N repeats what it did with that seed, as far as chance allows.
# shellcheck disable=SC2154,SC2317 # the filter of whoever sources this; called by check

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

exerciser=/dev/dmf/exerciser0
edu=/dev/dmf/edu0

# fuzz TENTHS ARGUMENT...: for so many tenths of the time.
fuzz() {
	local tenths=$1

	shift
	/dmf/fuzz/dmf-fuzz --seconds $(((seconds * tenths + 9) / 10)) --seed "$seed" "$@"
}

rebind_exerciser=/sys/bus/platform/drivers/dmf_exerciser:dmf_exerciser

exerciser_node() {
	fuzz 4 --rebind $rebind_exerciser $exerciser
}

edu_node() {
	fuzz 3 --rebind "$edu_driver:$(edu_address)" --rebind $rebind_exerciser $edu $exerciser
}

failing_allocations() {
	fuzz 3 --fail --rebind $rebind_exerciser $exerciser
}

# A dump that was asked for keeps dmf.ko until somebody has discarded it. The files of rings and of
# killed children go a while after them.
drivers_unload() {
	local module dump

	for dump in /sys/class/devcoredump/devcd*/data; do
		[ ! -e "$dump" ] || echo 1 >"$dump" || return 1
	done
	for module in dmf_exerciser dmf_exerciser_device dmf_edu; do
		wait_for 15 rmmod $module || return 1
	done
}

load_drivers() {
	local module

	for module in dmf_edu dmf_exerciser dmf_exerciser_device; do
		loaded $module || insmod "$ko/$module.ko" || return 1
	done
}

# case_of NAME: check it if T= selects it. The log says where it begins, and the seed.
case_of() {
	selects "$filter" fuzz "$1" || return 0
	mark fuzz "begin $1 (seed $seed)"
	check "$1" "$1"
	mark fuzz "end $1"
}

fuzz_all() {
	local name count=0

	for name in exerciser_node edu_node failing_allocations drivers_unload; do
		! selects "$filter" fuzz $name || count=$((count + 1))
	done
	[ $count -gt 0 ] || return 0
	seed=$(cmdline dmf.seed)
	seed=${seed:-$(($(od -An -N4 -tu4 /dev/urandom) + 1))}
	load_drivers || return 1
	plan fuzz $count
	case_of exerciser_node
	case_of edu_node
	case_of failing_allocations
	case_of drivers_unload
	finish
	# Whoever comes next finds them gone.
	selects "$filter" fuzz drivers_unload || drivers_unload
}

seconds=$(cmdline dmf.fuzz)
fuzz_all
