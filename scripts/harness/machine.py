# SPDX-License-Identifier: GPL-2.0-only
"""The machine that a guest runs on: what a proof asks of it, by lines in the job's output.

    # dmf-machine: wake         wake me up once I sleep
    # dmf-machine: unplug       take the card out of its slot
    # dmf-machine: plug         put one in
    # dmf-machine: boot-again   when I switch myself off, boot me again
    # dmf-machine: stay-off     forget that
    # dmf-machine: crash        once I have panicked, look into my memory for what lines that begin
    #                           with "# dmf-recorded: " have told, and let me boot again

What was asked is done as soon as the machine is in the state for it: look() tries again.
"""

import json
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ASKED = re.compile(r'^ *# dmf-machine: (\S+)')
RECORDED = re.compile(r'^ *# dmf-recorded: (.*)')
DMFCTL = Path(__file__).resolve().parents[2] / 'out/tools/dmfctl'
# What goes into the console log between what the guest prints: harness/orders.py wants to see it.
BOOTED_AGAIN = 'dmf-machine: booted again'
WOKEN_UP = 'dmf-machine: woken up'


class Monitor:
    """QEMU's machine protocol on a socket."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(path)
        self._file = self._socket.makefile('rw')
        self._file.readline()
        self.execute('qmp_capabilities')

    def execute(self, command, **arguments):
        """The answer: a dictionary with `return` or `error`."""
        self._file.write(json.dumps({'execute': command, 'arguments': arguments}) + '\n')
        self._file.flush()
        while True:
            answer = json.loads(self._file.readline() or '{"error": {"desc": "gone"}}')
            if 'return' in answer or 'error' in answer:
                return answer


class Machine:
    """One guest's machine."""

    def __init__(self, console):
        self._folder = tempfile.TemporaryDirectory(prefix='dmf-')
        self._console = console
        self._monitor = None
        self._todo = []
        self._boot_again = False
        self._recorded = []
        self._to_crash = False
        self.log = []
        # For scripts/vm.sh.
        self.path = str(Path(self._folder.name) / 'qmp')

    def feed(self, line):
        """Look at one line of the job's output."""
        recorded = RECORDED.match(line)
        if recorded:
            self._recorded.append(recorded.group(1))
        asked = ASKED.match(line)
        if not asked:
            return
        self.log.append(f'asked: {asked.group(1)}')
        if asked.group(1) in ('boot-again', 'stay-off'):
            self._boot_again = asked.group(1) == 'boot-again'
        else:
            self._to_crash |= asked.group(1) == 'crash'
            self._todo.append(asked.group(1))

    def is_to_crash(self):
        """A panic is what the guest wants."""
        return self._to_crash

    def look(self):
        """Do what can be done now."""
        if not self._todo:
            return
        try:
            self._monitor = self._monitor or Monitor(self.path)
            if getattr(self, f'_{self._todo[0].replace("-", "_")}')():
                self.log.append(f'done: {self._todo.pop(0)}')
        except (OSError, ValueError, AttributeError, subprocess.SubprocessError) as error:
            self.log.append(f'{self._todo[0]}: {error}')
            self._monitor = None

    def ended(self):
        """QEMU has. Returns whether it is to be started again."""
        self._monitor = None
        self._todo.clear()
        if not self._boot_again:
            return False
        self._boot_again = False
        self._tell(BOOTED_AGAIN)
        return True

    def _tell(self, text):
        # A line of the guest may have been cut off.
        with open(self._console, 'a', encoding='utf-8') as file:
            file.write(f'\n{text}\n')

    def _wake(self):
        status = self._monitor.execute('query-status').get('return', {}).get('status')
        if status != 'suspended':
            return False
        # It is to be asleep and not just falling asleep.
        time.sleep(0.5)
        self._tell(WOKEN_UP)
        return self._done(self._monitor.execute('system_wakeup'))

    def _crash(self):
        status = self._monitor.execute('query-status').get('return', {}).get('status')
        if status != 'shutdown':
            return False
        dump = Path(self._folder.name) / 'memory'
        if not self._done(self._monitor.execute('dump-guest-memory', paging=False,
                                                protocol=f'file:{dump}')):
            return False
        decoded = subprocess.run([DMFCTL, 'crash', 'decode', dump], check=False, timeout=60,
                                 capture_output=True, text=True)
        dump.unlink()
        missing = [text for text in self._recorded if text not in decoded.stdout]
        failed = not self._recorded or missing or decoded.returncode
        with open(self._console.parent / 'job.log', 'a', encoding='utf-8') as file:
            if failed:
                said = [f'missing: {text}' for text in missing]
                said += (decoded.stdout + decoded.stderr).splitlines()
                file.writelines(f'    # {line}\n' for line in said)
            file.write(f'    {"not " if failed else ""}ok 3 memory_dump_has_the_records\n')
        self._todo[1:1] = ['reset', 'go-on']
        return True

    def _reset(self):
        self._monitor.execute('set-action', reboot='reset', shutdown='poweroff')
        return self._done(self._monitor.execute('system_reset'))

    def _go_on(self):
        return self._done(self._monitor.execute('cont'))

    def _unplug(self):
        return self._done(self._monitor.execute('device_del', id='card'))

    def _plug(self):
        return self._done(self._monitor.execute('device_add', driver='edu', id='card', bus='rp0'))

    def _done(self, answer):
        if 'error' in answer:
            text = f'{self._todo[0]}: {answer["error"].get("desc")}'
            if text not in self.log[-1:]:
                self.log.append(text)
        return 'return' in answer
