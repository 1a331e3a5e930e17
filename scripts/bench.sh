#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make bench`: what the framework costs beside the same work done with the bare kernel: first in
# instructions per operation, in one boot of a machine whose clock counts instructions, then in time
# on two processors. Fails if a goal for the instructions is missed. The cases are in tools/bench,
# and tools/bench-user for the way to a program, which is measured in instructions only.
# Environment: T= a pattern for the names of cases (blanks as ?), K= the kernel, LIST=1 lists.

. "$(dirname "$0")/lib.sh"

kernel=${K:-6.1}
select=${T:-}
scripts=$dmf_root/scripts

# Names of the cases in some sources.
cases() {
	sed -n 's/^\t{ "\([^"]*\)", .*/\1/p' "$@"
}

# Whether the pattern selects a case that is measured on two processors.
any_contention() {
	local name

	while read -r name; do
		# shellcheck disable=SC2053 # a glob is what is meant
		[[ $name != ${select:-*} ]] || return 0
	done < <(cases "$dmf_root"/tools/bench/*.c)
	return 1
}

if [ -n "${LIST:-}" ]; then
	cases "$dmf_root"/tools/bench/*.c "$dmf_root"/tools/bench-user/*.c
	exit
fi
[[ $select != *[[:blank:]]* ]] || die "T='$select': write a blank as ?"

say "${c_bold}DMF benchmark${c_off}${select:+ of $select}, on kernel $kernel"
say "  Two machines in QEMU; two minutes."
"$scripts/deps.sh" build guest test
ready=$("$scripts/kernel.sh" "$kernel")
{ read -r image && read -r kdir; } <<<"$ready"
lock_out
"$scripts/build-guest.sh" "$kernel" "$image" "$kdir"

# run MACHINE TABLE
run() {
	local out=$dmf_out/$kernel/$1 status=0

	mkdir -p "$out"
	VM_TIMEOUT=600 "$scripts/vm.sh" "$image" "$dmf_out/$kernel/initramfs.gz" "bench.$1" "$out" \
		"dmf.filter=$select" >"$out/qemu.log" 2>&1 || status=$?
	[ "$status" = 0 ] ||
		say "QEMU ended with status $status; log: ${out#"$PWD/"}/qemu.log"
	"$dmf_python" -B "$scripts/harness/bench.py" "$1" "$out/console.log" "$2"
}

failed=0
run bench "$dmf_out/bench.tsv" || failed=1
any_contention || exit $failed
say
# See vm.sh: a guest on QEMU 7.2 may break when its processors run at once.
for attempt in 1 2 3; do
	run contention "$dmf_out/bench-contention.tsv" && break
	kept=$dmf_out/$kernel/contention/failed.$attempt.log
	cp "$dmf_out/$kernel/contention/console.log" "$kept"
	say "The run failed; its log: ${kept#"$PWD/"}"
	[ "$attempt" != 3 ] || failed=1
done
exit $failed
