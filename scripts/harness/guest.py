# SPDX-License-Identifier: GPL-2.0-only
"""Run one job in a guest, follow its two logs, and notice when it hangs."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from complaints import PANIC, TIMESTAMP
from machine import Machine

SUITE = re.compile(r'^(not )?ok \d+ (?:- )?([^#]*)')
CASE = re.compile(r'^    (not )?ok \d+ (?:- )?([^#]*)')
PROGRAM = re.compile(r'^# dmf-program: (\S+)')

REBOOT_BEGIN = 'dmf-reboot-begin'
REBOOT_LIMIT = 20
# Seconds without a line after a panic: a damaged kernel may fail to reset the machine.
PANIC_LIMIT = 10
# By so much later vm.sh ends what has not been ended here.
VM_GRACE = 30
# Somebody wants all guests to end.
stopping = threading.Event()


class Tail:
    """The complete lines that a growing file has gained since the last look."""

    def __init__(self, path):
        self._path = path
        self._offset = 0
        self._rest = ''

    def lines(self):
        """New complete lines."""
        try:
            with open(self._path, encoding='utf-8', errors='replace') as file:
                file.seek(self._offset)
                text = file.read()
                self._offset = file.tell()
        except FileNotFoundError:
            return []
        *whole, self._rest = (self._rest + text).split('\n')
        return whole


class Screen:
    """What all guests print to: whole lines and, where a person watches, a status line below them
    that renews itself."""

    def __init__(self):
        self._lock = threading.Lock()
        self._tty = sys.stdout.isatty()
        self._status = {}

    def say(self, text):
        """Print one or more lines."""
        with self._lock:
            self._draw('')
            print(text, flush=True)

    def status(self, guest, text):
        """What a guest is at; nothing when it has ended."""
        with self._lock:
            self._status[guest] = text
            self._draw('  ' + ' | '.join(filter(None, self._status.values())))

    def _draw(self, text):
        if self._tty:
            print(f'\r\033[K{text}', end='', flush=True)


class Progress:
    """A line per suite, and what the status line says of the guest."""

    def __init__(self, title, screen):
        self._title = title
        self._screen = screen
        self._start = time.monotonic()
        self._cases = 0
        self._failed = 0
        self._program = ''

    def feed(self, line):
        """Look at one line of either log."""
        line = TIMESTAMP.sub('', line.rstrip('\r'))
        program = PROGRAM.match(line)
        if program:
            self._close(self._program)
            self._program = program.group(1)
        elif CASE.match(line):
            self._count(CASE.match(line).group(1))
        elif SUITE.match(line) and self._program:
            self._count(SUITE.match(line).group(1))
        elif SUITE.match(line):
            self._close(SUITE.match(line).group(2).strip())

    def _count(self, failed):
        self._cases += 1
        self._failed += bool(failed)

    def _close(self, name):
        if self._cases:
            bad = f', {self._failed} FAILED' if self._failed else ''
            plural = '' if self._cases == 1 else 's'
            self._screen.say(f'  {self.elapsed():4.0f} s  {name}: {self._cases} case{plural}{bad}')
        self._cases = self._failed = 0

    def elapsed(self):
        """Seconds since the start."""
        return time.monotonic() - self._start

    def tick(self):
        """Renew the status line."""
        self._screen.status(self, f'{self.elapsed():.0f} s {self._title} ... {self._cases or ""}')

    def finish(self):
        """Report what was still open."""
        self._close(self._program or '(unfinished)')
        self._screen.status(self, '')


class Outcome:
    """How a guest ended."""

    def __init__(self):
        self.trouble = ''           # empty, or why the guest had to be ended
        self.panic = False
        self.seconds = 0.0
        self.reboot_seconds = None  # from dmf-reboot-begin to the end, when that was announced
        self.machine_log = []


def start(command, logs, machine, limit, again):
    """Start QEMU, in a session of its own, so that the whole of it can be ended."""
    environment = {**os.environ, 'VM_QMP': machine.path, 'VM_AGAIN': '1' if again else '',
                   'VM_TIMEOUT': f'{limit + VM_GRACE:.0f}'}
    with open(Path(logs) / 'qemu.log', 'ab' if again else 'wb') as output:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, env=environment,
                                stderr=subprocess.STDOUT, start_new_session=True)


def run(command, logs, progress, limit, idle_limit):
    """Run `command` (scripts/vm.sh ...), which logs to the directory `logs`."""
    outcome = Outcome()
    tails = [Tail(Path(logs) / 'console.log'), Tail(Path(logs) / 'job.log')]
    for name in ('console.log', 'job.log'):
        (Path(logs) / name).unlink(missing_ok=True)
    machine = Machine(Path(logs) / 'console.log')
    process = start(command, logs, machine, limit, False)
    reboot_begin = None
    last_sign = time.monotonic()
    try:
        while True:
            ended = process.poll() is not None
            now = time.monotonic()
            # A job says that it wants a panic before there is one: read last, its lines are not
            # older than the console's, and come first.
            console, job = (tail.lines() for tail in tails)
            for line in job + console:
                last_sign = now
                progress.feed(line)
                machine.feed(line)
                if REBOOT_BEGIN in line:
                    reboot_begin = reboot_begin or now
                elif PANIC in line and not machine.is_to_crash():
                    idle_limit = PANIC_LIMIT
                    outcome.panic = True
            if ended and not process.returncode and machine.ended():
                process = start(command, logs, machine, limit, True)
                continue
            if ended:
                break
            if stopping.is_set():
                outcome.trouble = 'it was stopped'
            elif progress.elapsed() > limit:
                outcome.trouble = f'no end within {limit:.0f} s'
            elif now - last_sign > idle_limit and outcome.panic:
                break
            elif now - last_sign > idle_limit:
                outcome.trouble = f'no sign of life for {idle_limit:.0f} s'
            elif reboot_begin and now - reboot_begin > REBOOT_LIMIT:
                break
            if outcome.trouble:
                break
            machine.look()
            progress.tick()
            time.sleep(0.2)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        status = process.wait()
        progress.finish()
    outcome.seconds = progress.elapsed()
    outcome.machine_log = machine.log
    if reboot_begin:
        outcome.reboot_seconds = time.monotonic() - reboot_begin
    if not outcome.trouble and status > 0:
        outcome.trouble = f'QEMU ended with status {status}'
    return outcome
