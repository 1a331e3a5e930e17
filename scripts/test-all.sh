#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make test-all`: on every stock kernel what does not need KUnit. The selftests run on all of them;
# sleep, hibernation, runtime PM, binding, hotplug and a panic, which need a machine that takes
# part, on three. The order of device events is printed and compared with a table
# (harness/orders.py).
# Environment: see tier.sh.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tier.sh"

everywhere=(6.1 6.1-rt 6.1-cloud 6.12 6.12-rt 6.12-cloud)
proven=(6.1 6.1-rt 6.12)
machines=(power acpi native)
if [ -n "$only" ]; then
	everywhere=("$only")
	# On any other kernel only when they are asked for.
	if [[ -n $select || " ${proven[*]} " == *" $only "* ]]; then
		proven=("$only")
	else
		proven=()
	fi
fi
tier_tests selftest proof.power proof.acpi proof.native udev crash

say "${c_bold}DMF tests on stock kernels${c_off}${select:+ matching $select}"
proofs=()
[ ${#proven[@]} -gt 0 ] || machines=()
for machine in "${machines[@]}"; do
	! tier_wants "proof.$machine" || proofs+=("$machine")
done
! tier_wants selftest || say "  selftests on ${everywhere[*]}"
[ ${#proofs[@]} = 0 ] ||
	say "  sleep, hibernation, runtime PM, rebinding and hotplug on ${proven[*]}"
udev=
if [ ${#proven[@]} -gt 0 ] && tier_wants udev; then
	udev=1
	say "  the udev rule with Debian's udevd on ${proven[0]}"
fi
crash=
if [ ${#proven[@]} -gt 0 ] && tier_wants crash; then
	crash=1
	say "  a panic, and what is left of it after the next boot, on ${proven[*]}"
fi
say "  This takes up to 20 minutes on 2 cores."

"$scripts/deps.sh" build guest test ${udev:+udev}
if tier_wants selftest; then
	for kernel in "${everywhere[@]}"; do
		tier_prepare "$kernel" selftest "dmf.filter=$select"
	done
fi
for kernel in "${proven[@]}"; do
	for machine in "${proofs[@]}"; do
		tier_prepare "$kernel" "proof.$machine" "dmf.filter=$select"
	done
	[ -z "$crash" ] || tier_prepare "$kernel" crash.reset
done
[ -z "$udev" ] || tier_prepare "${proven[0]}" udev.pair
tier_run test-all
