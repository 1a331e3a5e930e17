# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The demo's story: how an event gets from an interrupt to a daemon.

# shellcheck source=story.sh
. /dmf/guest/story.sh

node=/dev/dmf/edu0

# The state letter of a process: S is asleep.
state_of() {
	sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null
}

# Asleep in this system call, by its number on x86-64: 16 ioctl, 232 epoll_wait, 426 io_uring_enter.
sleeps_in() {
	[ "$(state_of "$1")" = S ] && grep -q "^$2 " "/proc/$1/syscall"
}

ended() {
	! [ -d "/proc/$1" ] || [ "$(state_of "$1")" = Z ]
}

start_daemon() {
	: >$output
	dmf-notify "$@" $node >$output 2>&1 &
	daemon=$!
	wait_for 5 sleeps_in $daemon 16 || give_up "dmf-notify does not sleep"
}

printed_lines() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# ended_with STATUS PROCESS NAME: it ends soon, with this status.
ended_with() {
	local status=0

	wait_for 5 ended "$2" || give_up "$3 does not end"
	wait "$2" || status=$?
	[ $status = "$1" ] || give_up "$3 ended with status $status instead of $1"
}

node_is_there() {
	[ -c $node ]
}

tell step "insmod dmf.ko"
insmod "$ko/dmf.ko" || give_up "insmod failed"
loaded dmf || give_up "dmf is not in /sys/module"
tell tick "the core and its Modules are in the kernel"

tell step "insmod dmf_edu.ko"
address=$(edu_address) || give_up "the guest has no edu device"
insmod "$ko/dmf_edu.ko" || give_up "insmod failed"
[ -d "$edu_driver/$address" ] || give_up "the driver did not bind to $address"
wait_for 2 node_is_there || give_up "$node did not appear"
tell tick "the driver is bound to PCI device $address, $node is there"

tell step "dmf-notify --count=5 $node &"
start_daemon --count=5
tell tick "the daemon is asleep in a blocking ioctl"

tell step "five factorials, each asked for by: echo N > $node"
seen=0
for pair in 3:6 5:120 7:5040 10:3628800 12:479001600; do
	echo "${pair%:*}" >$node ||
		give_up "the driver refused to compute ${pair%:*}!"
	seen=$((seen + 1))
	wait_for 5 printed_lines $output $seen || give_up "no event came for ${pair%:*}!"
	said=$(sed -n "${seen}p" $output)
	tell line "$said"
	echo "$said" | grep -qw "${pair#*:}" || give_up "${pair%:*}! is ${pair#*:}"
done
tell tick "interrupt, Doorbell, NotifyUserWithRequest: the daemon woke five times"

tell step "the daemon has its five events"
ended_with 0 $daemon dmf-notify
[ "$(wc -l <$output)" = 5 ] || give_up "it printed more than five lines"
tell tick "and has ended with status 0"

# Three consumers at once: what they print, and how they sleep.
kinds="dmf-notify epoll io_uring"
consumer_of() {
	case $1 in
	dmf-notify) echo "$daemon" ;;
	epoll) echo "$epoll" ;;
	io_uring) echo "$uring" ;;
	esac
}

asleep() {
	case $1 in
	dmf-notify) sleeps_in "$daemon" 16 ;;
	epoll) sleeps_in "$epoll" 232 ;;
	io_uring) sleeps_in "$uring" 426 ;;
	esac
}

signal_others() {
	local kind

	for kind in $kinds; do
		[ "$kind" = "$2" ] || kill "-$1" "$(consumer_of "$kind")"
	done
}

others_stopped() {
	local kind

	for kind in $kinds; do
		[ "$kind" = "$1" ] || [ "$(state_of "$(consumer_of "$kind")")" = T ] || return 1
	done
}

asked() {
	echo "$1" >$node
}

# The numbers of all events that were printed, in order.
taken() {
	cat $output /tmp/epoll /tmp/io_uring | sed -n 's/.*#\([0-9]*\).*/\1/p' | sort -n
}

# How many of these FILE has, but for the first.
more_of() {
	echo $(($(grep -c '#' "$1") - 1))
}

taken_up_to() {
	[ "$(taken | wc -l)" -ge $(($1 - 5)) ]
}

tell step "three consumers at once: dmf-notify, an epoll loop, an io_uring reader"
start_daemon
/dmf/examples/wait-epoll $node >/tmp/epoll 2>&1 &
epoll=$!
/dmf/examples/wait-io_uring $node >/tmp/io_uring 2>&1 &
uring=$!
for kind in $kinds; do
	wait_for 5 asleep "$kind" || give_up "$kind does not sleep"
done
tell tick "asleep in the ioctl, in epoll_wait, and in io_uring_enter with four reads posted"

tell step "an event for each of them, while the other two are stopped"
for kind in $kinds; do
	before=$(taken | wc -l)
	signal_others STOP "$kind"
	wait_for 5 others_stopped "$kind" || give_up "the others do not stop"
	wait_for 5 asleep "$kind" || give_up "$kind does not sleep"
	wait_for 5 asked 5 || give_up "the driver refused to compute 5!"
	wait_for 5 taken_up_to $((before + 6)) || give_up "$kind did not wake"
	signal_others CONT "$kind"
done
for kind in $kinds; do
	wait_for 5 asleep "$kind" || give_up "$kind does not sleep again"
done
tell line "$(cat $output)"
tell line "$(cat /tmp/epoll)"
tell line "$(cat /tmp/io_uring)"
tell tick "each way of waiting wakes"

tell step "30 factorials for whoever is faster"
for operand in 1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6 7 8 9 10; do
	wait_for 5 asked "$operand" || give_up "the driver refused to compute $operand!"
done
wait_for 5 taken_up_to 38 || give_up "events are missing: $(taken | tr '\n' ' ')"
[ "$(taken)" = "$(seq 6 38)" ] || give_up "taken were: $(taken | tr '\n' ' ')"
tell line "dmf-notify took $(more_of $output), the epoll loop $(more_of /tmp/epoll),\
 the io_uring reader $(more_of /tmp/io_uring)"
tell tick "events #9 to #38 were each taken once"

tell step "take the device away: echo $address > .../dmf_edu/unbind"
echo "$address" >"$edu_driver/unbind" || give_up "unbind failed"
ended_with 3 $daemon dmf-notify
ended_with 0 $epoll wait-epoll
ended_with 0 $uring wait-io_uring
for file in $output /tmp/epoll /tmp/io_uring; do
	tell line "$(tail -n 1 "$file")"
	tail -n 1 "$file" | grep -q "the device is gone" || give_up "it did not say so"
done
[ ! -e $node ] || give_up "$node is still there"
tell tick "all three woke, said so, and ended"

tell step "rmmod dmf_edu dmf"
rmmod dmf_edu || give_up "rmmod dmf_edu failed"
rmmod dmf || give_up "rmmod dmf failed"
! loaded dmf || give_up "dmf is still in /sys/module"
tell tick "both modules are gone"

step_no_complaints
