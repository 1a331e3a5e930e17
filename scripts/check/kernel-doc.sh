#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel-doc comments are complete and say what the code says.

. "$(dirname "$0")/files.sh"

mapfile -t sources < <(files 'include/*.h' 'dmf/*.[ch]' 'modules/*.[ch]' 'drivers/*.[ch]' \
	'kunit/*.[ch]' 'tools/*.[ch]')
[ ${#sources[@]} = 0 ] || perl "$CHECK_SOURCE/scripts/kernel-doc" -none -Werror "${sources[@]}" 2>&1
