# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring providers back: unregister what is stale, have SMS register it again, and wait until it is online and agrees."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Optional, Sequence

from .._certificates.certificate import Certificate, to_pem
from .._common import notice
from .._common.errors import Asleep, CertopsError, DeadlineExceeded, InternalError, RepeatableError, TransientError
from .._common.names import normalise
from .._common.progress import Progress, estimate
from .._common.unforeseen import foreseen
from .._deciding.provider_checks import NEEDED, WRONG, Known, first, remembers
from .._deciding.provider_return import ON_HOST, ON_VCENTER, Case
from .._deciding.provider_return import first as first_obstacle
from .._deciding.rules import REREGISTER, evident_certificate
from .._deciding.unseen import not_identified
from .._estate.estate import Estate, EsxiHost, Served
from .._estate.provider import IOFILTER_PATH, IOFILTER_PORT, SYNCHRONISING, Provider
from .._estate.registration import ProviderOffer, RegisteredProvider, assign
from .._estate.step_result import CHANGED, FAILED, UNCHANGED, StepResult
from .._stepping import messages as step_messages
from .._stepping.endpoints import probe_all, probed, with_served
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._stepping.step import asleep, failed, not_started
from .._timing.waiting import Deadline, wait_until
from . import provider_messages, sps
from .observe import Findings

# How long one provider may refuse in passing before the others go on without it.
UNREGISTER_SECONDS = 120.0
REFRESH_SECONDS = 60.0
# While providers are waited for: how often it is looked whether their hosts are still there.
GONE_SECONDS = 5.0
# Since ESXi 9.0 the provider speaks VASA 5.0, whose certificate SMS can renew in place; older ones speak 1.x.
REFRESHABLE_SINCE_ESXI = 9
REFRESH_METHODS = ("Reconnect", "RefreshCertificate")
_LOOK_AT_PROVIDERS = "Look at the vCenter's storage providers: what is missing there is registered again when SPS is restarted."
OUTSIDE_OF_CLUSTERS = "it stands in no cluster: vCenter would register no provider for it"


@dataclass(frozen=True)
class Credentials:
    """The account that a provider is registered with, for the method register."""

    username: str
    password: str = field(repr=False)


@dataclass
class _Work:
    """A host whose provider is due."""

    host: EsxiHost
    reason: str
    served: Served
    registered: list[RegisteredProvider]
    notes: list[str] = field(default_factory=list)
    unregistered: bool = False

    @property
    def certificate(self) -> Certificate:
        """What SMS is to remember: the certificate that was served, and judged."""
        if self.served.certificate is None:
            raise provider_messages.ENDPOINT_WITHOUT_CERTIFICATE(esxi_host=self.host.name)
        return self.served.certificate


@dataclass
class Outcome:
    """Results of the hosts, in their order, and whether SPS was (or, in check mode, would be) restarted."""

    results: list[StepResult]
    sps_restarted: bool = False


