# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The udev rule, with Debian's udevd and two devices of one driver (scripts/udev.sh). Prints KTAP.

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

export PATH="$PATH:/usr/bin"
by_path=/dev/dmf/by-path
first=0000:00:10.0
second=0000:00:11.0

link_of() {
	echo "$by_path/dmf_edu-pci-$1"
}

# The node that the kernel has made for the device at this address.
node_of() {
	basename "/sys/bus/pci/devices/$1/misc/dmf!"* | sed 's/^dmf!/\/dev\/dmf\//'
}

bind() {
	echo "$1" >"$edu_driver/bind"
}

unbind() {
	echo "$1" >"$edu_driver/unbind"
}

settle() {
	udevadm settle --timeout=10
}

says() {
	local found

	found=$("$@" | head -n 1)
	[ "$found" = "$expected" ] || { echo "expected $expected, found $found"; return 1; }
}

links_are_right() {
	local address

	for address in "$@"; do
		expected=$(node_of "$address")
		says readlink -f "$(link_of "$address")" || return 1
	done
}

each_device_has_a_link() {
	links_are_right $first $second
}

links_follow_the_position() {
	local before

	before=$(node_of $first)
	unbind $first && unbind $second && bind $second && bind $first || return 1
	settle
	# The numbers have changed places.
	expected=$before
	says node_of $second && links_are_right $first $second
}

link_goes_with_the_device() {
	unbind $second || return 1
	settle
	[ ! -L "$(link_of $second)" ] && links_are_right $first || return 1
	bind $second || return 1
	settle
	links_are_right $first $second
}

program_opens_by_position() {
	local status=0

	dmf-notify --timeout=0.1 "$(link_of $second)" || status=$?
	[ $status = 4 ]
}

root_alone_may_open() {
	expected="600 root root"
	says stat -c '%a %U %G' "$(node_of $first)"
}

other_nodes_are_left_alone() {
	# shellcheck disable=SC2012 # names without blanks
	expected=2
	says sh -c "ls $by_path | wc -l"
}

group_may_open_by_a_rule() {
	# As in Documentation/uapi/udev.md.
	cp /etc/udev/70-local.rules /etc/udev/rules.d/
	udevadm control --reload
	udevadm trigger --settle --subsystem-match=misc
	expected="660 root dmf"
	says stat -c '%a %U %G' "$(node_of $first)" && links_are_right $first $second
}

mkdir -p /run /etc
mount -t tmpfs tmpfs /run
/lib/systemd/systemd-udevd --daemon --resolve-names=early >/dev/null 2>&1
insmod "$ko/dmf.ko"
insmod "$ko/dmf_edu.ko"
settle
plan udev 7
check each_device_has_a_link each_device_has_a_link
check links_follow_the_position links_follow_the_position
check link_goes_with_the_device link_goes_with_the_device
check program_opens_by_position program_opens_by_position
check root_alone_may_open root_alone_may_open
check other_nodes_are_left_alone other_nodes_are_left_alone
check group_may_open_by_a_rule group_may_open_by_a_rule
finish
udevadm control --exit
