#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make soak`: the races, for as long as it is told: SOAK_SECONDS= or MINUTES= for each of the
# cases, else a minute. On the test kernel, with all its checkers. Environment: see tier.sh.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tier.sh"

# The KUnit cases that look at dmf_kunit's parameter soak_seconds, as patterns for T=. They run in
# `make test` too, for a few seconds.
soaks=(reference.fifty_threads_take_references_against_open_and_close)

seconds=${SOAK_SECONDS:-$((${MINUTES:-1} * 60))}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "SOAK_SECONDS=$seconds: expected a number"
if [ -z "$select" ]; then
	printf -v select '%s,' "${soaks[@]}"
	select=${select%,}
fi
if [ -n "${LIST:-}" ]; then
	printf '%s\n' "${soaks[@]}"
	exit
fi
tier_tests kunit watchers
count=$(while read -r _ name; do
	for pattern in ${select//,/ }; do
		# shellcheck disable=SC2053 # a pattern it is
		[[ ${name#dmf_} != $pattern ]] || say "$name"
	done
done <<<"$tests" | sort -u | wc -l)

say "${c_bold}DMF soak${c_off} of $select: $seconds s for each of $count"
say "  on the test kernel (KASAN, lockdep, kmemleak, ...), one boot in QEMU"
"$scripts/deps.sh" build guest test
! tier_wants kunit ||
	tier_prepare test kunit.soak kasan_multi_shot "dmf.soak=$seconds" "dmf.filter=$select"
# A case may close its files and wait for its threads for a while after its time.
harness=(--extra-seconds $((count * seconds)))
tier_run soak
