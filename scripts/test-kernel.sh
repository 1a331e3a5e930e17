#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the test kernel (linux-source-6.1, tinyconfig plus configs/test.config) into the cache, once
# per version of source, configuration and compiler.
# usage: test-kernel.sh [--print-dir | --is-cached]
#   --print-dir   build nothing; print the build directory, which serves as KDIR
#   --is-cached   build nothing; succeed when it is there

. "$(dirname "$0")/lib.sh"

fragment=$dmf_root/scripts/configs/test.config
# Lines that kbuild prints for a complete build; for the estimate only.
total_steps=1698

# Before the packages are there nothing can be cached.
version=$(dpkg-query -W -f '${Version}' linux-source-6.1 2>/dev/null) || version=none
key=$({
	echo "$version"
	gcc --version 2>/dev/null | sed -n 1p
	cat "$fragment" "$dmf_root"/scripts/configs/*.patch
} | sha256sum | cut -c1-12)
build=$dmf_cache/test-$key

case ${1:-} in
--print-dir) say "$build"; exit ;;
--is-cached) [ -e "$build/.complete" ]; exit ;;
esac

configure() {
	local line symbol missing=() merge=$source/scripts/kconfig/merge_config.sh

	make -s -C "$source" O="$build" tinyconfig >/dev/null 2>&1
	(cd "$build" && "$merge" -m -O . .config "$fragment" >/dev/null)
	make -s -C "$source" O="$build" olddefconfig 2>/dev/null
	while read -r line; do
		case $line in
		CONFIG_*=*)
			grep -qxF "$line" "$build/.config" || missing+=("$line")
			;;
		'# CONFIG_'*' is not set')
			symbol=${line#\# }
			symbol=${symbol% is not set}
			! grep -q "^$symbol=" "$build/.config" || missing+=("$line")
			;;
		esac
	done <"$fragment"
	[ "${#missing[@]}" = 0 ] ||
		die "the kernel's Kconfig did not take these lines of $fragment:" \
			"$(printf '\n  %s' "${missing[@]}")"
}

# One line that renews itself for a person, one line per half minute for a log file.
progress() {
	local steps percent elapsed left shown=0

	while kill -0 "$1" 2>/dev/null; do
		sleep 2
		steps=$(wc -l <"$log")
		elapsed=$SECONDS
		percent=$((steps * 100 / total_steps))
		[ "$percent" -lt 100 ] || percent=99
		left=
		if [ "$percent" -ge 5 ]; then
			left=", about $(((elapsed * (100 - percent) / percent + 59) / 60)) min left"
		fi
		status "  test kernel: $percent %, $((elapsed / 60)) min $((elapsed % 60)) s$left"
		if [ ! -t 1 ] && [ $((elapsed - shown)) -ge 30 ]; then
			shown=$elapsed
			say "  test kernel: $percent %, $elapsed s$left"
		fi
	done
	status ""
}

"$dmf_root/scripts/deps.sh" build test
if [ "$version" = none ]; then
	exec "$0" "$@"
fi
[ -e "$build/.complete" ] || lock_cache test-kernel
[ ! -e "$build/.complete" ] || exit 0

source=$("$dmf_root/scripts/source.sh")
mkdir -p "$build"
configure
log=$build/build.log
say "Building the test kernel, once (about 5 minutes on 2 cores) ..."
SECONDS=0
make -C "$build" -j"$(nproc)" bzImage modules >"$log" 2>&1 </dev/null &
make_pid=$!
progress "$make_pid"
wait "$make_pid" || {
	grep -nE 'error|Error' "$log" | head -n 20 >&2 || true
	die "the test kernel does not build; whole log: $log"
}
touch "$build/.complete"
# Builds of other versions that nobody made for two weeks.
find "$dmf_cache" -maxdepth 1 -name 'test-*' ! -name "${build##*/}" -type d -mtime +14 \
	-exec rm -rf {} +
say "Test kernel ready after $((SECONDS / 60)) min $((SECONDS % 60)) s."
