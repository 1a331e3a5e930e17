# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What every script here shares: where things are and how to talk to the user. Source it first.
# shellcheck disable=SC2034 # the variables are for those who source this

set -euo pipefail
# What compilers and packagers say is searched for words.
export LC_ALL=C.UTF-8
# Builds started here have nothing to do with the make that started us.
unset MAKEFLAGS MFLAGS MAKELEVEL

dmf_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dmf_cache=${XDG_CACHE_HOME:-$HOME/.cache}/dmf
dmf_out=$dmf_root/out
mkdir -p "$dmf_cache"

# Debian's interpreter: another python3 in PATH would not see Debian's python modules.
dmf_python=/usr/bin/python3

# Plain text unless a person watches.
if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${NO_COLOR:-}" ]; then
	c_bold=$'\e[1m' c_dim=$'\e[2m' c_red=$'\e[31m' c_green=$'\e[32m' c_off=$'\e[0m'
else
	c_bold='' c_dim='' c_red='' c_green='' c_off=''
fi

say() {
	printf '%s\n' "$*"
}

note() {
	printf '%s%s%s\n' "$c_dim" "$*" "$c_off"
}

warn() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	warn "$*"
	exit 1
}

# Take an exclusive lock until this process ends; say so when it has to be waited for.
lock() {
	local file=$1 what=$2 fd

	mkdir -p "${file%/*}"
	exec {fd}>"$file"
	if ! flock -n "$fd"; then
		say "Waiting for another run that uses $what ..." >&2
		flock "$fd"
	fi
}

# What is kept between runs and shared by all trees.
lock_cache() {
	lock "$dmf_cache/$1.lock" "the $1 cache"
}

# What is built and logged below out/, by one run at a time.
lock_out() {
	lock "$dmf_out/lock" "${dmf_out#"$PWD/"}/"
}

# Show a line that the next one replaces; only where a person watches.
status() {
	[ ! -t 1 ] || printf '\r\e[K%s' "$*"
}

# Run a command that changes the system, by sudo when not root.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	elif command -v sudo >/dev/null; then
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	else
		die "needs root and there is no sudo; as root, run: $*"
	fi
}

# quietly LOG COMMAND...: run a build; show what it said only when it fails.
quietly() {
	local log=$1

	shift
	if ! "$@" >"$log" 2>&1 </dev/null; then
		grep -E 'error|Error|ERROR|undefined|warning' "$log" | grep -v '^make' |
			head -n 40 >&2 ||
			true
		die "build failed; whole log: ${log#"$PWD/"}"
	fi
}
