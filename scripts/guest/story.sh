# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the demo's stories share. Each step is verified in the guest and told to the host in lines of
# their own:
#   step UPTIME TITLE      what is about to be done
#   line UPTIME TEXT       what a program said meanwhile
#   tick UPTIME TEXT       the step happened
#   fail UPTIME REASON     it did not; the story ends

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

# What programs print, and what failing commands say.
output=/tmp/output
: >$output
exec 2>/tmp/errors

tell() {
	echo "$1 $(cut -d' ' -f1 /proc/uptime) $2"
}

# Standard input, each line of it. The host eats blanks at the beginning.
tell_lines() {
	local text

	while IFS= read -r text; do
		tell line "$text"
	done
}

give_up() {
	cat $output /tmp/errors | tell_lines
	tell fail "$1"
	exit 1
}

step_no_complaints() {
	tell step "what did the kernel think of it?"
	dmesg | grep -E 'WARNING: |BUG: |Oops: |refcount_t: ' >$output && give_up "it complained"
	tell tick "no warning in its log"
}
