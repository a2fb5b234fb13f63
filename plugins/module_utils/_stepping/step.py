# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One step on many hosts: with bounded concurrency, a result a host, and an end to beginning when too many failed."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Callable, Hashable, Optional, Sequence

from .._common.errors import Asleep, CertopsError
from .._common.unforeseen import foreseen
from .._deciding.availability import Turns, cluster_of, no_room, without_ha
from .._estate.estate import EsxiHost
from .._estate.step_result import ASLEEP, FAILED, NOT_STARTED, StepResult
from .progress import Course, Tell, silent


def failed(host: EsxiHost, step: str, error: CertopsError, *, reason: str, before: Any = None, after: Any = None) -> StepResult:
    """The result of a step that failed on a host. after is what is known of it now; without it, what it was before."""
    if isinstance(error, Asleep):
        return asleep(host, step)
    shown = before if after is None else after
    return StepResult(
        host.name,
        step,
        FAILED,
        reason,
        error=str(error),
        error_code=error.code,
        before=before,
        after=shown,
        vsphere_fault=error.vsphere_fault,
    )


def asleep(host: EsxiHost, step: str) -> StepResult:
    """The result of a step on a host that is in standby: nothing was begun."""
    return StepResult(host.name, step, ASLEEP, "it is in standby now")


def not_started(host: EsxiHost, step: str, why: str) -> StepResult:
    """The result of a step that was not started on a host."""
    return StepResult(host.name, step, NOT_STARTED, why)


@dataclass(frozen=True)
class Availability:
    """How many hosts of a cluster may be away from vCenter at the same time, who is away before, and who stays so after a step.

    place: what a host shares its room with. closes: whether no other of its cluster may begin after a result, however much room there is.
    """

    per_cluster: int
    away: Sequence[EsxiHost]
    still_away: Callable[[EsxiHost, StepResult], bool]
    place: Callable[[EsxiHost], Hashable] = cluster_of
    closes: Callable[[StepResult], bool] = lambda _result: False


# What a step makes of an error that it did not deal with itself: its result, with what can be read of the host by then.
Aftermath = Callable[[EsxiHost, CertopsError], StepResult]

# After how many seconds, at the latest, it is seen to what goes on beside the work.
MEANWHILE_SECONDS = 30.0
UNFORESEEN = "the step was started and did not finish"
# What is known of a host that could not even be looked at any more. It counts as away from vCenter, and as changed.
NOTHING_KNOWN = {"connection_state": None}


def run_on_hosts(
    hosts: Sequence[EsxiHost],
    step: str,
    work: Callable[[EsxiHost], StepResult],
    *,
    concurrency: int,
    max_failures: int,
    aftermath: Aftermath,
    availability: Optional[Availability] = None,
    counts: Callable[[StepResult], bool] = lambda _result: True,
    meanwhile: Optional[Callable[[], None]] = None,
    tell: Tell = silent,
) -> list[StepResult]:
    """Work on hosts, some at a time. What is in flight finishes; after too many failures nothing is begun. counts: which of the failures.

    meanwhile: called now and then while hosts are at work.

    Whatever one host's work raises is that host's result, and takes nobody else's with it.
    availability: for steps that take hosts away from vCenter. A host whose cluster has no room left, because a failure left another one
    away, is not started.
    """
    results: dict[str, StepResult] = {}
    turns = Turns(
        hosts,
        concurrency=concurrency,
        per_cluster=availability.per_cluster if availability else None,
        away=availability.away if availability else (),
        place=availability.place if availability else cluster_of,
    )
    running: dict[Future[StepResult], EsxiHost] = {}
    failures = 0
    course = Course(tell, step, len(hosts))
    with ThreadPoolExecutor(max_workers=max(1, concurrency)) as pool:
        while True:
            while failures <= max_failures and (host := turns.next()) is not None:
                course.begun(host.moid, host.name)
                running[pool.submit(_carefully, host, step, work, aftermath)] = host
            if not running:
                break
            done, _others = wait(running, timeout=MEANWHILE_SECONDS if meanwhile else None, return_when=FIRST_COMPLETED)
            if meanwhile is not None:
                meanwhile()
            for future in done:
                host = running.pop(future)
                result = results[host.moid] = future.result()
                failures += result.status == FAILED and counts(result)
                turns.ended(host, still_away=availability is not None and availability.still_away(host, result))
                if availability is not None and availability.closes(result):
                    turns.close(host)
                course.ended(host.moid, failed=result.status == FAILED, rounds_left=turns.rounds_left())
    for host in turns.waiting:
        if failures > max_failures or availability is None:
            # Those that were refused before are not counted here.
            why = f"{failures} host(s) before it failed" if failures else "others before it failed"
        elif turns.closed_by(host):
            why = without_ha(turns.closed_by(host))
        else:
            why = no_room(turns.away_with(host), availability.per_cluster)
        results[host.moid] = not_started(host, step, f"not started, because {why}")
    return [results[host.moid] for host in hosts]


def _carefully(host: EsxiHost, step: str, work: Callable[[EsxiHost], StepResult], aftermath: Aftermath) -> StepResult:
    """One host's result, whatever its work raises."""
    consequence = f"How far it got with {host.name} is not known: look at the host in vCenter before running again."
    try:
        return foreseen(f"the step {step} of {host.name}", lambda: work(host), consequence=consequence)
    except CertopsError as error:
        told = error
    try:
        return foreseen(f"looking at {host.name} afterwards", lambda: aftermath(host, told), consequence=consequence)
    except CertopsError:
        return failed(host, step, told, reason=UNFORESEEN, after=NOTHING_KNOWN)


def too_many(results: Sequence[StepResult], max_failures: int) -> bool:
    """Whether more hosts failed than may."""
    return sum(1 for result in results if result.status == FAILED) > max_failures
