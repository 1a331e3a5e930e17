# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# On a stock kernel whose clock counts instructions, or with two processors: measure. The results
# are in the kernel log. Programs are measured in instructions only.

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

filter=$(cmdline dmf.filter)
contention=
[ "$(cmdline dmf.job)" = bench.bench ] || contention=1
insmod "$ko/dmf.ko" branch_track=1 &&
	insmod "$ko/dmf_bench.ko" ${filter:+filter="$filter"} ${contention:+contention=1} &&
	{ [ "$contention" ] || /dmf/bench/dmf-bench "$filter"; }
