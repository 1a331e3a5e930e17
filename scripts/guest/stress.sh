# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# stress-ng on the nodes of the guest, for as many seconds as its cases share.
# shellcheck disable=SC2154,SC2317 # variables of whoever sources this; called by check

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

nodes="/dev/dmf/edu0 /dev/dmf/exerciser0"

# What it says matters when it fails.
dev() {
	local node

	for node in $nodes; do
		stress-ng --dev 2 --dev-file "$node" --timeout $((seconds / 2 + 1)) --oomable \
			--temp-path /tmp || return 1
		# It may leave the node as it likes, but the driver works.
		[ -c "$node" ] || return 1
	done
}

stress_all() {
	local module

	selects "$filter" stress dev || return 0
	for module in dmf_edu dmf_exerciser dmf_exerciser_device; do
		loaded $module || insmod "$ko/$module.ko" || return 1
	done
	plan stress 1
	mark stress begin
	check dev dev
	mark stress end
	finish
	for module in dmf_exerciser dmf_exerciser_device dmf_edu; do
		wait_for 15 rmmod $module || return 1
	done
}

seconds=$(cmdline dmf.stress)
stress_all
