#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# excerpts.py PAGE...: compare the C in pages with the files that it is taken from, and follow their
# relative links; see excerpts.sh. README.md may abbreviate, and the pages for programs in user
# space have C of their own: what they do not mark is left alone.

import pathlib
import re
import sys

BLOCK = re.compile(r"^(?P<marker>[^\n]*)\n```c\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
MARKER = re.compile(r"<!-- ([\w./-]+) -->")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MAY_BE_UNMARKED = re.compile(r"README\.md|Documentation/uapi/.*")

failed = False


def finding(page, text, at, what):
    global failed
    failed = True
    line = text.count("\n", 0, at) + 1
    print(f"{page}:{line}: {what}")


def check_block(page, text, block):
    marker = MARKER.fullmatch(block["marker"])
    if not marker:
        if not MAY_BE_UNMARKED.fullmatch(page):
            finding(page, text, block.start("code"), "C without a line <!-- FILE --> before it")
        return
    source = pathlib.Path(marker.group(1))
    if not source.is_file():
        finding(page, text, block.start(), f"there is no {source}")
    elif "\n" + block["code"] not in "\n" + source.read_text():
        finding(page, text, block.start("code"), f"is not in {source} like that")


for name in sys.argv[1:]:
    path = pathlib.Path(name)
    content = path.read_text()
    for found in BLOCK.finditer(content):
        check_block(name, content, found)
    for link in LINK.finditer(content):
        target = link.group(1)
        if "://" not in target and not (path.parent / target).exists():
            finding(name, content, link.start(), f"leads nowhere: {target}")
sys.exit(failed)
