# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run leaves of all its vCenters: the document that every file of the report folder is made from.

Pure: reports as report.py built them in, texts out. docs/report.schema.json describes the document.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any, Iterator, Mapping, NamedTuple, Optional, Sequence

from .._common import times
from .report import ASLEEP, BLOCKED, DONE, FAILED, IS_DUE, NOT_STARTED, OK, PARTLY_DONE, RESULTS, UNFINISHED, UNKNOWN, WOULD_CHANGE

# It is raised when a key goes or means something else. New keys may come without that.
SCHEMA_VERSION = 1

# What a host's result asks of somebody: nothing, nothing before it wakes, that it be done, that what forbids it be cured,
# that what could not be seen be made to be seen, that a failure be looked into.
SETTLED, PASSED_OVER, DUE, HELD, UNSEEN, BROKEN = "settled", "passed_over", "due", "held", "unseen", "broken"
KINDS = {
    OK: SETTLED,
    DONE: SETTLED,
    ASLEEP: PASSED_OVER,
    IS_DUE: DUE,
    WOULD_CHANGE: DUE,
    NOT_STARTED: DUE,
    UNFINISHED: DUE,
    BLOCKED: HELD,
    PARTLY_DONE: HELD,
    UNKNOWN: UNSEEN,
    FAILED: BROKEN,
}


class NotRead(NamedTuple):
    """Why a vCenter could not be read. code: the name of the error; None where it has none."""

    failure: str
    code: Optional[str] = None


def build(
    reports: Sequence[Mapping[str, Any]], unavailable: Mapping[str, NotRead], written_at: datetime, left_out: Sequence[str] = ()
) -> dict[str, Any]:
    """The document. unavailable: the vCenters that could not be read, by the inventory's name. left_out: those that the run was not about."""
    counts = Counter(host["result"] for report in reports for host in report["hosts"])
    return {
        "schema_version": SCHEMA_VERSION,
        "written_at": times.to_text(written_at),
        "counts": {word: counts[word] for word in RESULTS if counts[word]},
        "vcenters": [dict(report) for report in reports],
        "unavailable": [
            {"vcenter": name, "failure": why.failure, "failure_code": why.code} for name, why in sorted(unavailable.items())
        ],
        "left_out": list(left_out),
    }


def mode_of(report: Mapping[str, Any]) -> str:
    """In what a report was made: audit, check or run."""
    return "audit" if report["audit"] else "check" if report["check_mode"] else "run"


def each_host(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every host with the report of its vCenter."""
    for report in document["vcenters"]:
        for host in report["hosts"]:
            yield report, host


def to_json(content: Mapping[str, Any]) -> str:
    """The content of a file of JSON: ASCII, so that no name can break it, one key a line."""
    return json.dumps(content, indent=1) + "\n"
