#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dmfctl dump show takes any file: it shows a whole dump, and whatever is done to the dump it
# neither crashes nor reads or writes where it must not, as the compiler's sanitizers see it.

. "$(dirname "$0")/files.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -g -fsanitize=address,undefined \
	-fno-sanitize-recover -I include/uapi -I tools/libdmf -DDMF_VERSION='"check"' \
	-o "$work/dmfctl" tools/dmfctl/*.c tools/libdmf/*.c &&
	python3 -B scripts/check/dump.py "$work/dmfctl"
