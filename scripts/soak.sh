#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make soak`: what `make test` does for some seconds, for as long as it is told. On the test
# kernel, with all its checkers: races, a minute for each case; the fuzzer and stress-ng, ten
# minutes each. MINUTES= or SOAK_SECONDS= sets either. On a stock kernel: storms of a million
# events, or EVENTS=.
# Environment: see tier.sh.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tier.sh"

# The KUnit cases that look at dmf_kunit's parameter soak_seconds, and the selftests that look at
# DMF_STORM_EVENTS, as patterns for T=. They run in `make test` too.
soaks=(reference.fifty_threads_take_references_against_open_and_close
	storm.all_kinds_get_each_event_once
	storm.overflow_is_counted
	storm.killed_consumers_lose_nothing
	fuzz.exerciser_node
	fuzz.edu_node
	fuzz.failing_allocations
	stress.dev)
# Events that the slowest machine takes in a second.
events_per_second=1000

given=${SOAK_SECONDS:-${MINUTES:+$((MINUTES * 60))}}
seconds=${given:-60}
long=${given:-600}
events=${EVENTS:-1000000}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "SOAK_SECONDS=$seconds: expected a number"
[[ $events =~ ^[1-9][0-9]{4,}$ ]] || die "EVENTS=$events: expected a number from 10000 on"
if [ -z "$select" ]; then
	printf -v select '%s,' "${soaks[@]}"
	select=${select%,}
fi
if [ -n "${LIST:-}" ]; then
	printf '%s\n' "${soaks[@]}"
	exit
fi
tier_tests kunit selftest fuzz stress watchers

# selected KIND: how many tests of a kind T= selects.
selected() {
	local kind name pattern

	while read -r kind name; do
		[ "$kind" = "$1" ] || continue
		for pattern in ${select//,/ }; do
			[[ $pattern == *.* ]] || pattern+='.*'
			# shellcheck disable=SC2053 # a pattern it is
			[[ $name != $pattern && ${name#dmf_} != $pattern ]] || say "$name"
		done
	done <<<"$tests" | sort -u | wc -l
}

# with_stress_ng INITRAMFS: a copy of it that has the program and its libraries, too.
with_stress_ng() {
	local root file

	root=$(mktemp -d)
	while IFS= read -r file; do
		mkdir -p "$root${file%/*}"
		cp -L "$file" "$root$file"
	done < <(command -v stress-ng; ldd "$(command -v stress-ng)" | grep -o '/[^ ]*')
	mkdir -p "$root/dmf/bin"
	mv "$root$(command -v stress-ng)" "$root/dmf/bin/"
	# The kernel unpacks one archive behind the other.
	(cd "$root" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) |
		cat "$1" - >"${1%.gz}-soak.gz"
	rm -rf "$root"
}

races=$(selected kunit)
storms=$(selected selftest)
say "${c_bold}DMF soak${c_off} of $select"
"$scripts/deps.sh" build guest test
arguments=("dmf.filter=$select")
extra=$((races * seconds))
[ "$races" = 0 ] || say "  races on the test kernel, $races of $seconds s"
if tier_wants fuzz; then
	say "  the fuzzer on the test kernel, $long s"
	arguments+=("dmf.fuzz=$long")
	extra=$((extra + long))
fi
if tier_wants stress; then
	say "  stress-ng on the test kernel, $long s"
	"$scripts/deps.sh" soak
	arguments+=("dmf.stress=$long")
	extra=$((extra + long))
fi
if [ "$races" != 0 ] || tier_wants fuzz || tier_wants stress; then
	tier_prepare test kunit.soak kasan_multi_shot "dmf.soak=$seconds" "${arguments[@]}"
	if tier_wants stress; then
		with_stress_ng "$dmf_out/test/initramfs.gz"
		runs=("${runs[0]/initramfs.gz/initramfs-soak.gz}")
	fi
fi
if [ "$storms" != 0 ]; then
	say "  storms on kernel 6.1, $storms of $events events"
	limit=$((events / events_per_second))
	tier_prepare 6.1 selftest.soak "dmf.storm=$events" "dmf.limit=$limit" "dmf.filter=$select"
	extra=$((extra + storms * limit))
fi
# A case may close its files and wait for its threads for a while after its time.
harness=(--extra-seconds "$extra")
tier_run soak
