# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a step has got, as a line between the module's process and Ansible's, and as a sentence for the operator.

Pure. There are only names of steps and hosts, numbers and fixed words in it: nothing that anybody could have given as a secret.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Mapping, Optional, Sequence

MINUTE_SECONDS, HOUR_SECONDS = 60, 3600
# Beyond these numbers nobody wants to know it to the second or minute.
SECONDS_UP_TO, MINUTES_UP_TO = 90, 90 * MINUTE_SECONDS


@dataclass(frozen=True)
class Progress:
    """A step at one moment. total, done and failed count hosts; those that failed are done too.

    begun and ended: hosts that have been since the last was told. doing: what is waited for, in words.
    seconds_left: an estimate, None where there is none. seconds_allowed: when it is given up.
    """

    step: str
    total: int = 0
    done: int = 0
    failed: int = 0
    doing: str = ""
    seconds_left: Optional[float] = None
    seconds_allowed: Optional[float] = None
    begun: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()

    def to_line(self) -> str:
        """One line of text, ended."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Optional[Progress]:
        """What a line says; None where it is not whole or not ours."""
        try:
            found = json.loads(line)
            return cls(
                step=str(found["step"]),
                total=int(found["total"]),
                done=int(found["done"]),
                failed=int(found["failed"]),
                doing=str(found["doing"]),
                seconds_left=_number(found["seconds_left"]),
                seconds_allowed=_number(found["seconds_allowed"]),
                begun=tuple(map(str, found["begun"])),
                ended=tuple(map(str, found["ended"])),
            )
        except (ValueError, TypeError, KeyError):
            return None


def estimate(taken_seconds: Sequence[float], rounds: float) -> Optional[float]:
    """How long so many more rounds take, by what those took that have ended; None before any has."""
    return sum(taken_seconds) / len(taken_seconds) * rounds if taken_seconds else None


def last(text: str) -> Optional[Progress]:
    """The newest that a file of lines has. The last line may be half written."""
    for line in reversed(text.split("\n")):
        found = Progress.from_line(line)
        if found is not None:
            return found
    return None


def in_the_run(progress: Progress, plan: Any, results: Any) -> Progress:
    """The same among all hosts that the plan has this step for, with those that took it before. As it is where there is no such plan.

    results: of all steps so far. What is left of the run for this step is estimated at the pace of the hosts that are known.
    """
    if not isinstance(plan, Mapping) or not progress.total:
        return progress
    planned = {host["esxi_host"] for host in plan.get("hosts") or () if progress.step in host["steps"]}
    earlier: dict[str, bool] = {}
    for result in results or ():
        if result["step"] == progress.step and result["esxi_host"] in planned:
            earlier[result["esxi_host"]] = bool(result["failed"])
    later = len(planned) - len(earlier) - progress.total
    if later < 0:
        return progress
    left = progress.seconds_left
    waiting = progress.total - progress.done
    if left is not None and waiting > 0:
        left += later * left / waiting
    return replace(
        progress,
        total=len(planned),
        done=len(earlier) + progress.done,
        failed=sum(earlier.values()) + progress.failed,
        seconds_left=left,
    )


def sentence(subject: str, step: str, progress: Optional[Progress], *, running_seconds: float, age_seconds: float = 0.0) -> str:
    """The line that is shown. subject: the vCenter or host. age_seconds: how long ago the progress was told."""
    if progress is None or not (progress.total or progress.doing):
        return f"{subject}: {step} has been running for {duration(running_seconds)}"
    parts = []
    if progress.total:
        parts.append(f"{progress.done} of {progress.total} hosts done, {progress.failed} failed")
    if progress.doing:
        parts.append(progress.doing)
    left = None if progress.seconds_left is None else progress.seconds_left - age_seconds
    if left is not None:
        parts.append(f"about {duration(left)} left" if left >= 1 else "almost done")
    elif progress.seconds_allowed is not None:
        parts.append(f"at most {duration(progress.seconds_allowed - age_seconds)} more")
    else:
        parts.append(f"running for {duration(running_seconds)}")
    return f"{subject}: {progress.step} {', '.join(parts)}"


def duration(seconds: float) -> str:
    """A length of time as one says it: 40 s, 4 min, 2.5 h."""
    seconds = max(seconds, 0.0)
    if seconds < SECONDS_UP_TO:
        return f"{seconds:.0f} s"
    if seconds < MINUTES_UP_TO:
        return f"{seconds / MINUTE_SECONDS:.0f} min"
    return f"{seconds / HOUR_SECONDS:.1f} h"


def _number(value: Any) -> Optional[float]:
    return None if value is None else float(value)
