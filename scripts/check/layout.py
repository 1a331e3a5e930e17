#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A C file that tells, compiled to assembler, how the structures of UAPI headers are laid out.

layout.py <include folder> <header>...: one line "layout <what> <number>" for the size of each
structure, the offset and the size of each member, and the number of each ioctl.
"""
import os
import re
import sys

COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)
STRUCT = re.compile(r'^struct (\w+) \{(.*?)^\};', re.DOTALL | re.MULTILINE)
IOCTL = re.compile(r'^#define\s+(\w+)\s+_IO[RW]*\(', re.MULTILINE)


def members(body):
    """The names of a structure's members, several of one line too."""
    for declaration in body.split(';'):
        for declarator in declaration.split(','):
            name = re.search(r'(\w+)\s*(\[[^]]*\])*\s*$', declarator)
            if name:
                yield name.group(1)


def main():
    """Print the file."""
    print('#include <stddef.h>')
    tells = []
    for path in sys.argv[2:]:
        print(f'#include <{os.path.relpath(path, sys.argv[1])}>')
        with open(path, encoding='utf-8') as file:
            text = COMMENT.sub('', file.read())
        for name, body in STRUCT.findall(text):
            tells.append((f'{name}', f'sizeof(struct {name})'))
            for member in members(body):
                tells.append((f'{name}.{member}', f'offsetof(struct {name}, {member})'))
                tells.append((f'{name}.{member} size', f'sizeof(((struct {name} *)0)->{member})'))
        for name in IOCTL.findall(text):
            tells.append((name, f'(unsigned int){name}'))
    print('void layout(void);\nvoid layout(void)\n{')
    for what, number in tells:
        print(f'\tasm volatile("\\nlayout {what} %c0" : : "i"({number}));')
    print('}')
    if not tells:
        sys.exit('layout.py: no structures found')


main()