def reregister(
    vsphere: VSphere,
    findings: Findings,
    *,
    method: str,
    only_if_needed: bool,
    pending_renewal: Sequence[str],
    credentials: Optional[Credentials],
    concurrency: int,
    timeout_seconds: float,
    check_mode: bool,
    in_thumbprint_mode: bool = False,
    tell: Tell = silent,
) -> Outcome:
    """Bring back the providers of the estate's hosts, those that need it or all of them.

    pending_renewal: hosts whose certificate an earlier step of the same run in check mode would have replaced; their
    endpoints cannot be judged yet. in_thumbprint_mode: whether to go on in certificate mode thumbprint. Raises CertopsError where nothing
    was begun.
    """
    deadline = Deadline(timeout_seconds, vsphere.clock)
    hosts = findings.estate.hosts
    findings.require_providers()
    pending = frozenset(pending_renewal)
    results: dict[str, StepResult] = {}
    due: list[tuple[EsxiHost, str]] = []
    for host in _with_certificates(vsphere, findings):
        if host.outside_of_clusters:
            results[host.moid] = _left(host, OUTSIDE_OF_CLUSTERS, vsphere.clock.now())
            continue
        reason = _need(host, pending, vsphere.clock.now())
        if reason is None and only_if_needed:
            results[host.moid] = _left(host, "its provider is online and remembers its certificate", vsphere.clock.now())
        else:
            due.append((host, reason or "asked for, though its provider is online and remembers its certificate"))
    judge = _Judge(vsphere, findings.estate, in_thumbprint_mode)
    work = _admit(vsphere, findings, due, pending, results, judge)
    if check_mode:
        for one in work:
            results[one.host.moid] = _predicted(one, one.host.name in pending, vsphere.clock.now())
        restarted = bool(work) and method == "sps_restart"
        return Outcome([results[host.moid] for host in hosts], restarted)
    restarted = False
    if work and method == "register":
        if credentials is None:
            raise provider_messages.PROVIDER_ACCOUNT_MISSING()
        _by_registering(vsphere, work, results, credentials, deadline, tell, judge)
    elif work:
        restarted = _by_restarting(vsphere, work, results, concurrency, deadline, tell, judge)
    return Outcome([results[host.moid] for host in hosts], restarted)


def _with_certificates(vsphere: VSphere, findings: Findings) -> list[EsxiHost]:
    """The hosts; where vCenter shows no certificate of one, with what its port 9080 serves, as the plan goes by that then."""
    roots, now = findings.estate.vcenter.trusted_roots, vsphere.clock.now()
    bare = [host for host in findings.estate.hosts if host.certificate is None and host.served is None]
    looked_at = {host.moid: host for host in with_served(vsphere.endpoints, bare, roots, now)}
    return [looked_at.get(host.moid, host) for host in findings.estate.hosts]


def _need(host: EsxiHost, pending: frozenset[str], now: datetime) -> Optional[str]:
    """Why a host's provider needs to be registered anew; None where it does not."""
    if host.provider is not None and host.name in pending:
        return "its certificate is renewed before"
    certificate = evident_certificate(host)
    if certificate is None:
        return None if host.provider is not None and host.provider.online is True else "its certificate cannot be read"
    known = Known(certificate=certificate, provider=host.provider, now=now, count=1 + len(host.duplicate_providers))
    found = first(NEEDED, known)
    return None if found is None else found.sentence


def _left(host: EsxiHost, reason: str, now: datetime) -> StepResult:
    """The result of a host whose provider is left as it is."""
    shown = _shown(host.provider, now)
    return StepResult(host.name, REREGISTER, UNCHANGED, reason, before=shown, after=shown)


@dataclass(frozen=True)
class _Judge:
    """Whether a provider that is unregistered would come back: by what its host's port 9080 serves."""

    vsphere: VSphere
    estate: Estate
    in_thumbprint_mode: bool

    def refusal(self, host: EsxiHost, served: Optional[Served]) -> Optional[CertopsError]:
        """Why a host's provider may not be unregistered; None where it may. served: None where that cannot be judged yet."""
        case = Case(self.estate, self.vsphere.clock.now(), self.in_thumbprint_mode, host.name, served, host.issuer_problem)
        if served is not None and not served.trusted:
            problem = served.error or "; ".join(served.problems)
            return provider_messages.ENDPOINT_NOT_TRUSTED(esxi_host=host.name, problem=problem)
        found = not_identified(host, self.estate) or first_obstacle((*ON_VCENTER, *ON_HOST), case)
        if found is not None:
            return provider_messages.PROVIDER_BLOCKED(esxi_host=host.name, blocker=found.message, blocker_remedy=found.remedy)
        if served is not None and not host.connected:
            return provider_messages.PROVIDER_OF_DISCONNECTED_HOST(esxi_host=host.name, connection_state=host.connection_state)
        return None

    def look_again(self, one: _Work) -> Optional[CertopsError]:
        """Ask a host's port 9080 once more, and judge what it serves now."""
        served = probed(self.vsphere.endpoints, one.host, self.estate.vcenter.trusted_roots, self.vsphere.clock.now())
        error = self.refusal(one.host, served)
        if error is None:
            one.served = served
        return error


