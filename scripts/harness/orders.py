# SPDX-License-Identifier: GPL-2.0-only
"""The order of device events: what the tables say, and what was seen.

A proof puts its transitions between two lines in the kernel log,

    dmf-order-begin: SUITE.CASE
    dmf-order-end

and has the tracepoint dmf:device_event printed there meanwhile, one line per event of the device,
whether or not anybody has a callback for it. The log survives what the guest's memory does not:
what happens after the image of a hibernating system has been made.
"""

import re
from itertools import groupby
from textwrap import wrap

import ktap
from machine import BOOTED_AGAIN, WOKEN_UP

EVENT = re.compile(r'device_event: device=\S+ event=(\S+) power=(\S+) ret=(-?\d+)')
BEGIN = re.compile(r'dmf-order-begin: (\S+)')
END = 'dmf-order-end'


def up(previous, again=True):
    """The device comes to D0 from `previous`."""
    return [f'd0_entry {previous}',
            f'interrupts_connect {previous}',
            f'd0_entry_post_interrupts_enabled {previous}',
            f'self_managed_io_{"restart" if again else "init"} {previous}']


def down(target):
    """The device leaves D0 for `target`."""
    return [f'self_managed_io_suspend {target}',
            f'd0_exit_pre_interrupts_disabled {target}',
            f'interrupts_disconnect {target}',
            f'd0_exit {target}']


BIND = ['modules_add final', 'prepare_hardware final', *up('final', again=False)]
GONE = ['release_hardware final', 'self_managed_io_flush final', 'self_managed_io_cleanup final']
UNBIND = [*down('final'), *GONE]

SLEEP = [*down('sleep'), *up('sleep')]
S3 = [*down('sleep'), WOKEN_UP, *up('sleep')]
IDLE_CYCLE = [*down('idle'), *up('idle')]
# Made the image, brought the devices back to write it: freeze and thaw.
IMAGE = [*down('hibernation'), *up('hibernation')]
RESTORED = [BOOTED_AGAIN, *up('hibernation')]

# What each case must see: parts that follow each other, each a number of times.
TABLES = {
    'sleep.devices_with_blocked_daemon': [(1, SLEEP)],
    'sleep.platform_with_blocked_daemon': [(1, SLEEP)],
    's3.wakes_up_by_the_host': [(1, S3)],
    # Resumed first, so that it goes from D0 to sleep; idle again at the end.
    's3.while_runtime_suspended': [(1, up('idle')), (1, S3), (1, down('idle'))],
    's3.three_times_under_load': [(3, S3)],
    # platform: poweroff. shutdown: the reboot path, on which the device is shut down for good.
    'hibernation.platform_mode': [(1, IMAGE), (1, down('hibernation')), (1, RESTORED)],
    'hibernation.shutdown_mode': [(1, IMAGE), (1, down('final')), (1, RESTORED)],
    'runtime.thousand_cycles': [(1, down('idle')), (1000, [*up('idle'), *down('idle')])],
    'rebind.two_hundred_times_under_load': [(200, [*UNBIND, *BIND])],
    'unload.refused_with_an_open_file': [(1, UNBIND)],
    'acpi_hotplug.under_load': [(5, [*UNBIND, *BIND])],
    'acpi_hotplug.with_blocked_daemon': [(1, [*UNBIND, *BIND])],
    'native_hotplug.under_load': [(2, [*UNBIND, *BIND])],
    'native_hotplug.with_blocked_daemon': [(1, [*UNBIND, *BIND])],
    'surprise.with_blocked_daemon': [(1, ['surprise_removal D0', *UNBIND]), (1, BIND)],
    'surprise.under_load': [(3, ['surprise_removal D0', *UNBIND, *BIND])],
}


def seen(lines):
    """The events between the marks, by case."""
    found = {}
    case = None
    for line in lines:
        begin = BEGIN.search(line)
        if begin:
            case = begin.group(1)
            found[case] = []
        elif END in line:
            case = None
        elif case and line in (BOOTED_AGAIN, WOKEN_UP):
            found[case].append(line)
        elif case and EVENT.search(line):
            event, power, ret = EVENT.search(line).groups()
            found[case].append(f'{event} {power}' + ('' if ret == '0' else f' = {ret}'))
    return found


def beside(expected, events, first=0, count=None):
    """Both, side by side; `count` lines from number `first` on."""
    rows = [f'{"":6}{"the table":45}seen']
    last = max(len(expected), len(events))
    for i in range(first, last if count is None else min(first + count, last)):
        left = expected[i] if i < len(expected) else '-'
        right = events[i] if i < len(events) else '-'
        rows.append(f'{i + 1:5} {left:45}{right}{"" if left == right else "   <-"}')
    return rows


def difference(expected, events):
    """What surrounds the first event that is not as the table says."""
    wrong = next((i for i, pair in enumerate(zip(expected, events)) if pair[0] != pair[1]),
                 min(len(expected), len(events)))
    return [f'{len(expected)} events in the table, {len(events)} seen; they differ from number '
            f'{wrong + 1} on'] + beside(expected, events, max(0, wrong - 6), 24)


def brief(table):
    """The events that table and console agree on: parts, powers and names."""
    text = []
    for count, part in table:
        line = f'{count} x ' if count > 1 else ''
        for group, events in groupby(part, lambda event: event.partition(' ')[2]):
            events = list(events)
            if events[0] in (BOOTED_AGAIN, WOKEN_UP):
                line += f'[{events[0].partition(": ")[2]}] '
            else:
                line += f'({group}) ' + ''.join(f'{event.split()[0]} ' for event in events)
        text += wrap(line, 92)
    return text


def check(lines, results):
    """Fail the cases whose events differ from the table. Returns what is to be printed, and all in
    full for a log."""
    found = seen(lines)
    text = []
    log = []
    for result in results:
        if result.name not in TABLES or result.status != ktap.PASSED:
            continue
        expected = [event for count, part in TABLES[result.name] for event in count * part]
        events = found.get(result.name, [])
        log += [result.name] + beside(expected, events)
        if events != expected:
            result.status = ktap.FAILED
            result.log = difference(expected, events) + result.log
            continue
        text.append(f'  order of events in {result.name}, as in the table:')
        text += [f'      {line}' for line in brief(TABLES[result.name])]
    return text, log
