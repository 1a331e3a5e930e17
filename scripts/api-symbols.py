#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# api-symbols.py DIR: the names of DMF's symbols that the manuals in DIR (*.md) speak of, sorted,
# one in each line. The manuals are not part of this tree; Documentation/api-symbols.txt is what
# this program has found in them.
#
# A symbol is: an identifier of DMF's own families, wherever it stands; a value or function that
# carries the name of a Module of DMF before its first underscore; a member of a structure that
# has a heading of its own, written STRUCTURE.Member. A placeholder such as DMF_[ModuleName]_Open is
# one symbol, as it is written.

import pathlib
import re
import sys

IDENTIFIER = re.compile(r"[A-Za-z_](?:\w|\[[A-Za-z]+\])*")

# DMF's families of names. DmfModule, dmfModuleInit and their like are variables of examples.
FAMILY = re.compile(
    r"""(?: (?:P|PFN_|EVT_|DECLARE_|WdfObjectGet_)? DMF
            (?: _ [\w\[\]]*\w\]? | MODULE\w* | DEVICE_INIT )
      | DmfAssert | DmfFeatureType | DmfFeature_\w+ | DmfModuleOpenOption | EvtDmf\w+ )""",
    re.VERBOSE)

# Not symbols: the bare prefixes, and file names.
NOT = re.compile(r"DMF_|DMF_\[ModuleName\]_")

HEADING = re.compile(r"#+ +(.*?) *$")
STRUCTURE = re.compile(r"DMF_(?!DEFAULT_)[A-Z_]+|DMF_CONFIG_\w+")
TABLE = re.compile(r" *\**(Member|Value)\** *\|")
BOLD = re.compile(r"\*\*([A-Z][a-z]+(?:[A-Z][a-z]+)+)(?: = \w+)?\*\*")


def lines_of(path):
    """The lines of a manual without the escapes of its markup."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        yield re.sub(r"\\([_\[\]*])", r"\1", line)


def members_of(structure, line, in_table):
    """Members that a line in the section of a structure names."""
    if in_table:
        cell = line.split("|")[0].replace("*", "").strip()
        if cell and not set(cell) <= set("-: "):
            # A type may stand before the name; one name is written as two words.
            cell = cell.replace("Module Name", "ModuleName")
            yield f"{structure}.{cell.split()[-1]}"
    else:
        for name in BOLD.findall(line):
            yield f"{structure}.{name}"


def collect(directory):
    found, mentioned = set(), set()
    for path in sorted(pathlib.Path(directory).glob("*.md")):
        structure, in_table = None, False
        for line in lines_of(path):
            heading = HEADING.match(line)
            if heading:
                name = heading.group(1)
                structure = name if STRUCTURE.fullmatch(name) else None
            if "|" not in line:
                in_table = False
            if structure and not heading:
                found.update(members_of(structure, line, in_table))
            if TABLE.match(line):
                in_table = True
            for name in IDENTIFIER.findall(line):
                mentioned.add(name)

    for name in mentioned:
        if FAMILY.fullmatch(name) and not NOT.fullmatch(name):
            found.add(name)
    modules = {m.group(1) for m in (re.fullmatch(r"DMF_([A-Z][a-z]\w*?)(?:_\w+)?", name)
                                    for name in found) if m}
    for name in mentioned:
        if name.partition("_")[0] in modules and "_" in name:
            found.add(name)
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: api-symbols.py DIRECTORY")
    found = collect(sys.argv[1])
    if not found:
        sys.exit(f"{sys.argv[1]}: no manuals there")
    print("# SPDX-License-Identifier: GPL-2.0-only")
    print("\n".join(sorted(found)))


main()
