#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Python in Documentation/uapi/python.md has its ten lines, lays out the record as the header
# does, and works: with the library of this tree, on a node that is made up.

. "$(dirname "$0")/files.sh"

page=Documentation/uapi/python.md
tools=$CHECK_OUT/tools
work=$CHECK_OUT/python
mkdir -p "$work"

# The shared library, as build.sh makes it. One run at a time: both use the same folder.
make -s -C tools O="$tools" STATIC=1 "$(realpath -m "$tools")/libdmf/libdmf.so" >"$work/log" 2>&1 ||
	{ cat "$work/log"; exit 1; }

# shellcheck disable=SC2016 # backquotes are what the page has
sed -n '/^```python$/,/^```$/p' "$page" | sed '1d;$d' >"$work/listen.py"
lines=$(wc -l <"$work/listen.py")
[ "$lines" = 10 ] || say "$page: $lines lines instead of ten"

# A node with one event, after which the device is gone. Its record is 48 bytes.
cat >"$work/fake.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/dmf/edu.h>

int ioctl(int fd, unsigned long request, ...)
{
	static const struct dmf_edu_factorial data = { 5, 120 };
	static int calls;
	struct dmf_event event = {
		.size = sizeof(event) + sizeof(data), .data_size = sizeof(data),
		.data_offset = sizeof(event), .type = 1, .sequence = 7,
	};
	struct dmf_wait *wait;
	va_list list;

	va_start(list, request);
	wait = va_arg(list, struct dmf_wait *);
	va_end(list);
	if (request != DMF_IOC_WAIT)
		return syscall(SYS_ioctl, fd, request, wait);
	errno = ENODEV;
	if (calls++)
		return -1;
	memcpy((void *)(uintptr_t)wait->buffer, &event, sizeof(event));
	memcpy((char *)(uintptr_t)wait->buffer + sizeof(event), &data, sizeof(data));
	wait->used = event.size;
	return 0;
}
C
cat >"$work/layout.c" <<'C'
#include <stddef.h>
#include <stdio.h>
#include <linux/dmf/notify.h>
#define FIELD(name) printf(#name " %zu %zu\n", offsetof(struct dmf_event, name), \
			   sizeof(((struct dmf_event *)0)->name))
int main(void)
{
	FIELD(size), FIELD(data_size), FIELD(data_offset), FIELD(type), FIELD(status);
	FIELD(reserved), FIELD(timestamp_ns), FIELD(sequence);
	printf("%zu\n", sizeof(struct dmf_event));
	return 0;
}
C
gcc -Wall -Wextra -Werror -I include/uapi -shared -fPIC -o "$work/fake.so" "$work/fake.c"
gcc -Wall -Wextra -Werror -I include/uapi -o "$work/layout" "$work/layout.c"
cat >"$work/layout.py" <<'PYTHON'
import re, struct, sys
text = open(sys.argv[1]).read()
names, fields = re.search(r'\(([\w,\s]+)\) = struct\.unpack\("(\w+)"', text).groups()
kinds = "".join(kind * int(count or 1) for count, kind in re.findall(r"(\d*)(\D)", fields))
for at, (name, kind) in enumerate(zip(re.findall(r"\w+", names), kinds, strict=True)):
    print(name, struct.calcsize(kinds[:at + 1]) - struct.calcsize(kind), struct.calcsize(kind))
print(struct.calcsize(kinds))
PYTHON

diff <("$work/layout") <("$dmf_python" -B "$work/layout.py" "$work/listen.py") ||
	say "$page: the record is not laid out as in linux/dmf/notify.h"

listen() {
	LD_LIBRARY_PATH=$tools/libdmf "$@" 2>&1 || true
}
expect() {
	[ "$1" = "$2" ] || say "$page: expected \"$2\", found \"$1\""
}
expect "$(listen "$dmf_python" -B "$work/listen.py" no-such-device)" "No such file or directory"
expect "$(LD_PRELOAD=$(realpath "$work/fake.so") listen "$dmf_python" -B "$work/listen.py" \
	/dev/null)" $'7 0500000078000000\nNo such device'
