#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make check`: every static check. No output means clean; the exit status says the same. Each check
# is a script in scripts/check/ that prints its findings and nothing else.

. "$(dirname "$0")/lib.sh"

# Progress is for a person only, and not a finding.
progress() {
	[ ! -t 2 ] || printf '\r\e[K%s' "$*" >&2
}

talk() {
	if [ -t 2 ]; then
		"$@" >&2
	else
		"$@" >"$dmf_cache/check.log" 2>&1 || { cat "$dmf_cache/check.log"; exit 1; }
	fi
}

# All that the checks need, so that they themselves are silent.
talk "$dmf_root/scripts/deps.sh" build test check
talk "$dmf_root/scripts/test-kernel.sh"
export CHECK_SOURCE CHECK_TEST_KDIR CHECK_OUT
CHECK_SOURCE=$("$dmf_root/scripts/source.sh")
CHECK_TEST_KDIR=$("$dmf_root/scripts/test-kernel.sh" --print-dir)
CHECK_OUT=$dmf_out/check

cd "$dmf_root"
failed=0
# The cheap ones first: they find most.
for check in text shell spelling uapi libdmf man python api-map excerpts style kernel-doc build \
	branches dump glue templates semantic; do
	progress "check: $check ..."
	findings=$("scripts/check/$check.sh" 2>&1) || failed=1
	progress ""
	if [ -n "$findings" ]; then
		say "$findings"
		failed=1
	fi
done
exit "$failed"
