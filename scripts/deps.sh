#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Install what the given groups of tasks need and is missing; says what, asks nothing as root.
# usage: deps.sh [--upgrade] GROUP|PACKAGE...    groups: build guest test soak check

. "$(dirname "$0")/lib.sh"

packages() {
	case $1 in
	build) echo gcc make libc6-dev liburing-dev rsync kmod linux-headers-amd64 ;;
	guest) echo qemu-system-x86 busybox-static cpio gzip xz-utils ;;
	test) echo linux-source-6.1 xz-utils patch bc bison flex libelf-dev libssl-dev perl \
		python3 python3-junit.xml ;;
	soak) echo stress-ng ;;
	check) echo sparse coccinelle codespell shellcheck g++ man-db groff-base perl python3 ;;
	*) echo "$1" ;;
	esac
}

missing() {
	local package

	for package in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>&1)" = installed ] ||
			echo "$package"
	done
}

known() {
	apt-cache show "$@" >/dev/null 2>&1
}

upgrade=
if [ "${1:-}" = --upgrade ]; then
	upgrade=1
	shift
fi
all=()
for group in "$@"; do
	# shellcheck disable=SC2207 # package names have no blanks
	all+=($(packages "$group"))
done
if [ -n "$upgrade" ]; then
	want=("${all[@]}")
else
	mapfile -t want < <(missing "${all[@]}" | sort -u)
fi
[ "${#want[@]}" -gt 0 ] || exit 0

command -v apt-get >/dev/null || die "not a Debian system; please install: ${want[*]}"
lock_cache apt
say "Installing packages: ${want[*]}"
log=$dmf_cache/apt.log
install() {
	as_root apt-get install -y -q --no-install-recommends "${want[@]}" >"$log" 2>&1
}
[ -z "$upgrade" ] && known "${want[@]}" || as_root apt-get update -q >"$log" 2>&1 || true
# A second try with a fresh list: the version in an old one may be gone from the mirror.
install || { as_root apt-get update -q >"$log" 2>&1 && install; } || {
	tail -n 15 "$log" >&2
	die "apt-get could not install ${want[*]} (whole log: $log)"
}
