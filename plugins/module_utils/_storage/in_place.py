# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring providers back as they are: nothing is unregistered, and SPS is not restarted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Container, Optional, Sequence

from .._common import notice
from .._common.errors import CertopsError, DeadlineExceeded, TransientError
from .._common.unforeseen import foreseen
from .._deciding.provider_checks import RECORD, Known, first
from .._estate.provider import Provider
from .._estate.step_result import HEALED, StepResult
from .._stepping.port import VSphere
from .._stepping.progress import Tell
from .._timing.waiting import Deadline, wait_until
from .judge import Judge, is_right
from .provider_work import LOOK_AT_PROVIDERS, Work, done, tell_progress
from .rungs import METHODS, Patience, may_heal, next_task

# Waiting for what may come by itself leaves at least this part of the time to the other ways.
LEFT_FOR_OTHERS = 0.5


def healed_in_place(
    vsphere: VSphere,
    work: Sequence[Work],
    results: dict[str, StepResult],
    concurrency: int,
    patience: Patience,
    deadline: Deadline,
    tell: Tell,
    judge: Judge,
) -> list[Work]:
    """Try what can help providers by their status, then wait for those that may come back by themselves. Those that are left.

    What SMS shows afterwards decides, and not that a task succeeded.
    """
    candidates = [one for one in work if len(one.registered) == 1]
    if patience.in_place_seconds:
        limit = partial(_limit, vsphere, patience.in_place_seconds, deadline)
        with ThreadPoolExecutor(max_workers=concurrency) as pool:
            for one, provider in zip(candidates, pool.map(lambda one: _tried(vsphere, one, limit, judge), candidates), strict=True):
                _settle(vsphere, one, provider, results, judge)
    waiting = [
        one
        for one in candidates
        if one.host.moid not in results and may_heal(one.registered[0].provider, _known(vsphere, one, one.registered[0].provider))
    ]
    if waiting and patience.heal_seconds:
        tell_progress(tell, len(work), len(work) - len(waiting), "waiting for providers to come back by themselves", deadline)
        _wait(
            vsphere,
            waiting,
            results,
            Deadline(min(patience.heal_seconds, deadline.left_seconds * LEFT_FOR_OTHERS), vsphere.clock),
            judge,
        )
    return [one for one in work if one.host.moid not in results]


class _AllBut(Container[str]):
    """Every id but these."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = frozenset(ids)

    def __contains__(self, moid: object) -> bool:
        return moid not in self._ids


def _limit(vsphere: VSphere, seconds: float, deadline: Deadline) -> Deadline:
    return Deadline(min(seconds, deadline.left_seconds), vsphere.clock)


def _known(vsphere: VSphere, one: Work, provider: Provider) -> Known:
    return Known(certificate=one.certificate, provider=provider, now=vsphere.clock.now(), own=one.served.of_provider)


def _is_back(vsphere: VSphere, one: Work, provider: Optional[Provider], judge: Judge) -> bool:
    """Whether a provider is as it should be, and has no certificate of its own that SMS was to renew."""
    return provider is not None and is_right(one, provider, judge) and first(RECORD, _known(vsphere, one, provider)) is None


def _settle(vsphere: VSphere, one: Work, provider: Optional[Provider], results: dict[str, StepResult], judge: Judge) -> bool:
    """Take a provider that is as it should be for done, and say what it was that helped."""
    if provider is None or not _is_back(vsphere, one, provider, judge):
        return False
    cured_by = one.tried[-1] if one.tried else HEALED
    if one.tried:
        one.notes.append(notice.CURED_IN_PLACE.of(method=METHODS[cured_by]))
    results[one.host.moid] = done(one, provider, vsphere.clock.now(), cured_by)
    return True


def _tried(vsphere: VSphere, one: Work, limit: partial[Deadline], judge: Judge) -> Optional[Provider]:
    """Give SMS the tasks that can help a provider, one after another. What is read of it after the last; None where none was given."""
    provider: Optional[Provider] = one.registered[0].provider
    while provider is not None and (task := next_task(provider, _known(vsphere, one, provider), one.tried)) is not None:
        method = METHODS[task]
        one.tried.append(task)
        try:
            provider = foreseen(
                f"{method} of {one.registered[0].provider.name}",
                partial(_given, vsphere, one, method, limit()),
                consequence=LOOK_AT_PROVIDERS,
            )
        except CertopsError as error:
            one.notes.append(notice.IN_PLACE_FAILED.of(method=method, error=error))
            continue
        if not _is_back(vsphere, one, provider, judge):
            one.notes.append(
                notice.IN_PLACE_WITHOUT_EFFECT.of(method=method, status=(provider.status if provider else None) or "gone")
            )
    return provider if one.tried else None


def _given(vsphere: VSphere, one: Work, method: str, limit: Deadline) -> Optional[Provider]:
    """Give SMS a task for a provider, and read the provider then. Raises CertopsError."""
    vsphere.refresh(one.registered[0], method, limit)
    return _read(vsphere, [one]).get(one.host.moid)


def _read(vsphere: VSphere, work: Sequence[Work]) -> dict[str, Provider]:
    """The providers of hosts as they are now, by the hosts' ids. Raises CertopsError."""
    by_id = {one.registered[0].moid: one for one in work}
    found, _unavailable = vsphere.providers(but_not=_AllBut(list(by_id)))
    for registered in found:
        by_id[registered.moid].registered = [registered]
    return {by_id[registered.moid].host.moid: registered.provider for registered in found}


def _wait(vsphere: VSphere, waiting: list[Work], results: dict[str, StepResult], deadline: Deadline, judge: Judge) -> None:
    """Wait whether providers come back by themselves; what cannot be read meanwhile is no failure of theirs."""
    left = list(waiting)

    def look() -> Optional[bool]:
        nonlocal left
        try:
            now = _read(vsphere, left)
        except TransientError:
            return None
        left = [
            one
            for one in left
            if one.host.moid in now
            and not _settle(vsphere, one, now[one.host.moid], results, judge)
            and may_heal(now[one.host.moid], _known(vsphere, one, now[one.host.moid]))
        ]
        return None if left else True

    try:
        foreseen("waiting for providers", lambda: wait_until(look, deadline), consequence=LOOK_AT_PROVIDERS)
    except (DeadlineExceeded, CertopsError):
        pass  # They are unregistered then, after a look at each.
