#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Manual pages are set without a warning.

. "$(dirname "$0")/files.sh"

failed=0
while IFS= read -r page; do
	findings=$(MANWIDTH=100 man -l --warnings -Tutf8 "$page" 2>&1 >/dev/null)
	if [ -n "$findings" ]; then
		say "$findings" | sed "s|^|$page: |"
		failed=1
	fi
done < <(files 'tools/*.[1-8]')
exit "$failed"
