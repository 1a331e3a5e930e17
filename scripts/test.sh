#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make test`: KUnit on the test kernel, then the selftests on a stock kernel, each in one boot.
# Environment: T= patterns that select suites and cases, K= one kernel only, LIST=1 lists.

. "$(dirname "$0")/lib.sh"

select=${T:-}
only=${K:-}
scripts=$dmf_root/scripts

# Whether T= selects anything of a kind; everything when it is not given.
wants() {
	local kind name pattern patterns

	[ -n "$select" ] || return 0
	IFS=, read -ra patterns <<<"$select"
	while read -r kind name; do
		[ "$kind" = "$1" ] || continue
		for pattern in "${patterns[@]}"; do
			[[ $pattern == *.* ]] || pattern+='.*'
			# shellcheck disable=SC2053 # a pattern it is
			if [[ $name == $pattern || ${name#dmf_} == $pattern ]]; then
				return 0
			fi
		done
	done <<<"$tests"
	return 1
}

# Make a kernel and everything for a boot of it; appends the run for the harness.
prepare() {
	local kernel=$1 job=$2 arguments=$3 ready image kdir

	ready=$("$scripts/kernel.sh" "$kernel")
	{ read -r image && read -r kdir; } <<<"$ready"
	status "  building for kernel $kernel ..."
	"$scripts/build-guest.sh" "$kernel" "$kdir"
	status ""
	runs+=("$kernel:$job:$image:$dmf_out/$kernel/initramfs.gz:$dmf_out/$kernel:$arguments")
}

# The selftests list their cases themselves, once built.
"$scripts/deps.sh" build
lock_out
"$scripts/build-tools.sh"
tests=$("$scripts/list-tests.sh")

if [ -n "${LIST:-}" ]; then
	cut -d' ' -f2 <<<"$tests"
	exit
fi

kunit=() selftest=()
case $only in
'') kunit=(test) selftest=(6.1) ;;
test) kunit=(test) ;;
*) selftest=("$only") ;;
esac
arguments="kasan_multi_shot dmf.filter=$select"
! wants canary || arguments+=" dmf.canary=1"
wants kunit || wants canary || wants watchers || kunit=()
wants selftest || selftest=()
[ $((${#kunit[@]} + ${#selftest[@]})) -gt 0 ] ||
	die "T='$select' K='$only' selects no test; make test LIST=1 shows what there is"

minutes=4
say "${c_bold}DMF tests${c_off}${select:+ matching $select}"
[ ${#kunit[@]} = 0 ] ||
	say "  KUnit suites on the test kernel (KASAN, lockdep, kmemleak, ...), one boot in QEMU"
[ ${#selftest[@]} = 0 ] ||
	say "  user-space selftests on Debian's stock kernel ${selftest[*]}, one boot in QEMU"
if [ ${#kunit[@]} -gt 0 ] && ! "$scripts/test-kernel.sh" --is-cached; then
	minutes=12
	say "  First, once: the test kernel is not in the cache and has to be built."
fi
say "  This takes up to $minutes minutes on 2 cores."

"$scripts/deps.sh" build guest test
mkdir -p "$dmf_out"
say "$tests" >"$dmf_out/tests"
runs=()
[ ${#kunit[@]} = 0 ] || prepare test kunit "$arguments"
[ ${#selftest[@]} = 0 ] || prepare "${selftest[0]}" selftest "dmf.filter=$select"

exec "$dmf_python" -B "$scripts/harness/run_tests.py" --source "$("$scripts/source.sh")" \
	--tests "$dmf_out/tests" --select "$select" "${runs[@]}"
