# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as JUnit's XML, which build servers show: a suite a vCenter, a case a host.

Due is a failure, and so is what the vCenter, the account or the run keeps back; what the host's own state forbids is skipped, what broke is an error;
each with the reason and the remedy. The format is that of
Ant's JUnit task as GitLab, Jenkins and GitHub's actions read it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Mapping, Optional, Sequence
from xml.etree import ElementTree

from .._common.printable import printable
from .fleet import BROKEN, DUE, HELD, KINDS, PASSED_OVER, UNSEEN

ELEMENTS = {DUE: "failure", HELD: "skipped", PASSED_OVER: "skipped", UNSEEN: "error", BROKEN: "error"}
_OLD = ", or later: not seen at the end of the run"
# All that is no Char of XML 1.0.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(document: Mapping[str, Any]) -> str:
    """The whole file."""
    root = ElementTree.Element("testsuites", name="certops.vsphere")
    for report in document["vcenters"]:
        suite = _suite(root, report["inventory_name"], timestamp=report["decided_at"].rstrip("Z"))
        if report["failure"]:
            _case(suite, "(the run)", BROKEN, str(report["failure"]), [], report["failure_code"])
        for host in report["hosts"]:
            _case(suite, host["esxi_host"], _kind(host), str(host["why"]), _details(host), host["result"])
        _count(suite)
    for entry in document["unavailable"]:
        suite = _suite(root, entry["vcenter"])
        _case(suite, "(the run)", BROKEN, entry["failure"], [], entry["failure_code"])
        _count(suite)
    _add_up(root)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _kind(host: Mapping[str, Any]) -> str:
    kind = KINDS[host["result"]]
    return DUE if kind == HELD and host["kept_back"] else kind


def _suite(root: ElementTree.Element, name: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(root, "testsuite", {"name": _allowed(name), **attributes})


def _case(
    suite: ElementTree.Element, name: str, kind: str, message: str, details: Sequence[str], result: Optional[str] = None
) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=suite.attrib["name"], name=_allowed(name), time="0")
    if kind in ELEMENTS:
        found = ElementTree.SubElement(case, ELEMENTS[kind], message=_allowed(message), type=result or "stopped")
        found.text = "\n".join(map(_allowed, details or [message]))


def _details(host: Mapping[str, Any]) -> list[str]:
    lines = [
        str(host["why"]),
        f"due: {', '.join(host['due']) or 'nothing'}",
        f"ends: {host['expires_at'] or 'unknown'}{_OLD if host.get('expires_at_may_be_old') else ''}",
    ]
    for blocker in host["blockers"]:
        lines += [f"blocked ({blocker['code']}): {blocker['message']}", f"remedy: {blocker['remedy']}"]
    return lines


def _count(suite: ElementTree.Element) -> None:
    counts = Counter(child.tag for case in suite for child in case)
    numbers = {"tests": len(suite), "failures": counts["failure"], "errors": counts["error"], "skipped": counts["skipped"]}
    suite.attrib.update({**{key: str(number) for key, number in numbers.items()}, "time": "0"})


def _add_up(root: ElementTree.Element) -> None:
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.attrib[key]) for suite in root)))
    root.set("time", "0")


def _allowed(text: str) -> str:
    """Text on one line, printable, and without what XML cannot have, not even escaped."""
    return FORBIDDEN.sub("?", printable(text))
