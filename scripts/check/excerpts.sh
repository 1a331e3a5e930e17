#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the pages show and point at is there. C in Documentation/ is an excerpt of a file that is
# built: the line before it says which, <!-- drivers/edu/main.c -->, and the file has these lines in
# this order, one after the other. Relative links lead to files.

. "$(dirname "$0")/files.sh"

mapfile -t pages < <(files README.md 'Documentation/*.md')
"$dmf_python" -B scripts/check/excerpts.py "${pages[@]}"
