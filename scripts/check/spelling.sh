#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# codespell over everything that is text.

. "$(dirname "$0")/files.sh"

# Names that the kernel uses.
files . ':!LICENSES' | xargs -r codespell --quiet-level 2 --ignore-words-list filp,nd,ser,hsi
