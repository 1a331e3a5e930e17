# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The story of a driver that stalls, and of a kernel that dies: what each of the means to debug
# shows of it. The machine keeps its memory over the panic, and boots this job again.

# shellcheck source=story.sh
. /dmf/guest/story.sh

node=/dev/dmf/exerciser0
parameters=/sys/module/dmf_exerciser/parameters

# shows PATTERN WHAT: what is in $output has it.
shows() {
	grep -q -- "$1" $output || give_up "$2 does not show it"
}

# told PATTERN: tell of those lines, less their blanks at the end.
told() {
	grep -e "$1" $output | sed 's/ *$//' | tell_lines
}

no_job_is_left() {
	grep -q "jobs .* depth=0 runs=4 running=0" /sys/kernel/debug/dmf/dmf_exerciser/tree
}

before_the_panic() {
	tell step "insmod dmf.ko dmf_exerciser.ko: a driver of eleven Modules"
	for module in dmf dmf_exerciser dmf_exerciser_device; do
		insmod "$ko/$module.ko" || give_up "insmod $module.ko failed"
	done
	wait_for 5 test -c $node || give_up "$node did not appear"
	tell tick "bound: $node is there"

	tell step "three jobs for its QueuedWorkItem \"jobs\", whose callback stalls"
	echo Y >$parameters/stall || give_up "it does not stall"
	echo 3 >$parameters/jobs || give_up "there are no jobs"
	tell tick "enqueued"

	tell step "dmfctl tree: which Module is it?"
	dmfctl tree exerciser0 >$output || give_up "dmfctl failed"
	told "^[^ ]\|jobs"
	shows "jobs.*depth=2 runs=1 running=1" "the tree"
	tell tick "jobs: its first run goes on, two more wait"

	tell step "cat .../modules/*-jobs/recorder: what did it do last?"
	cat /sys/kernel/debug/dmf/dmf_exerciser/modules/*-jobs/recorder >$output ||
		give_up "there is no recorder"
	told .
	shows "job 1 begins" "the recorder"
	grep -q "job 1 ends" $output && give_up "the job has ended"
	tell tick "job 1 has begun, and has not ended"

	tell step "dmfctl trace --module=jobs, while there is one more job"
	dmfctl trace --module=jobs sh -c "echo 1 >$parameters/jobs" >$output ||
		give_up "dmfctl failed"
	told task_
	shows task_queue "the trace"
	grep -q task_begin $output && give_up "it is run"
	tell tick "queued, and not begun"

	tell step "dmfctl dump create $node; dmfctl dump show"
	dmfctl dump create --text="jobs stall" $node >$output || give_up "there is no dump"
	dmfctl dump show >$output || give_up "the dump cannot be read"
	sed -n '1,/^$/p' $output | head -n 12 | tell_lines
	told "depth=3 runs=1 running=1\|job 1 begins"
	shows "jobs stall" "the dump's header"
	shows "depth=3 runs=1 running=1" "the dump"
	shows "job 1 begins" "the recorder in the dump"
	tell tick "the same, in a file that can be sent to somebody"

	tell step "the stall ends, under dmfctl trace"
	dmfctl trace --module=jobs sh -c "echo N >$parameters/stall; sleep 1" >$output ||
		give_up "dmfctl failed"
	told task_end
	# Nobody knows how long the first one has taken: the trace was off when it began.
	[ "$(grep -c task_end $output)" = 3 ] || give_up "there are not three ends"
	wait_for 5 no_job_is_left || give_up "jobs are left"
	tell tick "the first job has ended, the three that waited have been run"

	tell step "the driver records what it does; then the kernel panics"
	for valve in 1 2 3; do
		echo "valve $valve opens" >$node || give_up "the driver records nothing"
	done
	grep -q "written=3 " /sys/kernel/debug/dmf/*/tree || give_up "three records are not there"
	tell tick "three records are in the ring of its CrashDump: echo c > /proc/sysrq-trigger"
	echo 1 >/proc/sys/kernel/sysrq
	echo c >/proc/sysrq-trigger
}

after_the_panic() {
	tell step "the next boot: dmfctl crash decode $ramoops_log"
	grep -q "Kernel panic - not syncing: sysrq triggered crash" $ramoops_log ||
		give_up "the log does not have the panic"
	dmfctl crash decode $ramoops_log >$output || give_up "nothing can be read"
	told .
	for valve in 1 2 3; do
		shows "valve $valve opens" "the log"
	done
	tell tick "the panic has printed the records, pstore has kept them"
}

load_ramoops "$(cmdline dmf.ramoops)" || give_up "there is no ramoops"
if [ -e $ramoops_log ]; then
	after_the_panic
else
	before_the_panic
fi
