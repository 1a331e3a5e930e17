# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# On a stock kernel: run the user-space selftests, which print KTAP. run.sh knows order and modules,
# and ends with a reboot when that is selected.

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

# Where the kernel looks for hung tasks, sooner than by default.
timeout=/proc/sys/kernel/hung_task_timeout_secs
[ ! -e $timeout ] || echo 20 >$timeout

filter=$(cmdline dmf.filter)
export DMF_KO="$ko" DMF_BIN=/dmf/bin

/dmf/selftests/run.sh ${filter:+--filter "$filter"} --reboot || echo "# dmf-exit: run.sh $?"
