#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds without a warning: W=1 against Debian's 6.1 and 6.12 headers and against the test kernel
# (with the suites), sparse with the last; the tools.

. "$(dirname "$0")/files.sh"

failed=0

# build NAME KDIR [MAKE-ARGUMENT...]: with a copy of the sources, incremental while it is clean.
build() {
	local name=$1 kdir=$2 dir=$CHECK_OUT/$1 log=$CHECK_OUT/$1.log findings

	shift 2
	"$dmf_root/scripts/copy-sources.sh" "$dir"
	if make -C "$dir" -j"$(nproc)" KDIR="$kdir" W=1 CONFIG_DMF_EDU_BY_HAND=m \
		CONFIG_DMF_BENCH=m CONFIG_DMF_EXERCISER=m "$@" \
		>"$log" 2>&1 </dev/null; then
		findings=$(grep -E '(warning|error):|WARNING:|ERROR:' "$log" || true)
	else
		findings=$(grep -E 'warning|error|ERROR' "$log" | grep -v '^make' ||
			tail -n 20 "$log")
	fi
	if [ -n "$findings" ]; then
		say "$findings" | sed "s|$dir/|$name: |" | sort -u
		failed=1
		# Compile again next time: what is up to date says no more.
		rm -rf "$dir"
	fi
}

# Quiet about kernels that cannot be had: a mirror may not carry 6.12.
headers() {
	"$dmf_root/scripts/kernel.sh" --headers "$1" 2>/dev/null || true
}

build 6.1 "$(headers 6.1)"
newer=$(headers 6.12)
[ -z "$newer" ] || build 6.12 "$newer"
build test "$CHECK_TEST_KDIR" C=2 CF=-D__CHECK_ENDIAN__

if [ -e tools/Makefile ]; then
	make -s -C tools O="$CHECK_OUT/tools" STATIC=1 >"$CHECK_OUT/tools.log" 2>&1 </dev/null ||
		failed=1
	grep -E 'warning:|error:' "$CHECK_OUT/tools.log" || true
fi
exit "$failed"
