# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The demo's story. Each step is verified here and told to the host in lines of their own:
#   step UPTIME TITLE      what is about to be done
#   line UPTIME TEXT       what a program said meanwhile
#   tick UPTIME TEXT       the step happened
#   fail UPTIME REASON     it did not; the story ends

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

node=/dev/dmf/edu0
# What the daemon prints, and what failing commands say.
output=/tmp/daemon
: >$output
exec 2>/tmp/errors

tell() {
	echo "$1 $(cut -d' ' -f1 /proc/uptime) $2"
}

give_up() {
	while read -r text; do
		tell line "$text"
	done <<-TEXT
		$(cat $output /tmp/errors)
	TEXT
	tell fail "$1"
	exit 1
}

# The state letter of a process: S is asleep.
state_of() {
	sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null
}

# In the system call ioctl, which has number 16 on x86-64, and asleep.
daemon_sleeps() {
	[ "$(state_of "$daemon")" = S ] && grep -q '^16 ' "/proc/$daemon/syscall"
}

daemon_ended() {
	! [ -d "/proc/$daemon" ] || [ "$(state_of "$daemon")" = Z ]
}

start_daemon() {
	: >$output
	dmf-notify "$@" $node >$output 2>&1 &
	daemon=$!
	wait_for 5 daemon_sleeps || give_up "dmf-notify does not sleep"
}

printed_lines() {
	[ "$(wc -l <$output)" -ge "$1" ]
}

# ended_with STATUS: the daemon ends within a second, with this status.
ended_with() {
	local status=0

	wait_for 5 daemon_ended || give_up "dmf-notify does not end"
	wait "$daemon" || status=$?
	[ $status = "$1" ] || give_up "dmf-notify ended with status $status instead of $1"
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
	wait_for 5 printed_lines $seen || give_up "no event came for ${pair%:*}!"
	said=$(sed -n "${seen}p" $output)
	tell line "$said"
	echo "$said" | grep -qw "${pair#*:}" || give_up "${pair%:*}! is ${pair#*:}"
done
tell tick "interrupt, Doorbell, NotifyUserWithRequest: the daemon woke five times"

tell step "the daemon has its five events"
ended_with 0
[ "$(wc -l <$output)" = 5 ] || give_up "it printed more than five lines"
tell tick "and has ended with status 0"

tell step "dmf-notify $node &, without an end this time"
start_daemon
tell tick "asleep again"

tell step "take the device away: echo $address > .../dmf_edu/unbind"
echo "$address" >"$edu_driver/unbind" || give_up "unbind failed"
ended_with 3
tell line "$(cat $output)"
[ -s $output ] || give_up "the daemon said nothing"
[ ! -e $node ] || give_up "$node is still there"
tell tick "the sleeping daemon got ENODEV, said so, and ended with status 3"

tell step "rmmod dmf_edu dmf"
rmmod dmf_edu || give_up "rmmod dmf_edu failed"
rmmod dmf || give_up "rmmod dmf failed"
! loaded dmf || give_up "dmf is still in /sys/module"
tell tick "both modules are gone"

tell step "what did the kernel think of it?"
dmesg | grep -E 'WARNING: |BUG: |Oops: |refcount_t: ' >$output && give_up "it complained"
tell tick "no warning in its log"
