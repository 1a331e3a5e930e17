#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Documentation/api-map.tsv says for each symbol of DMF's manuals what it is here, and says the
# truth. DMF_MANUAL= a directory with the manuals: the list of their symbols is compared with them.

. "$(dirname "$0")/files.sh"

failed=0
"$dmf_python" -B scripts/check/api_map.py "$CHECK_SOURCE"/{include,arch/x86/include} || failed=1

if [ -n "${DMF_MANUAL:-}" ]; then
	found=$CHECK_OUT/api-symbols.txt
	"$dmf_python" -B scripts/api-symbols.py "$DMF_MANUAL" >"$found" || failed=1
	diff -U 0 --label Documentation/api-symbols.txt --label "$DMF_MANUAL" \
		Documentation/api-symbols.txt "$found" || failed=1
fi
exit "$failed"