def _admit(
    vsphere: VSphere,
    findings: Findings,
    due: Sequence[tuple[EsxiHost, str]],
    pending: frozenset[str],
    results: dict[str, StepResult],
    judge: _Judge,
) -> list[_Work]:
    """Those whose provider can be registered again. The others are refused, and nothing of theirs is unregistered."""
    served = probe_all(
        vsphere.endpoints, [host for host, _reason in due], findings.estate.vcenter.trusted_roots, vsphere.clock.now()
    )
    work = []
    for (host, reason), endpoint in zip(due, served, strict=True):
        registered = [
            findings.providers[provider.provider_uid]
            for provider in ((host.provider, *host.duplicate_providers) if host.provider else ())
        ]
        if host.asleep:
            results[host.moid] = asleep(host, REREGISTER)
            continue
        error = judge.refusal(host, None if host.name in pending else endpoint)
        if error is None:
            work.append(_Work(host, reason, endpoint, registered))
        else:
            told = _asleep_now(vsphere, host) or error
            results[host.moid] = failed(host, REREGISTER, told, reason=reason, before=_shown(host.provider, vsphere.clock.now()))
    return work


def _asleep_now(vsphere: VSphere, host: EsxiHost) -> Optional[Asleep]:
    """Whether a host whose port does not answer went into standby since it was looked at: that is no failure of its."""
    try:
        state = foreseen(f"looking at {host.name}", lambda: vsphere.host_state(host), consequence="Nothing of it was changed.")
    except CertopsError:
        return None
    return step_messages.HOST_IN_STANDBY(esxi_host=host.name) if state.asleep else None


def _by_restarting(
    vsphere: VSphere,
    work: list[_Work],
    results: dict[str, StepResult],
    concurrency: int,
    deadline: Deadline,
    tell: Tell,
    judge: _Judge,
) -> bool:
    """Unregister all of them, restart SPS once, and wait. Whether SPS was restarted."""
    sps.require_restartable(vsphere, deadline, tell)
    remaining = [one for one in _still_due(vsphere, work, results) if not _refreshed(vsphere, one, results)]
    going: list[_Work] = []
    _tell(tell, len(work), 0, "unregistering providers", deadline, begun=remaining)
    errors = _unregister_all(vsphere, remaining, deadline, tell, len(work), concurrency, judge)
    for one, error in zip(remaining, errors, strict=True):
        if error is None or one.unregistered:
            going.append(one)
        if error is not None and not one.unregistered:
            results[one.host.moid] = failed(
                one.host, REREGISTER, error, reason=one.reason, before=_shown(one.host.provider, vsphere.clock.now())
            )
    if not going:
        return False
    try:
        stayed = [one for one in remaining if one not in going]
        _tell(tell, len(work), len(work) - len(going), "SPS is restarting", deadline, ended=stayed)
        foreseen("restarting SPS", lambda: sps.restart(vsphere, deadline), consequence=_LOOK_AT_PROVIDERS)
        left = _wait_for_return(vsphere, going, results, deadline, tell)
    except CertopsError as error:
        # Those that are back by then are done.
        for one in (one for one in going if one.host.moid not in results):
            results[one.host.moid] = failed(
                one.host,
                REREGISTER,
                error.retold(
                    sentence=f"The provider of {one.host.name} {_is_gone(one)}, and {error.sentence[:1].lower() + error.sentence[1:]}",
                    remedy=f"{error.remedy} Running again goes on from there.",
                ),
                reason=one.reason,
                before=_shown(one.host.provider, vsphere.clock.now()),
                after={"registered": False},
            )
        return True
    for one in left:
        results[one.host.moid] = _not_back(vsphere, one, deadline)
    return True


