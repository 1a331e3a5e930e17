#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the programs in tools/ without shared libraries, for the guest, into out/tools.

. "$(dirname "$0")/lib.sh"

mkdir -p "$dmf_out"
quietly "$dmf_out/tools.log" make -C "$dmf_root/tools" -j"$(nproc)" O="$dmf_out/tools" STATIC=1
