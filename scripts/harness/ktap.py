# SPDX-License-Identifier: GPL-2.0-only
"""Read KTAP and TAP with the kernel's own parser (tools/testing/kunit) and flatten the result."""

import io
import re
import sys
from dataclasses import dataclass, field

VERSION = re.compile(r'^K?TAP version \d+$')
PROGRAM = re.compile(r'^# dmf-program: (\S+)')
EXIT = re.compile(r'^# dmf-exit: (\S+) (\d+)')

PASSED, FAILED, SKIPPED = 'passed', 'failed', 'skipped'
DID_NOT_RUN = 'did not run'


@dataclass
class Result:
    """One test case."""
    suite: str
    case: str
    status: str
    log: list = field(default_factory=list)

    @property
    def name(self):
        """suite.case, as T= takes it."""
        return f'{self.suite}.{self.case}'


class Parser:
    """The kernel's parser, with what it prints kept for error messages."""

    def __init__(self, source):
        sys.path.insert(0, f'{source}/tools/testing/kunit')
        import kunit_printer                   # pylint: disable=import-outside-toplevel
        self._said = io.StringIO()
        kunit_printer.stdout = kunit_printer.Printer(self._said)
        import kunit_parser                    # pylint: disable=import-outside-toplevel
        self._parser = kunit_parser

    def parse(self, lines, suite):
        """The results of one document; `suite` names cases that stand outside any subtest."""
        self._said.truncate(0)
        self._said.seek(0)
        test = self._parser.parse_run_tests(lines)
        results = []
        for sub in test.subtests:
            if sub.subtests:
                results += self._suite(sub, sub.name or suite)
            else:
                results.append(self._case(sub, suite, ''))
        errors = [line.split('] ', 1)[-1] for line in self._said.getvalue().splitlines()
                  if '[ERROR]' in line]
        if errors and all(result.status != FAILED for result in results):
            results.append(Result(suite, 'complete', FAILED, errors))
        return results

    def _suite(self, test, suite, prefix=''):
        results = []
        for sub in test.subtests:
            if sub.subtests:
                results += self._suite(sub, suite, f'{prefix}{sub.name}.')
            else:
                results.append(self._case(sub, suite, prefix))
        if test.status == self._parser.TestStatus.FAILURE and \
                all(result.status != FAILED for result in results):
            results.append(Result(suite, 'suite', FAILED, test.log))
        return results

    def _case(self, test, suite, prefix):
        status = self._parser.TestStatus
        verdict = {status.SUCCESS: PASSED, status.SKIPPED: SKIPPED}.get(test.status, FAILED)
        # A case that is planned but not there has no name.
        return Result(suite, prefix + (test.name or DID_NOT_RUN), verdict, test.log)


def documents(lines):
    """Split the output of several programs: (program, its lines, exit status) for each."""
    program, begin, status = 'selftest', 0, 0
    found = []

    def close(end):
        body = lines[begin:end]
        if any(line.strip() for line in body):
            found.append((program, body, status))

    for i, line in enumerate(lines):
        named = PROGRAM.match(line)
        ended = EXIT.match(line)
        if ended:
            status = int(ended.group(2))
        elif named or (VERSION.match(line) and any(VERSION.match(x) for x in lines[begin:i])):
            close(i)
            begin, status = i, 0
            if named:
                program = re.sub(r'\.sh$', '', named.group(1))
    close(len(lines))
    return found