def _by_registering(
    vsphere: VSphere,
    work: list[_Work],
    results: dict[str, StepResult],
    credentials: Credentials,
    deadline: Deadline,
    tell: Tell,
    judge: _Judge,
) -> None:
    """Unregister and register one after another, and stop at the first that does not come back."""
    work = _still_due(vsphere, work, results)
    for position, one in enumerate(work):
        before = work[position - 1 : position] if position else []
        _tell(tell, len(work), position, "providers are registered one after another", deadline, begun=[one], ended=before)
        error = _unregister(vsphere, one, deadline, judge)
        if error is None:
            name, url = _identity(one)
            offer = ProviderOffer(name=name, url=url, pem=to_pem(one.certificate))
            try:
                _register(vsphere, offer, credentials, deadline)
                left = _wait_for_return(vsphere, [one], results, deadline, silent)
                if left:
                    results[one.host.moid] = _not_back(vsphere, one, deadline)
            except CertopsError as caught:
                error = caught
        if error is not None:
            consequence = (
                " Its provider is unregistered now: SPS registers it by itself when it is restarted (method sps_restart)."
                if one.unregistered
                else ""
            )
            results[one.host.moid] = failed(
                one.host,
                REREGISTER,
                error.retold(remedy=error.remedy + consequence),
                reason=one.reason,
                before=_shown(one.host.provider, vsphere.clock.now()),
                after={"registered": False} if one.unregistered else None,
            )
        if results[one.host.moid].status == FAILED:
            for later in work[position + 1 :]:
                results[later.host.moid] = not_started(
                    later.host, REREGISTER, f"not started, because the provider of {one.host.name} failed"
                )
            return


def _register(vsphere: VSphere, offer: ProviderOffer, credentials: Credentials, deadline: Deadline) -> None:
    foreseen(
        f"registering {offer.name}",
        lambda: vsphere.register(offer, credentials.username, credentials.password, deadline),
        consequence=_LOOK_AT_PROVIDERS,
    )


def _still_due(vsphere: VSphere, work: Sequence[_Work], results: dict[str, StepResult]) -> list[_Work]:
    """Those whose provider nobody else has brought back since they were looked at, with the providers that they have now.

    One call, and where a provider is not there or no more, those of a reading of all. Raises CertopsError.
    """
    listed = vsphere.provider_ids()
    if all(one.registered and listed.issuperset(registered.moid for registered in one.registered) for one in work):
        return list(work)
    found, _unavailable = vsphere.providers()
    assigned, _strangers = assign([one.host for one in work], found)
    left = []
    for one in work:
        one.registered = assigned.get(one.host.moid, [])
        if len(one.registered) == 1 and _agrees(one.registered[0].provider, one.certificate, vsphere.clock.now()):
            reason = "somebody else brought its provider back meanwhile"
            after = _shown(one.registered[0].provider, vsphere.clock.now())
            results[one.host.moid] = StepResult(
                one.host.name,
                REREGISTER,
                UNCHANGED,
                reason,
                before=_shown(one.host.provider, vsphere.clock.now()),
                after=after,
                trusted_by=one.served.trusted_by,
            )
        else:
            left.append(one)
    return left


def _unregister_all(
    vsphere: VSphere, work: Sequence[_Work], deadline: Deadline, tell: Tell, total: int, concurrency: int, judge: _Judge
) -> list[Optional[CertopsError]]:
    """Unregister the providers of several hosts, some hosts at a time; for each host what _unregister gives."""
    errors: list[Optional[CertopsError]] = []
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        for error in pool.map(lambda one: _unregister(vsphere, one, deadline, judge), work):
            errors.append(error)
            _tell(tell, total, 0, f"{len(errors)} of {len(work)} providers unregistered", deadline)
    return errors


