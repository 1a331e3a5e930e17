#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make shell`: the guest with everything loaded, on this terminal. K= picks the kernel.

. "$(dirname "$0")/lib.sh"

kernel=${K:-6.1}
"$dmf_root/scripts/deps.sh" build guest
ready=$("$dmf_root/scripts/kernel.sh" "$kernel")
{ read -r image && read -r kdir; } <<<"$ready"
lock_out
"$dmf_root/scripts/build-guest.sh" "$kernel" "$image" "$kdir"
say "Booting kernel $kernel; leave with \"exit\" (or, if the guest hangs, Ctrl-A x)."
exec "$dmf_root/scripts/vm.sh" "$image" "$dmf_out/$kernel/initramfs.gz" shell "$dmf_out/$kernel"
