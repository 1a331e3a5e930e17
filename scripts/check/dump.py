#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Show a dump, and many that are broken in some way: see dump.sh."""

import json
import random
import struct
import subprocess
import sys
import zlib

HEADER_SIZE, SECTION_SIZE = 464, 96
MUTANTS = 250

# Where numbers lie that lead the reader: of the header, of a section.
HEADER_NUMBERS = (8, 12, 16, 20, 24, 28, 40)
SECTION_NUMBERS = (0, 4, 8, 12, 16, 20, 24)
VALUES = (0, 1, 2, 7, 8, 95, 96, 4096, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def section(kind, data, name, number=0, parent=0, flags=0):
    head = struct.pack("<IIIIQQ64s", kind, flags, number, parent, len(data), len(data),
                       name.encode())
    return head + data + bytes(-len(data) % 8)


def header(sections, count, order="<"):
    return struct.pack(
        order + "8sIHHIIIIIIQQQQQ128s16s64s64s64s48x", b"DMFDUMP", 0x01020304, 1, 0,
        HEADER_SIZE, SECTION_SIZE, count, 0, zlib.crc32(sections), 8,
        HEADER_SIZE + len(sections), 1700000000 * 10**9, 5 * 10**9, 7, 8, b"why", b"kind",
        b"6.1.0", b"dmf_edu", b"0000:00:10.0")


def dump():
    sections = [
        section(2, b"device=edu\nio=running\n", "state"),
        section(1, b"number=1\nfigures: depth=3\n", "parent", number=1),
        section(1, b"number=2\n\x1b[31mred\xff", "child", number=2, parent=1),
        section(2, b"a record\n", "recorder", parent=2),
        section(3, bytes(range(256)), "config", parent=2),
        section(4, b"context", "context", parent=2),
        section(5, b"", "key", parent=1, flags=1),
        section(5, b"gone", "of the dead", parent=99),
        section(77, b"unknown", "tomorrow"),
        section(0, b"", ""),
    ]
    return header(b"".join(sections), len(sections)) + b"".join(sections)


def offsets(data):
    """Where the sections of a good dump begin."""
    offset = HEADER_SIZE
    while offset < len(data):
        yield offset
        size, = struct.unpack_from("<Q", data, offset + 16)
        offset += SECTION_SIZE + size + -size % 8


def mutate(good, random_numbers):
    data = bytearray(good)
    choice = random_numbers.randrange(4)
    if choice == 0:
        return bytes(data[:random_numbers.randrange(len(data))])
    if choice == 1:
        for _ in range(random_numbers.randrange(1, 20)):
            data[random_numbers.randrange(8, len(data))] = random_numbers.randrange(256)
        return bytes(data)
    if choice == 2:
        places = HEADER_NUMBERS
    else:
        start = random_numbers.choice(list(offsets(good)))
        places = [start + number for number in SECTION_NUMBERS]
    struct.pack_into("<I", data, random_numbers.choice(places), random_numbers.choice(VALUES))
    return bytes(data)


def loop(good):
    """Modules that are each other's parents, and many of one number."""
    sections = b"".join(section(1, b"", "m", number=1 + i % 2, parent=2 - i % 2)
                        for i in range(3000)) + section(0, b"", "")
    return header(sections, 3001) + sections


def main():
    program = sys.argv[1]
    good = dump()
    failed = False

    def show(data, *arguments):
        return subprocess.run([program, "dump", "show", "-", *arguments], input=data,
                              capture_output=True, check=False, timeout=60)

    def expect(holds, what, result):
        nonlocal failed
        if not holds:
            failed = True
            print(f"dump.py: {what}: status {result.returncode}\n"
                  f"{result.stderr.decode(errors='replace')[:2000]}")

    result = show(good)
    text = result.stdout.decode()
    expect(result.returncode == 0 and not result.stderr, "a whole dump", result)
    for words in ("0000:00:10.0", "depth=3", "a record", "secret: left out", "of the dead",
                  "type=77", "that are not here"):
        expect(words in text, f"'{words}' is missing", result)
    expect("\x1b" not in text, "what may move the cursor is printed", result)
    result = show(good, "--json")
    expect(len(json.loads(result.stdout)["sections"]) == 9, "JSON", result)

    random_numbers = random.Random(1)
    cases = [mutate(good, random_numbers) for _ in range(MUTANTS)]
    cases += [b"", good[:HEADER_SIZE], loop(good)]
    for number, case in enumerate(cases):
        result = show(case, *(["--json"] if number % 2 else ["--full"]))
        expect(result.returncode in (0, 1), f"case {number}", result)
    sys.exit(failed)


if __name__ == "__main__":
    main()
