#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the selftests as root on a machine with QEMU's edu device. Prints KTAP.
#
#   run.sh [--filter GLOB,...] [--reboot]   run what matches; at the very end reboot
#   run.sh [--filter GLOB,...] [--reboot] --list   only print the names
#
# GLOB is matched against suite.case, one without a dot against the suite. With
# --reboot the last case, power.reboot_with_blocked_daemon, prints the line
# "dmf-reboot-begin" and reboots; whoever started the machine sees whether it
# goes down. Environment: DMF_KO, folder of dmf.ko and dmf_edu.ko; DMF_BIN, of
# dmf-notify and dmfctl. Exit status: 0 all passed, 1 some failed.

set -u

here=$(dirname "$0")
filter='*'
list=
reboot=
reboot_case=power.reboot_with_blocked_daemon

export DMF_KO="${DMF_KO:-/dmf/ko}"
export DMF_BIN="${DMF_BIN:-/dmf/bin}"

usage()
{
	echo "Usage: $0 [--filter GLOB,...] [--reboot] [--list]" >&2
	exit 2
}

# Does the filter select the case that reboots?
reboot_is_selected()
{
	[ "$reboot" ] || return 1
	set -f
	old_ifs=$IFS
	IFS=,
	selected=1
	for glob in $filter; do
		case $glob in
		*.*) name=$reboot_case ;;
		*) name=${reboot_case%%.*} ;;
		esac
		# shellcheck disable=SC2254 # a glob is what is meant
		case $name in
		$glob) selected=0 ;;
		esac
	done
	IFS=$old_ifs
	set +f
	return $selected
}

load()
{
	for module in dmf dmf_edu; do
		[ -d "/sys/module/$module" ] && continue
		if ! insmod "$DMF_KO/$module.ko"; then
			printf 'KTAP version 1\n1..1\n# cannot load %s\nnot ok 1 load\n' \
				"$module.ko"
			exit 1
		fi
	done
}

# True as soon as the process sleeps.
is_blocked()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		grep -q '^State:.S' "/proc/$1/status" 2>/dev/null && return 0
		sleep 1
	done
	return 1
}

reboot_with_blocked_daemon()
{
	"$DMF_BIN/dmf-notify" edu0 &
	if is_blocked $!; then
		echo dmf-reboot-begin
		# Setting an attribute of a serial port waits until the line is out.
		[ ! -t 1 ] || stty -echo <&1
		sync
		reboot -f
		# The kernel takes a moment; nothing may be printed in it.
		sleep 60
	fi
	echo "# the machine did not reboot"
	exit 1
}

while [ $# -gt 0 ]; do
	case $1 in
	--filter)
		[ $# -gt 1 ] || usage
		filter=$2
		shift
		;;
	--filter=*) filter=${1#*=} ;;
	--list) list=1 ;;
	--reboot) reboot=1 ;;
	*) usage ;;
	esac
	shift
done

if [ "$list" ]; then
	"$here/dmf-selftest" --list --filter "$filter"
	if reboot_is_selected; then
		echo "$reboot_case"
	fi
	exit 0
fi

load
"$here/dmf-selftest" --filter "$filter"
status=$?
if reboot_is_selected; then
	reboot_with_blocked_daemon
fi
exit $status
