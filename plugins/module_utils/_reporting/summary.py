# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of all its vCenters came to, in a few lines: one a vCenter where there are several, and a last one that counts hosts."""

from __future__ import annotations

from collections import Counter
from typing import Any, Iterable, Mapping

from .._common.printable import printable
from .._deciding.rules import RECONNECT
from .._deciding.turn import RENEWING
from .partial import partial
from .report import ASLEEP, DONE, OK, RESULTS

RENEWED, REREGISTERED, NOTHING = "renewed", "re-registered", "need nothing"
_DONE = (RENEWED, REREGISTERED)
# Worst first; what was done before what needs nothing.
_ORDER = (*(word for word in RESULTS if word not in (DONE, OK)), *_DONE, NOTHING)


def summary(document: Mapping[str, Any], place: str) -> list[str]:
    """The lines. place: the path of the report."""
    reports, unavailable = document["vcenters"], document["unavailable"]
    number = len(reports) + len(unavailable)
    found: list[str] = []
    if number > 1:
        found += [_of_vcenter(report) for report in reports]
    # Why one stopped is above its table; of one that was not read nothing else is said where certops_fail_on ends the run.
    found += [f"{entry['vcenter']}: could not be read. {entry['failure']}" for entry in unavailable]
    hosts = [host for report in reports for host in report["hosts"]]
    among = f"{_plural(len(hosts), 'host')} under {_plural(number, 'vCenter')}"
    gaps = [f"{len(unavailable)} could not be read"] if unavailable else []
    stopped = sum(1 for report in reports if report["failure"])
    gaps += [f"{stopped} stopped"] if stopped else []
    gaps += ["a part of the estate"] if partial(document) else []
    told = f"{among} ({', '.join(gaps)})" if gaps else among
    counted = _counted(hosts)
    found.append(f"{told}{f': {counted}' if counted else ''}. Report: {place}")
    return [printable(line) for line in found]


def _of_vcenter(report: Mapping[str, Any]) -> str:
    parts = ["stopped"] if report["failure"] else []
    parts += [counted] if (counted := _counted(report["hosts"])) else ["no host"]
    ends = min((host for host in report["hosts"] if host["expires_at"]), key=_end, default=None)
    parts += [f"next expiry {ends['expires_at'][:10]} ({ends['esxi_host']})"] if ends else []
    return f"{report['inventory_name']}: {', '.join(parts)}"


def _end(host: Mapping[str, Any]) -> str:
    return str(host["expires_at"])


def _counted(hosts: Iterable[Mapping[str, Any]]) -> str:
    counts = Counter(_word(host) for host in hosts)
    return ", ".join(_counting(counts[word], word) for word in _ORDER if counts[word])


def _counting(number: int, word: str) -> str:
    if word == NOTHING:
        return f"{number} {'needs' if number == 1 else 'need'} nothing"
    return f"{number} in standby" if word == ASLEEP else f"{number} {word}"


def _word(host: Mapping[str, Any]) -> str:
    if host["result"] == DONE:
        # Where vCenter had lost a host, it issues a certificate when it takes it back.
        issued = RENEWING | {RECONNECT}
        return RENEWED if issued & {step["step"] for step in host["step_results"]} else REREGISTERED
    return NOTHING if host["result"] == OK else str(host["result"])


def _plural(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
