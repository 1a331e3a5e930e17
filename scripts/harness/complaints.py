# SPDX-License-Identifier: GPL-2.0-only
"""Find what the kernel complains of in a console log, and judge it against what was announced.

A test that provokes a complaint on purpose brackets it with two lines in the kernel log:

    dmf-expect-begin: REGEX
    dmf-expect-end

Within the bracket a complaint that matches is fine, and a bracket without a match is a failure.
"""

import re
from dataclasses import dataclass, field

TIMESTAMP = re.compile(r'^\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ')

PANIC = 'Kernel panic - not syncing'
CUT_HERE = '------------[ cut here ]------------'
END_TRACE = re.compile(r'---\[ end trace')
STACK_END = re.compile(r'</TASK>')
RULER = re.compile(r'^=+$')

# What starts a complaint, and what ends its text. Order matters: the first match decides.
STARTS = [
    (re.compile(r'BUG: KASAN|UBSAN: '), RULER),
    (re.compile(r'WARNING: CPU|kernel BUG at|Oops: |general protection fault|BUG: unable to handle'
                r'|BUG: kernel NULL pointer|stack guard page|double fault'), END_TRACE),
    (re.compile(PANIC), None),
    (re.compile(r'BUG: sleeping function|scheduling while atomic|BUG: workqueue leaked lock'
                r'|WARNING: .*(lock|RCU|unlock)|BUG: .*(lock|wait context|held)'
                r'|INFO: task .* blocked for more than|soft lockup|INFO: rcu_|rcu: INFO: '
                r'|INFO: trying to register non-static key|nobody cared'
                r'|page allocation failure|invoked oom-killer'), STACK_END),
    (re.compile(r'\b(BUG|WARNING): |kmemleak: \d+ new suspected|kmemleak: .*disabled'
                r'|refcount_t: |ODEBUG: |list_(add|del) corruption|cannot create duplicate filename'
                r'|BUG: workqueue lockup|Unbalanced enable for IRQ'), None),
]
MAX_LINES = 120

EXPECT_BEGIN = re.compile(r'dmf-expect-begin: (.*)$')
EXPECT_END = re.compile(r'dmf-expect-end\b')
MARK = re.compile(r'dmf-(job|end|kunit|fuzz|watchers|canary|reboot-begin)\b')
RESULT = re.compile(r'^ *(not )?ok \d+ ')


@dataclass
class Complaint:
    """One report of the kernel, or an announced one that did not come."""
    line: int                   # index of its first line in the log
    text: list = field(default_factory=list)
    head: str = ''


def clean(raw):
    """The lines of a console log as the kernel printed them, without time stamps."""
    return [TIMESTAMP.sub('', line.rstrip('\r')) for line in raw.split('\n')]


def start_of(lines, i):
    """(headline, end pattern) when a complaint starts at line i, else None."""
    line = lines[i]
    if CUT_HERE in line:
        head = next((text for text in lines[i + 1:i + 4] if text.strip()), line)
        return head, END_TRACE
    for start, end in STARTS:
        if start.search(line):
            return line, end
    return None


def extent(lines, i, end):
    """Index after the last line of the complaint that starts at line i."""
    if end is None:
        return i + 1
    for j in range(i + 1, min(len(lines), i + MAX_LINES)):
        if end.search(lines[j]):
            return j + 1
        if EXPECT_END.search(lines[j]) or EXPECT_BEGIN.search(lines[j]):
            return j
        if MARK.search(lines[j]) or RESULT.match(lines[j]):
            return j
    return min(len(lines), i + MAX_LINES)


def scan(lines):
    """All unexpected complaints, in order, and announced ones that are missing."""
    found = []
    expected = None             # [regex, line, met]
    i = 0
    while i < len(lines):
        line = lines[i]
        begin = EXPECT_BEGIN.search(line)
        if begin or EXPECT_END.search(line):
            found += unmet(expected)
            expected = [re.compile(begin.group(1).strip()), i, False] if begin else None
            i += 1
            continue
        start = start_of(lines, i)
        if not start:
            if expected and expected[0].search(line):
                expected[2] = True
            i += 1
            continue
        after = extent(lines, i, start[1])
        text = lines[i:after]
        if expected and any(expected[0].search(entry) for entry in text):
            expected[2] = True
        else:
            found.append(Complaint(i, text, start[0].strip()))
        i = after
    return found + unmet(expected)


def unmet(expected):
    """A complaint about an announced one that is missing."""
    if not expected or expected[2]:
        return []
    return [Complaint(expected[1], [], 'expected in the kernel log, but missing: '
                      + expected[0].pattern)]
