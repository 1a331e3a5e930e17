# SPDX-License-Identifier: GPL-2.0-only
"""Results as JUnit XML (Debian's python3-junit.xml)."""

from collections import defaultdict

from junit_xml import TestCase, TestSuite, to_xml_report_string

from ktap import FAILED, SKIPPED


def printable(lines):
    """Text without the control characters that XML forbids."""
    return ''.join(char for char in '\n'.join(lines) if char.isprintable() or char in '\n\t')


def report(results):
    """The XML text."""
    suites = defaultdict(list)
    for result in results:
        case = TestCase(result.case, classname=result.suite)
        if result.status == FAILED:
            case.add_failure_info(message=result.name, output=printable(result.log))
        elif result.status == SKIPPED:
            case.add_skipped_info(message=printable(result.log))
        suites[result.suite].append(case)
    return to_xml_report_string([TestSuite(name, cases) for name, cases in suites.items()])
