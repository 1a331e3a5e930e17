#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# api_map.py [KERNEL-INCLUDE-DIR...]: compare Documentation/api-map.tsv with the list of DMF's
# symbols (Documentation/api-symbols.txt), with our headers, and with the kernel's, if their
# directories are given. Prints findings; the exit status says whether there are any. Run from
# the root of the tree; see api-map.sh.
#
# A row has three or four fields: the symbol of DMF; our symbol, or the kernel's; where that is
# declared; why it differs, or why there is none.
#
# Our symbol is a name, type.member (a member of a structure, a value of an enumeration), or has
# the placeholder <module> where DMF_DECLARE_MODULE() inserts the name of a Module. Where is a
# header of ours, a header of the kernel in angle brackets, or "-" for what is not there.

import pathlib
import re
import subprocess
import sys

MAP = pathlib.Path("Documentation/api-map.tsv")
LIST = pathlib.Path("Documentation/api-symbols.txt")
LICENCE = "# SPDX-License-Identifier: GPL-2.0-only"
TITLES = "DMF\tHere\tWhere\tWhy"

WORD = re.compile(r"\w+")
# A function, macro or type of ours that a remark names.
NAMED = re.compile(r"\b(?:(?:struct|enum) (dmf_\w+)|((?:__|module_)?dmf_\w+)\(\))")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
# " * name - purpose", " * struct name - purpose", " * name() - purpose"
DOCUMENTED = re.compile(r" \* (?:(?:struct|union|enum|typedef) )?(\w+)(?:\(\))? - ")
# From "DMF:" to the end of the sentence, of the paragraph or of the parenthesis.
STANDS_FOR = re.compile(r"\bDMF:\s(.*?)(?:\.(?=\s|$)|\n\s*\*\s*\n|\)(?=[.,\s])|\Z)", re.DOTALL)
# What in such a sentence is a symbol of Windows.
WINDOWS = re.compile(
    r"(?<![\w\[])(?:P?DMF[A-Z_]\w*(?:\[\w+\]\w*)?|DMF_\[\w+\]\w*|EVT_\w+|DECLARE_DMF_\w+"
    r"|Dmf[A-Z]\w+|Wdf[A-Z]\w+|WDF[A-Z_]\w*|Evt[A-Z]\w+|[A-Z][a-z]\w*_[A-Z]\w+|STATUS_\w+"
    r"|DEVICE_\w+_TYPE)")

findings = []


def finding(where, text):
    findings.append(f"{where}: {text}")


class Row:
    def __init__(self, number, fields):
        self.at = f"{MAP}:{number}"
        self.dmf, self.ours, self.where = fields[:3]
        self.why = "".join(fields[3:])


def read_map():
    lines = MAP.read_text().splitlines()
    if lines[:2] != [LICENCE, TITLES]:
        finding(f"{MAP}:1", "the first two lines are not the licence and the titles")
    rows = {}
    for number, line in enumerate(lines[2:], 3):
        fields = line.split("\t")
        if len(fields) not in (3, 4) or "" in fields:
            finding(f"{MAP}:{number}", "not three or four fields with something in them")
            continue
        row = Row(number, fields)
        if row.dmf in rows:
            finding(row.at, f"{row.dmf} has a row already, {rows[row.dmf].at}")
        rows[row.dmf] = row
    return rows


