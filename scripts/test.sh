#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make test`: KUnit on the test kernel and the selftests on a stock kernel, at the same time.
# Environment: see tier.sh; REPEAT=n runs the suites n times in the same boot; STARVE=1 takes a
# processor away from the guests now and then, to find tests that presume too much.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tier.sh"

repeat=${REPEAT:-1}
[[ $repeat =~ ^[1-9][0-9]*$ ]] || die "REPEAT=$repeat: expected a number"
tier_tests kunit selftest fuzz watchers canary

kunit=() selftest=()
case $only in
'') kunit=(test) selftest=(6.1) ;;
test) kunit=(test) ;;
*) selftest=("$only") ;;
esac
arguments=(kasan_multi_shot "dmf.repeat=$repeat" "dmf.filter=$select")
canary=() fuzz=()
! tier_wants canary || canary=(dmf.canary=1)
! tier_wants fuzz || fuzz=(dmf.fuzz=10)
tier_wants kunit || tier_wants fuzz || tier_wants canary || tier_wants watchers || kunit=()
tier_wants selftest || selftest=()

minutes=6
say "${c_bold}DMF tests${c_off}${select:+ matching $select}"
[ ${#kunit[@]} = 0 ] ||
	say "  KUnit suites on the test kernel (KASAN, lockdep, kmemleak, ...)"
[ ${#selftest[@]} = 0 ] ||
	say "  user-space selftests on Debian's stock kernel ${selftest[*]}"
if [ ${#kunit[@]} -gt 0 ] && ! "$scripts/test-kernel.sh" --is-cached; then
	minutes=14
	say "  First, once: the test kernel is not in the cache and has to be built."
fi
[ "$repeat" = 1 ] || say "  $repeat times, which takes as much longer."
say "  This takes up to $minutes minutes on 2 cores."

"$scripts/deps.sh" build guest test
[ ${#kunit[@]} = 0 ] ||
	tier_prepare test kunit "${arguments[@]}" "${fuzz[@]}" "${canary[@]}"
[ ${#selftest[@]} = 0 ] ||
	tier_prepare "${selftest[0]}" selftest "dmf.repeat=$repeat" "dmf.filter=$select"
harness=(--repeat "$repeat" --at-once 2)
if [ -n "${STARVE:-}" ]; then
	say "  The guests are disturbed, which takes about four times as long."
	harness+=(--starve --extra-seconds 600)
fi
tier_run test
