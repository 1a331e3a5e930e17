#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each UAPI header compiles on its own, in C and in C++, with nothing but the system's headers. All
# structures have the same layout, and all ioctls the same numbers, in 32-bit programs.

. "$(dirname "$0")/files.sh"

failed=0
headers=()
while IFS= read -r header; do
	headers+=("$header")
	name=${header#include/uapi/}
	for language in 'c -std=c11' 'c++ -std=c++11'; do
		# shellcheck disable=SC2086 # the language and its standard
		printf '#include <%s>\n#include <%s>\n' "$name" "$name" |
			gcc -x $language -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
				-I include/uapi - || failed=1
	done
done < <(files 'include/uapi/*.h')

# Without a 32-bit libc: the kernel's headers, which are the same, and the compiler's.
layout() {
	python3 "$(dirname "$0")/layout.py" include/uapi "${headers[@]}" |
		gcc "$1" -x c -ffreestanding -S -o - -I include/uapi \
			-idirafter "/usr/include/$(gcc -dumpmachine)" - | grep '^layout '
}

if [ "$(uname -m)" = x86_64 ]; then
	diff <(layout -m64) <(layout -m32) || failed=1
	[ "$(layout -m32 | wc -l)" -ge 40 ] || {
		echo "uapi.sh: no layout found to compare"
		failed=1
	}
fi
exit "$failed"
