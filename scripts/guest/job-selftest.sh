# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# On a stock kernel: run the user-space selftests, which print KTAP. run.sh knows order and modules,
# and ends with a reboot when that is selected. dmf.repeat=N runs them so often; dmf.storm=EVENTS
# makes the storm so long, and gives a case dmf.limit=SECONDS.

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

notice_hung_tasks "$hung_task_seconds"
filter=$(cmdline dmf.filter)
repeat=$(cmdline dmf.repeat)
export DMF_KO="$ko" DMF_BIN=/dmf/bin
DMF_STORM_EVENTS=$(cmdline dmf.storm) DMF_CASE_LIMIT=$(cmdline dmf.limit)
export DMF_STORM_EVENTS DMF_CASE_LIMIT

round=1
while [ $round -lt "${repeat:-1}" ]; do
	/dmf/selftests/run.sh ${filter:+--filter "$filter"} || echo "# dmf-exit: run.sh $?"
	round=$((round + 1))
done
/dmf/selftests/run.sh ${filter:+--filter "$filter"} --reboot || echo "# dmf-exit: run.sh $?"
