#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boot guests, run a job in each, and report.

usage: run_tests.py --source KERNEL-SOURCE --tests LIST [--select PATTERNS] RUN...
RUN is KERNEL:JOB:IMAGE:INITRAMFS:OUTPUT-DIRECTORY[:KERNEL-ARGUMENTS]

The last line of the output is "N passed, N failed", with ", N skipped" where there are any.
"""

import argparse
import os
import re
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import evaluate
import guest
import junit
import ktap
import starve

SCRIPTS = Path(__file__).resolve().parent.parent
# Seconds: for the whole guest, on a host that has much else to do; and without a line in either
# log, which is how one that hangs is noticed.
LIMIT = {'kunit': 2400, 'selftest': 1200, 'proof': 2400, 'udev': 600, 'crash': 1200}
IDLE_LIMIT = 150
SHOWN_LINES = 40
# Lines of a report that rarely help; the logs have them.
NOISE = re.compile(r'^ *(R(?!IP)[A-Z0-9]{2}:|[FGCD]S:|CR\d:|DR\d:|PKRU:|Code: |Modules linked in:'
                   r'|irq event stamp|(hard|soft)irqs last |\? |-+\[ cut here|</?TASK>)')

TITLE = {
    'kunit': 'KUnit',
    'kunit.soak': 'soak',
    'selftest': 'selftests',
    'selftest.soak': 'storm',
    'proof.power': 'sleep, hibernation, runtime PM and binding',
    'proof.acpi': 'hotplug by ACPI',
    'proof.native': 'hotplug by PCI Express',
    'udev.pair': 'the udev rule',
    'crash.reset': 'a panic, and what is left of it,',
}


def colour(code, text):
    """Text in a colour, where a person watches."""
    plain = not sys.stdout.isatty() or os.environ.get('NO_COLOR')
    return text if plain else f'\033[{code}m{text}\033[0m'


def plan(path, patterns):
    """The cases that T= selects, by suite, from a list as scripts/list-tests.sh prints it."""
    planned = defaultdict(list)
    for line in Path(path).read_text(encoding='utf-8').splitlines():
        suite, case = line.split()[1].split('.', 1)
        if case not in planned[suite] and evaluate.selected(
                ktap.Result(suite, case, ktap.PASSED), patterns):
            planned[suite].append(case)
    return planned


def run_one(parser, spec, args, patterns, planned, screen):
    """Run one guest; returns its results."""
    kernel, job, image, initramfs, out, *rest = spec.split(':', 5)
    out = Path(out)
    arguments = rest[0].split() if rest else []
    title = f'{TITLE[job]} on kernel {kernel}'
    screen.say(f'{title}:')
    limit = LIMIT[job.split('.')[0]] * args.repeat + args.extra_seconds
    out.mkdir(parents=True, exist_ok=True)
    outcome = guest.run([str(SCRIPTS / 'vm.sh'), image, initramfs, job, str(out), *arguments],
                        out, guest.Progress(title, screen), limit, IDLE_LIMIT + args.extra_seconds)
    console = read(out / 'console.log')
    results, text, order = evaluate.evaluate(parser, job, console, read(out / 'job.log'), outcome,
                                             patterns, planned)
    (out / 'dmesg.log').write_text(console.replace('\r', ''), encoding='utf-8')
    (out / 'ktap.log').write_text('\n'.join(text) + '\n', encoding='utf-8')
    (out / 'junit.xml').write_text(junit.report(results), encoding='utf-8')
    for name, text in (('machine.log', outcome.machine_log), ('orders.log', order[1])):
        (out / name).unlink(missing_ok=True)
        if text:
            (out / name).write_text('\n'.join(text) + '\n', encoding='utf-8')
    report = order[0] + ([] if console else read(out / 'qemu.log').splitlines())
    for name in ('console.log', 'job.log', 'qemu.log', 'disk'):
        (out / name).unlink(missing_ok=True)
    report += failures(f'make {args.target} K={kernel}', results, patterns, out)
    if report:
        screen.say('\n'.join(report))
    return results


def read(path):
    """A log, whatever bytes are in it."""
    try:
        return path.read_text(encoding='utf-8', errors='replace')
    except FileNotFoundError:
        return ''


def rerun(command, result, patterns):
    """The command that runs a failed case again."""
    if result.suite in ('kernel', 'guest'):
        selection = ','.join(patterns)
    else:
        case = result.case.split('.')[0]
        selection = f'{result.suite.removeprefix("dmf_")}.{case}'
    return command + (f" T='{selection}'" if selection else '')


def failures(command, results, patterns, out):
    """Each failure with the lines that matter; the cases that never ran as one."""
    report = []
    missing = [r for r in results if r.log[-1:] == [ktap.DID_NOT_RUN]]
    for result in results:
        if result.status != ktap.FAILED or result in missing[1:]:
            continue
        report.append(colour('31', f'FAILED {result.name}'))
        if result in missing and len(missing) > 1:
            report.append(f'    and {len(missing) - 1} more did not run')
        log = [line for line in result.log if line.strip() and not NOISE.match(line)]
        if len(log) > SHOWN_LINES:
            log = log[:SHOWN_LINES] + [f'... {len(log) - SHOWN_LINES} more lines']
        report += [f'    {line.rstrip()}' for line in log]
        report.append(f'  again: {rerun(command, result, patterns)}')
    if report:
        logs = ('dmesg.log', 'ktap.log', 'orders.log', 'machine.log')
        report.append('  logs: ' + ' '.join(os.path.relpath(out / name) for name in logs
                                            if (out / name).exists()))
    return report


def main():
    """Parse the arguments and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument('--source', required=True)
    options.add_argument('--select', default='')
    options.add_argument('--tests', required=True)
    options.add_argument('--target', default='test', help='what make was asked for')
    options.add_argument('--repeat', type=int, default=1, help='how often the suites run')
    options.add_argument('--extra-seconds', type=int, default=0, help='on top of the time limits')
    options.add_argument('--at-once', type=int, default=1, help='how many guests at a time')
    options.add_argument('--starve', action='store_true', help='disturb the guests: see starve.py')
    options.add_argument('runs', nargs='+')
    args = options.parse_args()
    patterns = [pattern for pattern in args.select.split(',') if pattern]
    parser = ktap.Parser(args.source)
    planned = plan(args.tests, patterns)
    screen = guest.Screen()
    disturbed = starve.Starver() if args.starve else nullcontext()
    with disturbed, ThreadPoolExecutor(args.at_once) as guests:
        running = [guests.submit(run_one, parser, spec, args, patterns, planned, screen)
                   for spec in args.runs]
        try:
            results = [result for each in running for result in each.result()]
        except KeyboardInterrupt:
            guest.stopping.set()
            guests.shutdown(cancel_futures=True)
            raise
    count = {status: sum(result.status == status for result in results)
             for status in (ktap.PASSED, ktap.FAILED, ktap.SKIPPED)}
    if not results:
        print('No test was run.')
        count[ktap.FAILED] = 1
    skipped = f', {count[ktap.SKIPPED]} skipped' if count[ktap.SKIPPED] else ''
    print(f'{count[ktap.PASSED]} passed, {count[ktap.FAILED]} failed{skipped}')
    return 1 if count[ktap.FAILED] else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