def headers():
    found = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", "include/linux/dmf/*.h",
         "include/uapi/linux/dmf/*.h"], stdout=subprocess.PIPE, text=True, check=True)
    return {name: pathlib.Path(name).read_text() for name in sorted(set(found.stdout.split()))
            if pathlib.Path(name).exists()}


def body_of(text, name):
    """What stands between the braces of a type, or None."""
    start = re.search(rf"\b(?:struct|enum|union)\s+{name}\s*{{", text)
    if not start:
        return None
    depth, at = 1, start.end()
    while depth and at < len(text):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return text[start.end():at]


def occurs(text, symbol):
    """Whether a header without its comments declares a symbol in some way."""
    outer, dot, inner = symbol.rpartition(".")
    if dot:
        body = body_of(text, outer)
        return body is not None and re.search(rf"\b{inner}\b", body) is not None
    if "<module>" in symbol:
        before, after = symbol.split("<module>")
        return f"{before}##_name{'##' if after else ''}{after}" in text
    return re.search(rf"\b{symbol}\b", text) is not None


def plain(name):
    """A name as it is compared: whether ours follows from DMF's mechanically."""
    name = re.sub(r"^DMF_CONFIG_(\w+)$", r"DMF_\1_config", name).rpartition(".")[2]
    return re.sub(r"^(?:dmf|wdf|module)", "", name.replace("_", "").lower())


def named_by(row):
    """Our symbols in the remark of a row."""
    return [match.group(1) or match.group(2) for match in NAMED.finditer(row.why)]


def check_row(row, texts, kernel):
    for name in named_by(row):
        if not any(occurs(text, name) for text in texts.values()):
            finding(row.at, f"no header has {name}")
    if row.where == "-":
        if not row.why:
            finding(row.at, f"{row.dmf} is not there, and the row does not say why")
        if row.ours != "-" and "not built yet" not in row.why:
            finding(row.at, f"{row.ours} is nowhere, and the row does not say: not built yet")
        return
    if row.ours == "-":
        finding(row.at, f"no symbol of {row.where}")
    elif row.where.startswith("<"):
        check_kernel(row, kernel)
    elif row.where not in texts:
        finding(row.at, f"there is no {row.where}")
    elif not occurs(texts[row.where], row.ours):
        finding(row.at, f"{row.where} has no {row.ours}")
    if not row.why and plain(row.ours) != plain(row.dmf):
        finding(row.at, f"{row.ours} does not follow from {row.dmf}, and the row does not say why")


def check_kernel(row, kernel):
    if not re.fullmatch(r"<[\w/]+\.h>", row.where):
        finding(row.at, f"{row.where} is no header")
        return
    for directory in kernel:
        for name in (row.where[1:-1], row.where[1:-1].replace("asm/", "asm-generic/")):
            path = pathlib.Path(directory, name)
            if path.exists():
                if not re.search(rf"\b{row.ours}\b", path.read_text(errors="replace")):
                    finding(row.at, f"{row.where} has no {row.ours}")
                return
    if kernel:
        finding(row.at, f"the kernel has no {row.where}")


def documentation():
    """(where, documented symbol, symbols of Windows that it stands for) of each such sentence."""
    found = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", "include/linux/dmf/*.h", "dmf/*.c",
         "modules/*.c"], stdout=subprocess.PIPE, text=True, check=True)
    for name in sorted(set(found.stdout.split())):
        text = pathlib.Path(name).read_text() if pathlib.Path(name).exists() else ""
        last = None
        # A comment within a structure belongs to the structure.
        for comment in re.finditer(r"/\*\*.*?\*/", text, re.DOTALL):
            documented = DOCUMENTED.search(comment.group())
            if documented and comment.group().startswith("/**\n *"):
                last = documented.group(1)
            for sentence in STANDS_FOR.finditer(comment.group()):
                line = text.count("\n", 0, comment.start() + sentence.start()) + 1
                yield f"{name}:{line}", last, WINDOWS.findall(sentence.group(1))


def check_documentation(rows):
    """Both directions between the map and what the sources say that they stand for."""
    named = set()
    ours = {word for row in rows.values() for word in WORD.findall(row.ours)}
    ours.update(name for row in rows.values() for name in named_by(row))
    for where, documented, symbols in documentation():
        named.update(symbols)
        for symbol in symbols:
            if symbol not in rows:
                finding(where, f"{symbol} has no row in {MAP}")
        if symbols and documented and documented not in ours:
            finding(where, f"{documented} stands for {symbols[0]} and is in no row of {MAP}")
    return named


def main():
    rows = read_map()
    licence, *listed = LIST.read_text().splitlines()
    if licence != LICENCE or listed != sorted(set(listed)):
        finding(LIST, "no licence, not sorted, or not unique; scripts/api-symbols.py makes it")
    for symbol in listed:
        if symbol not in rows:
            finding(MAP, f"no row for {symbol}")

    texts = {name: COMMENT.sub(" ", text) for name, text in headers().items()}
    named = check_documentation(rows)
    known = named.union(listed)
    for row in rows.values():
        check_row(row, texts, sys.argv[1:])
        if row.dmf not in known:
            finding(row.at, f"{row.dmf} is neither in {LIST} nor named by a DMF: line")

    if findings:
        print("\n".join(findings))
    sys.exit(bool(findings))


main()
