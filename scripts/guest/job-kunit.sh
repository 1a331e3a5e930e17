# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# On the test kernel: the KUnit suites, then the fuzzer, then the watchers, then the canaries. KUnit
# prints to the kernel log; the fuzzer and the watchers report on standard output. dmf.repeat=N runs
# the suites so often, dmf.soak=SECONDS those that can as long as that. dmf.fuzz=SECONDS is for
# the fuzzer, dmf.stress=SECONDS for stress-ng, which is there for "make soak" alone.

# shellcheck source=watchers.sh
. /dmf/guest/watchers.sh

filter=$(cmdline dmf.filter)
repeat=$(cmdline dmf.repeat)
soak=$(cmdline dmf.soak)

# Fault injection is armed per task by the tests themselves (fail-nth).
for fault in failslab fail_page_alloc; do
	dir=/sys/kernel/debug/$fault
	[ -d "$dir" ] || continue
	echo N >"$dir/ignore-gfp-wait"
	echo Y >"$dir/task-filter"
	echo 0 >"$dir/verbose"
done

# A task that hangs will not come back: end with the state of all tasks in the log.
echo 1 >/proc/sys/kernel/panic_print
echo 1 >/proc/sys/kernel/hung_task_panic

# The suite about the live tree switches its folders on.
insmod "$ko/dmf.ko" debugfs=0 || exit 1
insmod "$ko/dmf_kunit_filter.ko" ${filter:+filter="$filter"} || exit 1

# KUnit gives a case one second less than a hung task gets.
notice_hung_tasks "$((${soak:-0} + hung_task_seconds))"

round=0
while [ $round -lt "${repeat:-1}" ]; do
	[ $round = 0 ] || rmmod dmf_kunit || break
	round=$((round + 1))
	mark kunit begin
	insmod "$ko/dmf_kunit.ko" ${soak:+soak_seconds="$soak"}
	mark kunit end
done
notice_hung_tasks "$hung_task_seconds"

if [ "$(cmdline dmf.fuzz)" ]; then
	# shellcheck source=fuzz.sh
	. /dmf/guest/fuzz.sh
fi

if [ "$(cmdline dmf.stress)" ]; then
	# shellcheck source=stress.sh
	. /dmf/guest/stress.sh
fi

mark watchers begin
watchers
mark watchers end

if [ "$(cmdline dmf.canary)" = 1 ]; then
	mark canary begin
	sh /dmf/guest/canary.sh
	mark canary end
fi