def _unregister(vsphere: VSphere, one: _Work, deadline: Deadline, judge: _Judge) -> Optional[CertopsError]:
    """Unregister all providers of a host; the error where one of them refused.

    Its endpoint is looked at right before: it may have been minutes since it was looked at first.
    """
    if not one.registered:
        # Nothing would be lost; but SPS would be restarted for one that does not come.
        return _refusal_now(vsphere, one, judge)
    for registered in one.registered:
        refusal = _refusal_now(vsphere, one, judge)
        if refusal is not None:
            return refusal
        limit = Deadline(min(UNREGISTER_SECONDS, deadline.left_seconds), vsphere.clock)
        try:
            _unregister_one(vsphere, registered.provider, limit)
            one.unregistered = True
        except CertopsError as error:
            # What was refused was not done; of anything else it is looked what became of it.
            if isinstance(error, (RepeatableError, DeadlineExceeded, InternalError)) and _may_be_gone(vsphere, registered):
                one.unregistered = True
            return error
    return None


def _refusal_now(vsphere: VSphere, one: _Work, judge: _Judge) -> Optional[CertopsError]:
    """Why a host's provider may not be unregistered any more; Asleep where the host is in standby, None where it may be."""
    refusal = judge.look_again(one)
    if refusal is None or one.unregistered:
        # One of its providers is gone already: that nothing was begun can't be said.
        return refusal
    return _asleep_now(vsphere, one.host) or refusal


def _unregister_one(vsphere: VSphere, provider: Provider, limit: Deadline) -> None:
    foreseen(
        f"unregistering {provider.name}",
        lambda: vsphere.unregister(provider, limit),
        consequence=_LOOK_AT_PROVIDERS,
    )


def _may_be_gone(vsphere: VSphere, registered: RegisteredProvider) -> bool:
    """Whether SMS no longer has a provider; also where that can't be seen, since SPS registers again what is missing, and harms nobody."""
    try:
        listed = foreseen(
            f"looking whether SMS still has {registered.provider.name}",
            vsphere.provider_ids,
            consequence=_LOOK_AT_PROVIDERS,
        )
    except CertopsError:
        return True
    return registered.moid not in listed


def _refreshed(vsphere: VSphere, one: _Work, results: dict[str, StepResult]) -> bool:
    """Try, where the provider may know it, to renew SMS's record in place: no unregistering and no restart are needed then.

    It is only believed where it is documented least, so what SMS remembers afterwards decides, and not the task's success.
    """
    if not _refreshable(one):
        return False
    for method in REFRESH_METHODS:
        try:
            provider = foreseen(
                f"{method} of {one.registered[0].provider.name}",
                partial(_refresh, vsphere, one, method),
                consequence=_LOOK_AT_PROVIDERS,
            )
        except CertopsError as error:
            one.notes.append(notice.REFRESH_FAILED.of(method=method, error=error))
            continue
        if provider is not None and _agrees(provider, one.certificate, vsphere.clock.now()):
            one.notes.append(notice.REFRESHED.of(method=method))
            results[one.host.moid] = _done(one, provider, vsphere.clock.now())
            return True
        one.notes.append(notice.REFRESH_WITHOUT_EFFECT.of(method=method))
    return False


def _refresh(vsphere: VSphere, one: _Work, method: str) -> Optional[Provider]:
    """Have SMS renew its record of a provider, and read what it has then. Raises CertopsError."""
    vsphere.refresh(one.registered[0], method, Deadline(REFRESH_SECONDS, vsphere.clock))
    return _read_again(vsphere, one)


def _refreshable(one: _Work) -> bool:
    version = _leading_number(one.host.version)
    vasa = _leading_number(one.registered[0].provider.vasa_version) if len(one.registered) == 1 else 0
    return version >= REFRESHABLE_SINCE_ESXI and vasa >= 2


def _read_again(vsphere: VSphere, one: _Work) -> Optional[Provider]:
    found, _unavailable = vsphere.providers()
    uid = one.registered[0].provider.provider_uid
    return next((other.provider for other in found if other.provider.provider_uid == uid), None)


