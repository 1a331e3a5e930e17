#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's semantic patches (coccicheck) in report mode.

. "$(dirname "$0")/files.sh"

# A copy without what is generated, and without the deliberate faults.
dir=$CHECK_OUT/semantic
"$dmf_root/scripts/copy-sources.sh" "$dir"
rm -f "$dir/kunit/canary_kunit.c"

# coccicheck wants the path of a rule in full when it works on a tree outside of the kernel. The
# rule about min() and max() takes a third of all the time, and is about taste. The next slow one is
# then the first in this order.
rules=$(find "$CHECK_SOURCE/scripts/coccinelle" -name '*.cocci' ! -name minmax.cocci | sort -r)
findings=$(echo "$rules" |
	xargs -P "$(nproc)" -I RULE make -s -C "$CHECK_TEST_KDIR" M="$dir" coccicheck MODE=report \
		COCCI=RULE J=1 2>/dev/null | grep "^$dir/" | sort -u || true)
[ -z "$findings" ] || { say "${findings//"$dir/"/}"; exit 1; }
