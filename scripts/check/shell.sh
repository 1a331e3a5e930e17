#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shell scripts by shellcheck, and the syntax of the Python files.

. "$(dirname "$0")/files.sh"

failed=0
mapfile -t scripts < <(files '*.sh' .ci/run scripts/guest/init)
shellcheck -x -P SCRIPTDIR -f gcc "${scripts[@]}" || failed=1

files '*.py' | while IFS= read -r file; do
	"$dmf_python" -B -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' \
		"$file" || exit 1
done || failed=1
exit "$failed"
