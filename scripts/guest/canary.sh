# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Deliberate faults. Each is bracketed in the kernel log with the report that must appear; the host
# fails a canary whose report is missing. Last in the boot: lockdep gives up after its first report.

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

insmod "$ko/dmf_kunit_filter.ko" 2>/dev/null || loaded dmf_kunit_filter || exit 1

# The hung task is to be found in seconds, and survived. No other case is: on a busy machine each
# may take seconds, for which insmod waits as a hung task does.
hung_task_is_there() {
	grep -qsx dmf_canary /proc/[0-9]*/comm
}

echo 0 >/proc/sys/kernel/hung_task_panic
insmod "$ko/dmf_canary_kunit.ko" &
wait_for "$hung_task_seconds" hung_task_is_there
notice_hung_tasks 2
wait $! || exit 1
notice_hung_tasks "$hung_task_seconds"

# What the suite leaked shows only now. Younger objects than five seconds are not reported.
sleep 4
echo "dmf-expect-end" >/dev/kmsg
echo "dmf-expect-begin: kmemleak: [0-9]+ new suspected memory leaks" >/dev/kmsg
echo scan >/sys/kernel/debug/kmemleak
echo scan >/sys/kernel/debug/kmemleak
plan canary 1
check leak_is_reported grep canary_leak /sys/kernel/debug/kmemleak
finish
echo "dmf-expect-end" >/dev/kmsg