def _wait_for_return(
    vsphere: VSphere, going: Sequence[_Work], results: dict[str, StepResult], deadline: Deadline, tell: Tell
) -> list[_Work]:
    """Wait until each is back, online and remembering its host's certificate. Those that are not by the deadline."""
    left = {one.host.moid: one for one in going}
    # What is settled, or belongs to no host that is waited for, need not be read again and again.
    settled: set[str] = set()
    begun = vsphere.clock.now()
    gone = _Gone(vsphere, deadline)

    def look() -> Optional[bool]:
        before = dict(left)
        try:
            found, _unavailable = vsphere.providers(but_not=settled)
        except TransientError:
            return None
        assigned, strangers = assign([one.host for one in left.values()], found)
        settled.update(stranger.moid for stranger in strangers)
        for moid, several in assigned.items():
            good = [other for other in several if _agrees(other.provider, left[moid].certificate, vsphere.clock.now())]
            if good and len(several) == 1:
                results[moid] = _done(left.pop(moid), good[0].provider, vsphere.clock.now())
                settled.add(good[0].moid)
        for moid, error in gone.look(list(left.values())).items():
            one = left.pop(moid)
            results[moid] = failed(
                *(one.host, REREGISTER, error),
                reason=one.reason,
                before=_shown(one.host.provider, vsphere.clock.now()),
                after={"registered": False},
            )
        back = len(going) - len(left)
        pace = estimate([(vsphere.clock.now() - begun).total_seconds() / back], len(left)) if back else None
        ended = [one for moid, one in before.items() if moid not in left]
        _tell(tell, len(going), back, "waiting until SMS shows their providers online", deadline, pace, ended=ended)
        return True if not left else None

    try:
        foreseen(
            f"waiting for the providers of {', '.join(one.host.name for one in going)}",
            lambda: wait_until(look, deadline, longest_pause_seconds=2.0),
            consequence=_LOOK_AT_PROVIDERS,
        )
    except DeadlineExceeded:
        pass  # Told host by host by the caller.
    return list(left.values())


def _tell(
    tell: Tell,
    total: int,
    done: int,
    doing: str,
    deadline: Deadline,
    seconds_left: Optional[float] = None,
    begun: Sequence[_Work] = (),
    ended: Sequence[_Work] = (),
) -> None:
    tell(
        Progress(
            REREGISTER,
            total=total,
            done=done,
            doing=doing,
            seconds_left=seconds_left,
            seconds_allowed=deadline.left_seconds,
            begun=tuple(one.host.name for one in begun),
            ended=tuple(one.host.name for one in ended),
        )
    )


def _not_back(vsphere: VSphere, one: _Work, deadline: Deadline) -> StepResult:
    provider: Optional[Provider] = None
    try:
        found = foreseen(
            f"looking at the provider of {one.host.name}",
            lambda: vsphere.providers()[0],
            consequence=_LOOK_AT_PROVIDERS,
        )
        assigned, _strangers = assign([one.host], found)
        several = assigned.get(one.host.moid, [])
        provider = several[0].provider if several else None
        seen = _seen(provider, len(several), one.certificate)
    except CertopsError as error:
        seen = f"could not be looked at ({error})"
    told = provider_messages.PROVIDER_NOT_BACK(esxi_host=one.host.name, seconds=deadline.seconds, finding=seen)
    after = _shown(provider, vsphere.clock.now()) if provider else {"registered": False}
    return failed(one.host, REREGISTER, told, reason=one.reason, before=_shown(one.host.provider, vsphere.clock.now()), after=after)


