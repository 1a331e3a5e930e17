#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# List every test as "KIND suite.case", from the sources and the built selftests, without booting
# anything. KIND is kunit, selftest, proof.MACHINE (see vm.sh), udev, crash, fuzz, stress, watchers
# or canary. What T= takes is the second word, with or without "dmf_".

. "$(dirname "$0")/lib.sh"

# Cases by the array that holds them, then suites by the array they name.
kunit_cases() {
	local kind=$1

	shift
	[ $# -gt 0 ] || return 0
	awk -v kind="$kind" '
	FNR == 1 { delete cases; array = name = table = "" }
	/struct kunit_case [a-z0-9_]+\[\]/ {
		array = $0
		sub(/.*struct kunit_case /, "", array)
		sub(/\[\].*/, "", array)
	}
	array != "" && /KUNIT_CASE[A-Z_]*\(/ {
		test = $0
		sub(/.*KUNIT_CASE[A-Z_]*\(/, "", test)
		sub(/[,)].*/, "", test)
		cases[array] = cases[array] " " test
	}
	/^};/ { array = "" }
	/struct kunit_suite [a-z0-9_]+ = / { name = table = "" }
	/^\t\.name = "/ { split($0, part, "\""); name = part[2] }
	/^\t\.test_cases = / {
		table = $0
		sub(/.*= */, "", table)
		sub(/,.*/, "", table)
	}
	name != "" && table != "" {
		count = split(cases[table], list, " ")
		for (i = 1; i <= count; i++)
			print kind, name "." list[i]
		name = table = ""
	}' "$@"
}

mapfile -t suites < <(find "$dmf_root/kunit" -name '*_kunit.c' ! -name 'canary_kunit.c' | sort)
kunit_cases kunit "${suites[@]}"

# The selftests and the proofs list themselves, once built.
"$dmf_out/tools/selftests/run.sh" --reboot --list </dev/null | sed 's/^/selftest /'
for machine in power acpi native; do
	"$dmf_out/tools/proofs/dmf-proof" "$machine" --list </dev/null | sed "s/^/proof.$machine /"
done

sed -n 's/^check \([a-z_]*\) .*/udev udev.\1/p' "$dmf_root/scripts/guest/job-udev.sh"
sed -n 's/^\t\(# \)\{0,1\}check \([a-z_]*\)[: ].*/crash crash.\2/p' \
	"$dmf_root/scripts/guest/job-crash.sh"
sed -n 's/^\tcase_of \([a-z_]*\)$/fuzz fuzz.\1/p' "$dmf_root/scripts/guest/fuzz.sh"
sed -n 's/^\tcheck \([a-z_]*\) .*/stress stress.\1/p' "$dmf_root/scripts/guest/stress.sh"
sed -n 's/^\tcheck \([a-z_]*\) .*/watchers watchers.\1/p' "$dmf_root/scripts/guest/watchers.sh"
kunit_cases canary "$dmf_root/kunit/canary_kunit.c"
sed -n 's/^check \([a-z_]*\) .*/canary canary.\1/p' "$dmf_root/scripts/guest/canary.sh"
