# SPDX-License-Identifier: GPL-2.0-only
"""Turn the logs of one guest into test results."""

import re
from collections import Counter
from fnmatch import fnmatchcase

import complaints
import guest
import ktap
import orders
from ktap import FAILED, PASSED, Result

SUBTEST = re.compile(r'^ *# Subtest: (.*)$')
CASE = re.compile(r'^    (?:not )?ok \d+ (?:- )?([^#]*?)(?: #.*)?$')
# Around each case of the fuzzer, in the kernel log; with the seed.
FUZZ = re.compile(r'dmf-fuzz: (begin|end) (\S+)')
LAST_LINES = 20
# The one case whose verdict is the host's: whether the guest goes down.
REBOOT_SUITE, REBOOT_CASE = 'power', 'reboot_with_blocked_daemon'
# What the harness itself finds is never deselected.
ALWAYS = ('kernel', 'guest', 'watchers')


def find(lines, text, first=0):
    """Index of the first line with `text`, or None."""
    return next((i for i in range(first, len(lines)) if text in lines[i]), None)


def parts_of(lines, name):
    """(begin, end) of each stretch between "dmf-NAME: begin" and "dmf-NAME: end"."""
    found = []
    end = 0
    while (begin := find(lines, f'dmf-{name}: begin', end)) is not None:
        end = find(lines, f'dmf-{name}: end', begin) or len(lines)
        found.append((begin, end))
    return found


def document(lines, begin, end, found):
    """A part of the log as KTAP: from its header on, without what the kernel complained of, and
    without what it prints about all tasks when it panics."""
    panic = find(lines, complaints.PANIC, begin)
    end = end if panic is None else min(end, panic)
    noise = set()
    for complaint in found:
        noise.update(range(complaint.line, complaint.line + len(complaint.text)))
    text = [lines[i] for i in range(begin, end) if i not in noise]
    start = next((i for i, line in enumerate(text) if line == 'KTAP version 1'), len(text))
    return text[start:]


def owner(lines, begin, end, complaint, planned):
    """suite.case of the KUnit case that was running when the kernel complained, or None."""
    start = next((i for i in range(complaint.line, begin, -1) if SUBTEST.match(lines[i])), None)
    if start is None:
        return None
    suite = SUBTEST.match(lines[start]).group(1)
    done = [CASE.match(line).group(1) for line in lines[start:complaint.line] if CASE.match(line)]
    after = next((CASE.match(lines[i]).group(1)
                  for i in range(complaint.line, end) if CASE.match(lines[i])), None)
    if not after and len(done) < len(planned.get(suite, [])):
        after = planned[suite][len(done)]
    return f'{suite}.{after}' if after else None


def fuzzed(lines, results, found):
    """Fail the cases of the fuzzer under which the kernel complained; returns the other
    complaints."""
    left = []
    for complaint in found:
        begin = next((i for i in range(complaint.line, -1, -1) if FUZZ.search(lines[i])), None)
        mark = FUZZ.search(lines[begin]) if begin is not None else None
        result = None
        if mark and mark.group(1) == 'begin':
            result = next((each for each in results if each.name == f'fuzz.{mark.group(2)}'), None)
        if result:
            result.status = FAILED
            result.log = (complaint.text or [complaint.head]) + [lines[begin]] + result.log
        else:
            left.append(complaint)
    return left


def name_missing(results, planned):
    """Give the cases that did not run their names, by their position in the suite."""
    position = Counter()
    for result in results:
        names = planned.get(result.suite, [])
        if result.case == ktap.DID_NOT_RUN and position[result.suite] < len(names):
            result.case = names[position[result.suite]]
            result.log = [ktap.DID_NOT_RUN]
        position[result.suite] += 1


def blame(results, lines, parts, found, planned):
    """Fail the cases under which the kernel complained; what is left fails on its own.

    `parts` has the (begin, end, results) of each run of the suites.
    """
    left = []
    # Backwards, because each goes in front of what is there.
    for complaint in reversed(found):
        result = None
        for begin, end, ran in parts:
            if begin <= complaint.line < end:
                name = owner(lines, begin, end, complaint, planned)
                result = next((each for each in ran if each.name == name), None)
        if result:
            result.status = FAILED
            result.log = (complaint.text or [complaint.head]) + result.log
        else:
            left.insert(0, complaint)
    if left:
        log = [f'{len(left)} outside of any case:'] + [f'  {item.head}' for item in left[:10]]
        log += ['the first in full:'] + lines[max(0, left[0].line - 3):left[0].line] + left[0].text
        results.append(Result('kernel', 'complaints', FAILED, log))


