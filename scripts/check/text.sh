#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rules about text: licence line, line length, blanks, what must not be used where.

. "$(dirname "$0")/files.sh"

spdx() {
	files . ':!LICENSES' ':!COPYING' ':!*.md' | while IFS= read -r file; do
		# Second line after #!.
		sed -n '1{/^#!/n;p;q}' "$file" | grep -q 'SPDX-License-Identifier: ' ||
			echo "$file:1: no SPDX-License-Identifier in the first line"
	done
	files '*.md' | while IFS= read -r file; do
		grep -q 'SPDX-License-Identifier: ' "$file" ||
			echo "$file:1: no SPDX-License-Identifier"
	done
}

line_length() {
	# checkpatch looks at C, and knows strings that must not be split.
	files '*.sh' '*.py' '*Makefile' '*Kbuild*' '*Kconfig' | while IFS= read -r file; do
		expand "$file" | awk -v file="$file" 'length > 100 {
			print file ":" NR ": line of " length " columns; 100 are allowed" }'
	done
}

trailing_blanks() {
	files . ':!*.md' ':!*.patch' | xargs -r grep -nIE '[[:blank:]]+$' |
		sed 's/$/ <- blank at the end/'
}

# Modules have an undo list of their own; devres knows positions, not owners.
no_devres() {
	files 'modules/*.[ch]' 'dmf/*.[ch]' | xargs -r grep -nE '\bdevm_[a-z]' |
		sed 's/$/  <- devm_ belongs to the probe of a Client/'
}

versions() {
	files '*.[ch]' ':!include/linux/dmf/compat.h' | xargs -r grep -n 'LINUX_VERSION_CODE' |
		sed 's/$/  <- belongs into compat.h/'
}

# grep that finds nothing is what we want, and says so with its exit status.
findings=$(set +e; spdx; line_length; trailing_blanks; no_devres; versions) || true
[ -z "$findings" ] || { say "$findings"; exit 1; }
