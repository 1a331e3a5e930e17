#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# libdmf: its header compiles on its own in C and C++; the library exports what the header declares,
# and the manual page names each; what is installed is enough for a program.

. "$(dirname "$0")/files.sh"

tools=$CHECK_OUT/tools
work=$CHECK_OUT/libdmf
root=$work/root
failed=0

finding() {
	say "$*"
	failed=1
}

rm -rf "$root"
mkdir -p "$work"
# Where build.sh builds, too.
make -s -C tools O="$tools" STATIC=1 PREFIX=/usr DESTDIR="$(realpath -m "$root")" install \
	>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

for language in 'c -std=c11' 'c++ -std=c++11'; do
	# shellcheck disable=SC2086 # the language and its standard
	printf '#include <libdmf.h>\n#include <libdmf.h>\n' |
		gcc -x $language -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
			-I "$root/usr/include" - || failed=1
done

declared=$(sed -n 's/^[a-z].*[ *]\(dmf_[a-z_]*\)(.*/\1/p' tools/libdmf/libdmf.h | sort)
exported=$(nm -D --defined-only "$root/usr/lib/libdmf.so.0" |
	sed -n 's/.* T \(.*\)@@.*/\1/p' | sort)
named=$(sed -n '/^.SH NAME/,/^.SH LIBRARY/p' tools/libdmf/libdmf.3 | grep -o 'dmf_[a-z_]*' | sort)
[ "$declared" = "$exported" ] ||
	finding "libdmf.h and libdmf.map differ: $(diff <(say "$declared") <(say "$exported"))"
[ "$declared" = "$named" ] ||
	finding "libdmf.h and libdmf.3 differ: $(diff <(say "$declared") <(say "$named"))"

# As a program outside of this tree is built, with the static library and with the shared one.
for flags in "-static" ""; do
	# shellcheck disable=SC2086 # there may be none
	gcc -Wall -Wextra -Werror -I "$root/usr/include" tools/examples/wait-libdmf.c \
		-L "$root/usr/lib" -ldmf $flags -o "$work/wait-libdmf" || { failed=1; continue; }
	LD_LIBRARY_PATH=$root/usr/lib "$work/wait-libdmf" no-such-device >"$work/said" 2>&1 || true
	grep -qx 'dmf_open: No such file or directory' "$work/said" ||
		finding "wait-libdmf ${flags:-shared}: $(cat "$work/said")"
done
grep -qx 'libdir=/usr/lib' "$root/usr/lib/pkgconfig/libdmf.pc" ||
	finding "libdmf.pc does not say where the library is"
exit "$failed"