def selected(result, patterns):
    """Whether T= asks for this result."""
    if not patterns or result.suite in ALWAYS or result.case == ktap.DID_NOT_RUN:
        return True
    names = {result.suite, result.suite.removeprefix('dmf_')}
    for pattern in patterns:
        suite, _, case = pattern.partition('.')
        if any(fnmatchcase(name, suite) for name in names) and fnmatchcase(
                result.case, case or '*'):
            return True
    return False


def alive(lines, job, outcome, planned):
    """The guest's own end as results."""
    results = []
    rebooted = outcome.reboot_seconds is not None
    if job == 'selftest' and not rebooted and REBOOT_CASE in planned.get(REBOOT_SUITE, []):
        results.append(Result(REBOOT_SUITE, REBOOT_CASE, FAILED, [ktap.DID_NOT_RUN]))
    if rebooted:
        good = outcome.reboot_seconds <= guest.REBOOT_LIMIT and not outcome.trouble
        log = [f'{outcome.reboot_seconds:.0f} s after {guest.REBOOT_BEGIN}, '
               f'allowed are {guest.REBOOT_LIMIT}'] + ([] if good else last_lines(lines))
        results.append(Result(REBOOT_SUITE, REBOOT_CASE, PASSED if good else FAILED, log))
    if outcome.trouble or not rebooted and find(lines, f'dmf-end: {job}') is None:
        reason = outcome.trouble or 'it went down before the job had ended'
        results.append(Result('guest', 'reaches_the_end', FAILED,
                              [f'{reason}; its last lines:'] + last_lines(lines)))
    return results


def last_lines(lines):
    """The end of the log; after a panic comes only what few want to read."""
    panic = find(lines, complaints.PANIC)
    end = len(lines) if panic is None else panic + 1
    return lines[max(0, end - LAST_LINES):end]


def by_itself(lines, found):
    """Without what only repeats another failure: leaks that the watchers found, the panic after an
    oops. A hang is told with the stack of the test, which the kernel shows only for all tasks."""
    watchers = parts_of(lines, 'watchers')
    kept = []
    for item in found:
        if 'kmemleak: ' in item.head and any(begin < item.line < end for begin, end in watchers):
            continue
        if kept and complaints.PANIC in item.head:
            continue
        if 'blocked for more than' in item.head:
            stack = find(lines, 'task:kunit_try_catch', item.line)
            if stack is not None:
                end = complaints.extent(lines, stack, complaints.STACK_END)
                item.text = [item.head] + lines[stack:end]
        kept.append(item)
    return kept


def evaluate(parser, job, console, output, outcome, patterns, planned):
    """(results, KTAP text, what orders.check() returns) of a guest, from its console and from what
    its job printed.

    `planned` has the cases of each suite in the order in which they run.
    """
    lines = complaints.clean(console)
    while lines and not lines[-1].strip():
        lines.pop()
    found = complaints.scan(lines)
    parts = []
    results = []
    text = []
    for begin, end in sorted(parts_of(lines, 'kunit') + parts_of(lines, 'canary')):
        body = document(lines, begin, end, found)
        text += body
        ran = parser.parse(body, 'kunit')
        name_missing(ran, planned)
        parts.append((begin, end, ran))
        results += ran
    for program, body, status in ktap.documents(output.replace('\r', '').split('\n')):
        text += body
        got = parser.parse(body, program)
        if status and all(result.status != FAILED for result in got):
            got.append(Result(program, 'exit_status', FAILED, [f'exit status {status}'] + body))
        name_missing(got, planned)
        results += got
    order = orders.check(lines, results)
    blame(results, lines, parts, fuzzed(lines, results, by_itself(lines, found)), planned)
    results = [result for result in results if selected(result, patterns)]
    return results + alive(lines, job, outcome, planned), text, order