class _Gone:
    """Looks, while providers are waited for, whether vCenter still has their hosts, by the names that they had."""

    def __init__(self, vsphere: VSphere, deadline: Deadline) -> None:
        self._vsphere = vsphere
        self._deadline = deadline
        self._pause = Deadline(0.0, vsphere.clock)

    def look(self, waited_for: Sequence[_Work]) -> dict[str, CertopsError]:
        """Why the providers of some of these hosts will not come back, by the hosts' ids; nothing where that cannot be seen."""
        if not waited_for or not (self._pause.passed or self._deadline.passed):
            return {}
        self._pause = Deadline(GONE_SECONDS, self._vsphere.clock)
        hosts = [one.host for one in waited_for]
        try:
            now = foreseen(
                f"looking for {', '.join(host.name for host in hosts)}",
                lambda: self._vsphere.host_names(hosts),
                consequence="Look at them in vCenter.",
            )
        except CertopsError:
            return {}
        found = {one.host.moid: self._problem(one, now[one.host.moid]) for one in waited_for}
        return {moid: problem for moid, problem in found.items() if problem is not None}

    def _problem(self, one: _Work, name: Optional[str]) -> Optional[CertopsError]:
        if name is None:
            return provider_messages.PROVIDER_OF_REMOVED_HOST(
                esxi_host=one.host.name, is_unregistered=_is_gone(one), vcenter=self._vsphere.name
            )
        if normalise(name) == normalise(one.host.name):
            return None
        return provider_messages.PROVIDER_OF_RENAMED_HOST(
            esxi_host=one.host.name, is_unregistered=_is_gone(one), new_name=name, vcenter=self._vsphere.name
        )


def _seen(provider: Optional[Provider], count: int, certificate: Certificate) -> str:
    if provider is None:
        return "is not registered"
    if count > 1:
        return f"is one of {count} that SMS has for the host"
    if provider.status == SYNCHRONISING:
        return f"is {provider.status}, and has not synchronised yet"
    if provider.online is not True:
        return f"is {provider.status or 'without a status'}" + (f" ({provider.status_fault})" if provider.status_fault else "")
    if remembers(provider, certificate) is None:
        return "is online, but SMS shows neither the certificate that it remembers nor when it ends"
    remembered = provider.certificate.sha256_fingerprint if provider.certificate else f"one until {provider.certificate_expires_at}"
    return f"is online, but SMS remembers {remembered} and not {certificate.sha256_fingerprint}"


def _agrees(provider: Provider, certificate: Certificate, now: datetime) -> bool:
    """Whether what is read back of a host's only provider is what it is to be: synchronised too."""
    return provider.status != SYNCHRONISING and first(WRONG, Known(certificate=certificate, provider=provider, now=now)) is None


def _done(one: _Work, provider: Provider, now: datetime) -> StepResult:
    return StepResult(
        one.host.name,
        REREGISTER,
        CHANGED,
        one.reason,
        before=_shown(one.host.provider, now),
        after=_shown(provider, now),
        trusted_by=one.served.trusted_by,
        notes=tuple(one.notes),
    )


def _predicted(one: _Work, renewed_before: bool, now: datetime) -> StepResult:
    after: dict[str, Any] = {"registered": True, "status": "online"}
    # The certificate of a host that is renewed before cannot be known yet.
    if not renewed_before:
        after["certificate"] = one.certificate.to_facts(now)
    return StepResult(
        one.host.name,
        REREGISTER,
        CHANGED,
        one.reason,
        before=_shown(one.host.provider, now),
        after=after,
        trusted_by=None if renewed_before else one.served.trusted_by,
    )


def _is_gone(one: _Work) -> str:
    return "is unregistered" if one.unregistered else "is not registered"


def _identity(one: _Work) -> tuple[str, str]:
    if one.registered:
        provider = one.registered[0].provider
        return provider.name, provider.url
    name = one.host.name.strip("[]")
    host = f"[{name}]" if ":" in name else name
    return f"IOFILTER Provider {one.host.name}", f"https://{host}:{IOFILTER_PORT}{IOFILTER_PATH}"


def _leading_number(text: Optional[str]) -> int:
    digits = (text or "").split(".", 1)[0]
    return int(digits) if digits.isdigit() else 0


def _shown(provider: Optional[Provider], now: datetime) -> Any:
    if provider is None:
        return {"registered": False}
    return {"registered": True, **provider.to_facts(now)}
