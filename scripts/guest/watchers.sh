# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The end-of-run checks: a run is only as good as the checkers that watched it, so each of them must
# still be at work after the last suite.
# shellcheck disable=SC2317 # the functions are called by check

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

lockdep_is_on() {
	grep -E '^ debug_locks: +1$' /proc/lockdep_stats >/dev/null && return
	echo "lockdep was switched off during the run; the first report in the log says why"
	return 1
}

debug_objects_is_on() {
	dmesg | grep 'ODEBUG: Out of memory' && return 1
	[ -r /sys/kernel/debug/debug_objects/stats ] && return
	echo "no debug_objects in debugfs"
	return 1
}

hung_tasks_are_noticed() {
	local seconds

	seconds=$(cat /proc/sys/kernel/hung_task_timeout_secs)
	[ "$seconds" = "$hung_task_seconds" ] && return
	echo "hung_task_timeout_secs is $seconds"
	return 1
}

kmemleak_scan() {
	echo scan >/sys/kernel/debug/kmemleak && return
	echo "kmemleak no longer scans; the log says why"
	return 1
}

# What was found is told once.
kmemleak_found_nothing() {
	[ -n "$(cat /sys/kernel/debug/kmemleak)" ] || return 0
	head -n 60 /sys/kernel/debug/kmemleak
	echo clear >/sys/kernel/debug/kmemleak
	return 1
}

# Objects younger than five seconds are not reported, and none before its second scan.
no_leaks() {
	sleep 6
	kmemleak_scan && kmemleak_scan && kmemleak_found_nothing
}

unload() {
	local module

	for module in dmf_kunit dmf_kunit_filter dmf_edu dmf; do
		! loaded $module || rmmod $module || return 1
	done
}

# A second insmod fails when the first left something registered.
load_and_unload_twice() {
	for _ in 1 2; do
		insmod "$ko/dmf.ko" || return 1
		if [ -e "$ko/dmf_edu.ko" ]; then
			insmod "$ko/dmf_edu.ko" || return 1
			rmmod dmf_edu || return 1
		fi
		rmmod dmf || return 1
	done
}

watchers() {
	plan watchers 8
	check no_leaks no_leaks
	check lockdep_still_on lockdep_is_on
	check debug_objects_still_on debug_objects_is_on
	check hung_task_timeout hung_tasks_are_noticed
	check unload unload
	check load_and_unload_twice load_and_unload_twice
	check kmemleak_still_scans kmemleak_scan
	check no_leaks_after_unload kmemleak_found_nothing
	finish
}
