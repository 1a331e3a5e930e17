# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A panic, and what is left of it. The guest boots twice on a machine that keeps its memory
# (scripts/vm.sh), part of which the kernel leaves to ramoops. First it has a driver write records,
# and panics; scripts/harness/machine.py looks for the records in the memory of the machine, and
# resets it. Then the guest looks for them in what pstore has kept of the log. Prints KTAP.

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

node=/dev/dmf/exerciser0
log=$ramoops_log
decoded=/tmp/decoded
cases=8
# The ring has room for 64 records, so the first ones are gone.
records=70
first=7
# What tools/exerciser adds when the kernel panics.
last_words="the exerciser says good-bye"

load_driver() {
	insmod "$ko/dmf.ko" && insmod "$ko/dmf_exerciser.ko" &&
		insmod "$ko/dmf_exerciser_device.ko" && wait_for 5 test -c $node
}

# The text of a record.
record() {
	echo "valve $1 opens"
}

# decode FILE...: what dmfctl finds, into $decoded.
decode() {
	dmfctl crash decode "$@" >$decoded
}

has() {
	grep -qF -- "$1" $decoded || { echo "missing: $1"; cat $decoded; return 1; }
}

has_all_records() {
	local i count

	has "exerciser  dmf_exerciser  dmf_exerciser" || return 1
	for i in $(seq $first $records); do
		has "] $i: $(record "$i")" || return 1
	done
	count=$(grep -c '\] [0-9]*: ' $decoded)
	[ "$count" = $((records + 1 - first)) ] || { echo "$count records"; return 1; }
}

# -- Before -------------------------------------------------------------------------------------

records_are_written() {
	local i

	load_driver || return 1
	for i in $(seq 1 $records); do
		record "$i" >$node || return 1
	done
	grep -q "component=exerciser written=$records " /sys/kernel/debug/dmf/*/tree
}

# Without a panic: the kernel shows its own memory as a file of the same form.
running_system_can_be_read() {
	decode /proc/kcore && has_all_records
}

panic() {
	local i

	for i in $(seq $first $records); do
		echo "    # dmf-recorded: ] $i: $(record "$i")"
	done
	echo "    # dmf-recorded: when the kernel panicked: $last_words"
	echo "    # dmf-machine: crash"
	# Let the serial port drain: setting an attribute waits for that.
	stty -echo <&1
	sleep 1
	echo "dmf-expect-begin: sysrq triggered crash" >/dev/kmsg
	echo 1 >/proc/sys/kernel/sysrq
	echo c >/proc/sysrq-trigger
}

# -- After --------------------------------------------------------------------------------------

log_survives() {
	grep -q "Kernel panic - not syncing: sysrq triggered crash" $log
}

log_has_the_records() {
	decode $log && has_all_records
}

log_has_what_the_driver_added() {
	decode $log && has "when the kernel panicked: $last_words"
}

as_json_it_is_whole() {
	decode --json $log && has '"component":"exerciser"' && has '"whole":true' &&
		has '"broken":0,"lines_missing":0'
}

lost_line_is_told() {
	# The fourth line of the dump, and parts of two records.
	sed '/dmf-crash: [0-9a-f]* 3 /d' $log | dmfctl crash decode - >$decoded || return 1
	has "lines of the log that are missing: 1" && has "] $records: $(record $records)" &&
		has "] $first: $(record $first)"
}

export PATH="$PATH:/dmf/bin"
if ! load_ramoops "$(cmdline dmf.ramoops)"; then
	echo "Bail out! no ramoops"
elif [ ! -e $log ]; then
	plan crash $cases
	check records_are_written records_are_written
	check running_system_can_be_read running_system_can_be_read
	panic
	# check memory_dump_has_the_records: by the machine
else
	echo "dmf-expect-end" >/dev/kmsg
	resume crash 3
	check log_survives log_survives
	check log_has_the_records log_has_the_records
	check log_has_what_the_driver_added log_has_what_the_driver_added
	check as_json_it_is_whole as_json_it_is_whole
	check lost_line_is_told lost_line_is_told
	finish
fi
