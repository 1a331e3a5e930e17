# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Which files there are to check; sourced by the checks. Findings name files relative to the root.

. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$dmf_root"

# check.sh has set these; a check that is run alone finds them itself.
: "${CHECK_OUT:=$dmf_out/check}"
: "${CHECK_SOURCE:=$(scripts/source.sh)}"
: "${CHECK_TEST_KDIR:=$(scripts/test-kernel.sh --print-dir)}"
mkdir -p "$CHECK_OUT"

# Tracked and new files that match any of the patterns, without those that git ignores.
files() {
	git ls-files -co --exclude-standard -- "$@" | sort -u | while IFS= read -r file; do
		[ ! -f "$file" ] || printf '%s\n' "$file"
	done
}
