#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make bench`: what the framework costs, in instructions per operation, beside the same work done
# with the bare kernel, in one boot of a machine whose clock counts instructions. Fails if a goal is
# missed. The cases are in tools/bench. Environment: T= a pattern for the names of cases (blanks as
# ?), K= the kernel, LIST=1 lists.

. "$(dirname "$0")/lib.sh"

kernel=${K:-6.1}
select=${T:-}
out=$dmf_out/$kernel/bench
scripts=$dmf_root/scripts

if [ -n "${LIST:-}" ]; then
	sed -n 's/^\t{ "\([^"]*\)", .*/\1/p' "$dmf_root"/tools/bench/*.c
	exit
fi
[[ $select != *[[:blank:]]* ]] || die "T='$select': write a blank as ?"

say "${c_bold}DMF benchmark${c_off}${select:+ of $select}, on kernel $kernel"
say "  QEMU counts instructions; half a minute."
"$scripts/deps.sh" build guest test
ready=$("$scripts/kernel.sh" "$kernel")
{ read -r image && read -r kdir; } <<<"$ready"
lock_out
"$scripts/build-guest.sh" "$kernel" "$image" "$kdir"
mkdir -p "$out"
VM_TIMEOUT=600 "$scripts/vm.sh" "$image" "$dmf_out/$kernel/initramfs.gz" bench.bench "$out" \
	"dmf.filter=$select" >"$out/qemu.log" 2>&1 ||
	die "QEMU ended with status $?; logs: ${out#"$PWD/"}/qemu.log ${out#"$PWD/"}/console.log"
exec "$dmf_python" -B "$scripts/harness/bench.py" "$out/console.log" "$dmf_out/bench.tsv"
