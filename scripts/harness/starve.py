# SPDX-License-Identifier: GPL-2.0-only
"""Take a processor away from the guests now and then, as a busy machine does.

A test must not presume that a thread goes on at once, not even between two of its instructions.
Where one does, that shows when an emulated processor stands still while the other one runs: each in
turn, or both, has to share one processor with programs that only burn time, for some time. That
needs no privilege, but a machine that has nothing else to do.
"""

import os
import random
import signal
import subprocess
import threading
from pathlib import Path

HOGS = 24                   # the emulated processor gets 1/25 of the real one
HOLD_SECONDS = 1.0          # at most; mostly much shorter
GAP_SECONDS = 0.1           # at most
BOTH = 0.2                  # how often all processors of all guests are meant


def descendants(pid):
    """The processes that a process has started, and those that they have."""
    for children in Path(f'/proc/{pid}/task').glob('*/children'):
        try:
            pids = [int(word) for word in children.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in pids:
            yield child
            yield from descendants(child)


def emulated_processors():
    """Threads of QEMU's that emulate one, or all in turn; vm.sh has it name them."""
    for pid in descendants(os.getpid()):
        for comm in Path(f'/proc/{pid}/task').glob('*/comm'):
            try:
                if comm.read_text().startswith(('CPU ', 'ALL CPUs')):
                    yield int(comm.parent.name)
            except (FileNotFoundError, ProcessLookupError):
                pass


def confine(threads, processors):
    """Let threads run there alone; some may be gone."""
    for thread in threads:
        try:
            os.sched_setaffinity(thread, processors)
        except ProcessLookupError:
            pass


class Starver:
    """A context within which it is done."""

    def __init__(self):
        self._processors = os.sched_getaffinity(0)
        self._shared = {max(self._processors)}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._hogs = []

    def __enter__(self):
        # No hog outlives us, whatever we die of.
        hog = ['setpriv', '--pdeathsig', 'KILL', 'sh', '-c', 'while :; do :; done']
        self._hogs = [subprocess.Popen(hog, start_new_session=True) for _ in range(HOGS)]
        confine([hog.pid for hog in self._hogs], self._shared)
        self._signal(signal.SIGSTOP)
        self._thread.start()

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._signal(signal.SIGKILL)
        for hog in self._hogs:
            hog.wait()

    def _signal(self, number):
        for hog in self._hogs:
            hog.send_signal(number)

    def _run(self):
        while not self._over.wait(GAP_SECONDS * random.random()):
            threads = list(emulated_processors())
            if not threads:
                continue
            if random.random() > BOTH:
                threads = [random.choice(threads)]
            confine(threads, self._shared)
            self._signal(signal.SIGCONT)
            self._over.wait(HOLD_SECONDS * random.random() ** 3)
            self._signal(signal.SIGSTOP)
            confine(threads, self._processors)
