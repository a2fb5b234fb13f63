# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a step stood when its run was interrupted, in a line for the operator: by the file that its progress is appended to. Pure."""

from __future__ import annotations

import json
from typing import Sequence

from .._common.notice import few
from .._common.printable import printable
from .._common.progress import Progress
from .._deciding.rules import REREGISTER

MOST_NAMES = 10
# Providers that are unregistered come back by themselves when SPS restarts, which nobody waits for any more.
_NOT_THROUGH = {REREGISTER: "Not seen back yet"}
_IN_FLIGHT = "In flight, and being finished"
GO_ON = "Nothing further is started. Run it again: the next run goes on from what it finds, and reports it."
NOTHING_IN_FLIGHT = "No step of certops.vsphere was in flight."


def head(subject: str, progress: Progress) -> str:
    """What such a file begins with. subject: the vCenter or host."""
    return json.dumps({"subject": subject}) + "\n" + progress.to_line()


def stood(texts: Sequence[str]) -> str:
    """What is said at the end of a run, from the files of the steps that were at work: a line each, and a last one."""
    found = [told for text in texts if (told := _line(text))]
    return "".join(f"{printable(one)}\n" for one in [*(found or [NOTHING_IN_FLIGHT]), GO_ON])


def _line(text: str) -> str:
    """One step's, empty where the file has no step."""
    subject, newest, total = "", None, 0
    in_flight: dict[str, None] = {}
    ended: list[str] = []
    for one in text.split("\n"):
        progress = Progress.from_line(one)
        if progress is None:
            subject = subject or _subject(one)
            continue
        newest, total = progress, max(total, progress.total)
        in_flight.update(dict.fromkeys(progress.begun))
        for name in progress.ended:
            in_flight.pop(name, None)
            ended.append(name)
    if newest is None:
        return ""
    parts = [f"{subject}: {newest.step} was interrupted{f' ({newest.doing})' if newest.doing else ''}"]
    if ended:
        parts.append(f"Finished: {few(ended, MOST_NAMES)}{f' ({newest.failed} failed)' if newest.failed else ''}")
    if in_flight:
        parts.append(f"{_NOT_THROUGH.get(newest.step, _IN_FLIGHT)}: {few(list(in_flight), MOST_NAMES)}")
    waiting = total - len(ended) - len(in_flight)
    if waiting > 0 and (ended or in_flight):
        parts.append(f"Not started: {waiting}")
    return ". ".join(parts) + "."


def _subject(line: str) -> str:
    """The subject, where a line is the one that has it."""
    try:
        return str(json.loads(line)["subject"])
    except (ValueError, TypeError, KeyError):
        return ""
