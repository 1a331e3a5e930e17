#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make the table of what the benchmark has printed to the kernel log.

usage: bench.py MACHINE CONSOLE-LOG TSV-FILE

MACHINE is bench, where costs are instructions, or contention, where they are nanoseconds on two
processors and no goal is asked for. The exit status is 1 if a goal was missed, a case is void, or
the benchmark did not get to its end.
"""

import re
import sys
from pathlib import Path

import complaints

ROW = re.compile(r'dmf-bench: ([^|]+)\|([^|]+)\|(\d+)\|(\d+)\|(\d+)\|(ok|void|alone)$')
UNITS = {
    'bench': 'instructions per operation',
    'contention': 'ns per operation, two processors, median of 20',
}
TROUBLE = re.compile(r'dmf-bench: ([^|]*)$')


def verdict(goal, ratio, state):
    """The last column, and whether all is well."""
    if state == 'void':
        return 'void: the processor was idle', False
    if state == 'alone':
        return 'on one processor only', True
    if not goal:
        return '', True
    good = ratio <= goal
    return f'{"reaches" if good else "MISSES"} the goal of {goal:.2f}', good


def main():
    """Read, print, write, judge."""
    machine, console, tsv = sys.argv[1:]
    unit = UNITS[machine]
    raw = Path(console).read_text(encoding='utf-8', errors='replace')
    lines = complaints.clean(raw)
    found = complaints.scan(lines)
    rows = ['case\tours\tbaseline\tratio']
    count = {True: 0, False: 0}
    print(f'{unit:52}{"ours":>10}{"baseline":>10}{"ratio":>7}')
    for row in filter(None, map(ROW.search, lines)):
        name, baseline_name, goal, ours, baseline, state = row.groups()
        ours, baseline = int(ours) / 1000, int(baseline) / 1000
        goal = int(goal) / 100 if machine == 'bench' else 0
        ratio = ours / baseline
        said, good = verdict(goal, ratio, state)
        count[good] += 1
        print(f'{name:52}{ours:10.2f}{baseline:10.2f}{ratio:7.3f}  {said}\n'
              f'  beside: {baseline_name}')
        figures = 'void\tvoid\tvoid' if state == 'void' else \
            f'{ours:.2f}\t{baseline:.2f}\t{ratio:.3f}'
        alone = ' (on one processor only)' if state == 'alone' else ''
        rows.append(f'{name}{alone}\t{figures}')
    Path(tsv).write_text('\n'.join(rows) + '\n', encoding='utf-8')
    trouble = [match.group(1) for match in map(TROUBLE.search, lines) if match]
    trouble += [complaint.head for complaint in found]
    if not any('dmf-end: bench' in line for line in lines):
        trouble.append('the guest did not get to its end')
    if not count[True] + count[False]:
        trouble.append('nothing was measured')
    for text in trouble:
        print(f'FAILED: {text} (log: {console})')
    print(f'{count[True]} passed, {count[False] + len(trouble)} failed')
    return 1 if trouble or count[False] else 0


if __name__ == '__main__':
    sys.exit(main())
