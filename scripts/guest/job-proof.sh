# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# On a stock kernel: the proofs that need a machine which takes part. They ask it by lines that
# scripts/harness/machine.py understands.

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

notice_hung_tasks "$hung_task_seconds"
filter=$(cmdline dmf.filter)
job=$(cmdline dmf.job)
machine=${job#*.}
export DMF_KO="$ko" DMF_BIN=/dmf/bin

if [ "$machine" = power ]; then
	# The disk was brought up before, to look whether a system sleeps on it.
	mkswap /dev/vda >/dev/null
	swapon /dev/vda
fi
insmod "$ko/dmf.ko"
insmod "$ko/dmf_edu.ko"
/dmf/proofs/dmf-proof "$machine" ${filter:+--filter "$filter"} || echo "# dmf-exit: dmf-proof $?"
