#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each UAPI header compiles on its own, in C and in C++, with nothing but the system's headers.

. "$(dirname "$0")/files.sh"

failed=0
while IFS= read -r header; do
	name=${header#include/uapi/}
	for language in 'c -std=c11' 'c++ -std=c++11'; do
		# shellcheck disable=SC2086 # the language and its standard
		printf '#include <%s>\n#include <%s>\n' "$name" "$name" |
			gcc -x $language -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
				-I include/uapi - || failed=1
	done
done < <(files 'include/uapi/*.h')
exit "$failed"
