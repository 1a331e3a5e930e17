#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make demo`: boot a stock kernel in QEMU and tell a story, step by step: how an event gets from a
# PCI interrupt to a sleeping daemon, or with STORY=debug how one finds out why a driver stalls, and
# why a kernel died. Succeeds only when the guest verified every step.

. "$(dirname "$0")/lib.sh"

kernel=${K:-6.1}
story=${STORY:-event}
# What the job in scripts/guest tells of, and in how many steps.
case $story in
event)
	job=demo
	steps_wanted=11
	title="from the interrupt of a PCI device to a daemon asleep in user space"
	;;
debug)
	job=debug.again
	steps_wanted=9
	title="a driver that stalls, and a kernel that dies"
	;;
*)
	die "STORY=$story: expected event or debug"
	;;
esac
out=$dmf_out/$kernel
seconds_at_start=$SECONDS

failed() {
	say ""
	say "${c_red}The demo did not get to its end: $1${c_off}"
	say "The kernel's last lines:"
	tail -n 15 "$out/console.log" 2>/dev/null | tr -d '\r' | sed 's/^/    /'
	say "To look closer: less ${out#"$PWD/"}/console.log," \
		"or \"make shell\" for the same guest by hand."
	exit 1
}

# Seconds between two readings of /proc/uptime, which have two decimals.
between() {
	local hundredths=$((10#${2/./} - 10#${1/./}))

	printf '%d.%02d' $((hundredths / 100)) $((hundredths % 100))
}

# Turn the guest's lines into the story, and count the steps that were done.
tell_story() {
	local line word uptime text began=0 number=0

	while IFS= read -r line; do
		read -r word uptime _ <<<"$line"
		# With its blanks.
		text=${line#"$word $uptime "}
		case $word in
		step)
			number=$((number + 1))
			began=$uptime
			printf '\n%s%2d. %s%s\n' "$c_bold" "$number" "$text" "$c_off"
			;;
		line)
			printf '      %s| %s%s\n' "$c_dim" "$text" "$c_off"
			;;
		tick)
			done_steps=$((done_steps + 1))
			printf '    %s✓%s %s %s(%s s)%s\n' "$c_green" "$c_off" "$text" \
				"$c_dim" "$(between "$began" "$uptime")" "$c_off"
			;;
		fail)
			printf '    %s✗ %s%s\n' "$c_red" "$text" "$c_off"
			;;
		esac
	done
}

say "${c_bold}DMF demo: $title${c_off}"
note "Under a minute once everything is there; the first time downloads packages and a kernel."
"$dmf_root/scripts/deps.sh" build guest
ready=$("$dmf_root/scripts/kernel.sh" "$kernel")
{ read -r image && read -r kdir; } <<<"$ready"
lock_out
note "Building dmf.ko, dmf_edu.ko and the programs ..."
"$dmf_root/scripts/build-guest.sh" "$kernel" "$image" "$kdir"
version=$(basename "$(dirname "$kdir")")
note "Booting Debian's stock kernel $version in QEMU, with QEMU's edu device on the PCI bus ..."

mkdir -p "$out"
: >"$out/job.log"
VM_TIMEOUT=90 "$dmf_root/scripts/vm.sh" "$image" "$out/initramfs.gz" $job "$out" \
	>"$out/qemu.log" 2>&1 &
vm=$!
trap 'kill "$vm" 2>/dev/null || true' EXIT
done_steps=0
tell_story < <(tail -n +1 -s 0.1 --pid="$vm" -F "$out/job.log" 2>/dev/null)
wait "$vm" || failed "QEMU ended with status $? ($(tail -n 1 "$out/qemu.log"))"
trap - EXIT
[ "$done_steps" = "$steps_wanted" ] || failed "$done_steps of $steps_wanted steps were done."

say ""
say "${c_green}All $done_steps steps happened${c_off}, in $((SECONDS - seconds_at_start)) s."
say ""
say "What to try next:"
case $story in
event)
	say "  make demo STORY=debug   how to look into a driver that stalls"
	say "  drivers/edu/            the driver you just saw, and the Modules it lists"
	;;
debug)
	say "  Documentation/debugging.md   what there is to look with"
	say "  tools/exerciser/             the driver you just saw"
	;;
esac
say "  make shell              the same guest, to play with by hand"
say "  make test               every test: KUnit on a debug kernel, then user space on this one"
