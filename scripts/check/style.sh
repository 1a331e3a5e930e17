#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# checkpatch --strict on every C file.

. "$(dirname "$0")/files.sh"

# checkpatch [OPTION...] -f FILE...: some files at a time, on all processors.
checkpatch() {
	local options=()

	while [ "$1" != -f ]; do
		options+=("$1")
		shift
	done
	shift
	printf '%s\0' "$@" | xargs -0 -n 20 -P "$(nproc)" \
		perl "$CHECK_SOURCE/scripts/checkpatch.pl" --strict --no-tree --terse --no-summary \
		--show-types --max-line-length=100 "${options[@]}" -f 2>&1
}

# Only compat.h may look at the version, which checkpatch takes for a constant; trace.h is read as
# tables, not as code. Headers of buses make whole drivers.
mapfile -t drivers < <(files 'include/linux/dmf/*.h' | xargs grep -l '^#define module_dmf_')
# Tables of branches are macros of macros; their header is what makes structures of them.
mapfile -t tables < <(files '*.[ch]' | xargs grep -l '^#define [A-Z_]*BRANCHES(X)')
branches=include/linux/dmf/branch_track.h
elsewhere=$(printf '%s\n' "${drivers[@]}" "${tables[@]}" "$branches")
mapfile -t sources < <(files '*.[ch]' ':!tools' ':!include/linux/dmf/compat.h' ':!*trace.h' \
	':!modules' ':!drivers/template/module' ':!kunit/usb_kunit.c' | grep -vxF "$elsewhere")
# Kernel modules that live with the tools.
mapfile -t bench < <(files 'tools/bench/*.[ch]' 'tools/exerciser/*.[ch]' | grep -vxF "$elsewhere")
sources+=("${bench[@]}")
# The two functions that make a Module are defined by one macro, and exported below it.
mapfile -t modules < <(files 'modules/*.[ch]' ':!*trace.h' 'drivers/template/module/*.[ch]' |
	grep -vxF "$elsewhere")
# The USB specification has names of its own.
mapfile -t usb < <(files kunit/usb_kunit.c)
mapfile -t traces < <(files '*trace.h')
# Programs have signal handlers, and not the kernel's macros.
mapfile -t tools < <(files 'tools/*.[ch]' ':!tools/bench' ':!tools/exerciser' \
	':!tools/dmfctl/commands.h' ':!tools/dmfctl/main.c')
# The table of commands is a macro of macros.
commands=(tools/dmfctl/commands.h tools/dmfctl/main.c)
mapfile -t compat < <(files include/linux/dmf/compat.h)

failed=0
[ ${#sources[@]} = 0 ] || checkpatch -f "${sources[@]}" || failed=1
# A macro that makes a whole driver uses the driver's name more than once.
[ ${#drivers[@]} = 0 ] || checkpatch --ignore MACRO_ARG_REUSE -f "${drivers[@]}" || failed=1
[ ${#modules[@]} = 0 ] || checkpatch --ignore EXPORT_SYMBOL -f "${modules[@]}" || failed=1
checkpatch --ignore EXPORT_SYMBOL,COMPLEX_MACRO,MACRO_ARG_REUSE -f "${tables[@]}" || failed=1
checkpatch --ignore CAMELCASE,MACRO_ARG_REUSE,SPACING,TRAILING_SEMICOLON -f "$branches" || failed=1
[ ${#usb[@]} = 0 ] || checkpatch --ignore CAMELCASE -f "${usb[@]}" || failed=1
[ ${#tools[@]} = 0 ] ||
	checkpatch --ignore VOLATILE,PREFER_DEFINED_ATTRIBUTE_MACRO -f "${tools[@]}" || failed=1
checkpatch --ignore \
	COMPLEX_MACRO,MACRO_ARG_REUSE,TRAILING_SEMICOLON,PREFER_DEFINED_ATTRIBUTE_MACRO \
	-f "${commands[@]}" || failed=1
[ ${#compat[@]} = 0 ] ||
	checkpatch --ignore LINUX_VERSION_CODE,CONSTANT_COMPARISON -f "${compat[@]}" || failed=1
[ ${#traces[@]} = 0 ] ||
	checkpatch --ignore OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT -f "${traces[@]}" || failed=1
exit "$failed"
