# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disconnect and reconnect hosts, and compare what vCenter has on record then with the certificate that was known beforehand.

vCenter takes back whatever a CA that it trusts signed, whichever certificate it is asked with (API reference, HostConnectSpec).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any, Callable, Mapping, Optional, Sequence

from .._certificates import trust
from .._certificates.certificate import Certificate, CertificateError, holds_private_key, parse
from .._certificates.reissued import not_reissued
from .._clusters.high_availability import HaPolicy, HighAvailability
from .._clusters.vsan import Vsan
from .._common import notice
from .._common.errors import Asleep, CertopsError, DeadlineExceeded, EndpointError, HostRemoved
from .._common.names import normalise
from .._deciding.availability import crowded, no_room
from .._deciding.rules import RECONNECT
from .._estate.estate import CONNECTED, DISCONNECTED, MODE_VMCA, EsxiHost
from .._estate.host_now import HostState
from .._estate.step_result import ASLEEP, CHANGED, UNCHANGED, StepResult
from .._stepping import others
from .._stepping.endpoints import shown_by
from .._stepping.notes import Notes
from .._stepping.port import Endpoints, VSphere
from .._stepping.progress import Tell, silent
from .._stepping.step import Availability, asleep, failed, run_on_hosts
from .._timing.repeating import retry_unless_done
from .._timing.waiting import Deadline, wait_until
from . import messages
from .issuing import Issuing, read_issuing

BASIS_GIVEN = "given"
BASIS_RECORD = "vcenter_record"

_SHA1_DIGITS = 40
HOST_PORT = 443
# How long vCenter may take to have on record what a host came back with.
RECORD_SECONDS = 20.0
# What is read of a host that somebody removed from vCenter meanwhile. Its cluster does not lack it.
REMOVED = {"connection_state": None, "certificate": None, "in_vcenter": False}
_WHOSE = {BASIS_GIVEN: "was given", BASIS_RECORD: "vCenter has on record"}
_WHOSE_BEFORE = {BASIS_GIVEN: "was given", BASIS_RECORD: "it had on record before"}


@dataclass(frozen=True)
class Expected:
    """The certificate that vCenter is to have on record of a host when it is reconnected, and on what basis that is known."""

    trusted_by: str
    certificate: Optional[Certificate] = None
    thumbprint: Optional[str] = None

    def is_met_by(self, shown: Optional[Certificate]) -> bool:
        """Whether this is the certificate; not where there is none, or none is expected."""
        return shown is not None and self.has_thumbprint(shown.sha1_thumbprint)

    def has_thumbprint(self, thumbprint: Optional[str]) -> bool:
        """Whether this is its thumbprint; not where there is none, or none is expected."""
        return bool(self.thumbprint and thumbprint) and _bare(str(self.thumbprint)) == _bare(str(thumbprint))

    def __str__(self) -> str:
        return self.certificate.sha256_fingerprint if self.certificate else f"{self.thumbprint} (SHA-1)"


def given_certificates(given: Mapping[str, str]) -> dict[str, Expected]:
    """What the operator gave: by host a PEM, or a SHA-1 thumbprint. Raises InputError for what is neither."""
    found = {}
    for name, text in given.items():
        if holds_private_key(str(text)):
            raise messages.EXPECTED_CERTIFICATE_HAS_KEY(esxi_host=name)
        digits = str(text).replace(":", "").strip()
        if len(digits) == _SHA1_DIGITS and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            found[normalise(name)] = Expected(BASIS_GIVEN, thumbprint=_colons(digits))
            continue
        try:
            certificate = parse(str(text))
        except CertificateError as error:
            raise messages.EXPECTED_CERTIFICATE_UNUSABLE(esxi_host=name, problem=error) from error
        found[normalise(name)] = Expected(BASIS_GIVEN, certificate=certificate, thumbprint=certificate.sha1_thumbprint)
    return found


def reconnect(
    vsphere: VSphere,
    hosts: Sequence[EsxiHost],
    *,
    away: Sequence[EsxiHost],
    certificates: Mapping[str, Expected],
    concurrency: int,
    per_cluster: int,
    max_failures: int,
    timeout_seconds: float,
    check_mode: bool,
    in_flight: bool = False,
    renewed_by_others: Sequence[str] = (),
    every_host: Optional[Callable[[], Sequence[EsxiHost]]] = None,
    vmca_root_fingerprint: Optional[str] = None,
    planned_vmca_root: Optional[str] = None,
    ha: Optional[HighAvailability] = None,
    vsan: Optional[Vsan] = None,
    tell: Tell = silent,
) -> list[StepResult]:
    """Reconnect these hosts, never more of a cluster at the same time than may be away. One result a host, in their order.

    A host that vCenter has another certificate of on record afterwards than was expected has failed, unless it is one that VMCA issued meanwhile.

    away: the vCenter's hosts that are away from it now, these or others. in_flight: they were begun before, and are finished though one of
    them is removed from vCenter meanwhile. renewed_by_others: hosts that somebody else renewed, and is
    left the time to reconnect as well. every_host: of the vCenter, whose certificates tell which root is VMCA's (these hosts);
    vmca_root_fingerprint: which it is, where the operator says so; planned_vmca_root: where the plan told it. ha, vsan: of the clusters of these hosts.
    """
    record = _Record(vsphere, every_host or (lambda: hosts), vmca_root_fingerprint, planned_vmca_root)
    ha_of_clusters = ha or HighAvailability(vsphere, (), HaPolicy(), tell)
    calm = vsan or Vsan(vsphere, {}, 0.0)
    asked = {host.name for host in hosts}
    full = crowded(hosts, [host for host in away if host.name not in asked], per_cluster)
    results = {host.moid: _refused(host, full[host.name], per_cluster) for host in hosts if host.name in full}
    able = [host for host in hosts if host.name not in full]
    theirs = frozenset(renewed_by_others)
    if check_mode:
        results.update({host.moid: asleep(host, RECONNECT) if host.asleep else _predicted(host, certificates) for host in able})
    else:
        worked = ha_of_clusters.work_through(
            able,
            RECONNECT,
            max_failures - len(results),
            lambda group, left: run_on_hosts(
                group,
                RECONNECT,
                calm.around(
                    RECONNECT,
                    lambda host: _reconnect(
                        vsphere,
                        host,
                        certificates.get(host.name),
                        record,
                        timeout_seconds,
                        ha_of_clusters,
                        tell,
                        host.name in theirs,
                    ),
                    _still_away,
                ),
                concurrency=concurrency,
                max_failures=left,
                aftermath=lambda host, error: _left(vsphere, host, error, before=None),
                availability=Availability(per_cluster, away, _still_away, closes=ha_of_clusters.closes),
                counts=lambda result: not (in_flight and result.after == REMOVED),
                meanwhile=ha_of_clusters.still_at_work,
                tell=tell,
            ),
        )
        results.update({host.moid: result for host, result in zip(able, worked, strict=True)})
    return [results[host.moid] for host in hosts]


def _refused(host: EsxiHost, others: Sequence[str], per_cluster: int) -> StepResult:
    error = messages.CLUSTER_WITHOUT_ROOM(
        esxi_host=host.name, reason=no_room(others, per_cluster), esxi_hosts_away=", ".join(others)
    )
    state = {"connection_state": host.connection_state}
    return failed(host, RECONNECT, error, reason=_reason(host), before=state, after=state)


def _still_away(host: EsxiHost, result: StepResult) -> bool:
    """Whether vCenter is without the host after the step. What was not read back counts as away."""
    if result.status == ASLEEP:
        return False
    if not isinstance(result.after, Mapping):
        # It was not even looked at, and so not disconnected.
        return not host.connected
    return result.after != REMOVED and result.after.get("connection_state") != CONNECTED


def _reconnect(
    vsphere: VSphere,
    host: EsxiHost,
    given: Optional[Expected],
    record: _Record,
    timeout_seconds: float,
    ha: HighAvailability,
    tell: Tell,
    theirs: bool,
) -> StepResult:
    deadline = Deadline(timeout_seconds, vsphere.clock)
    reason = _reason(host)
    before: Any = None
    expected = given
    done_by_others = False
    try:
        if theirs:
            done_by_others = others.left_to_others(vsphere, host, RECONNECT, deadline, tell)
        quiet = others.wait_for_idle_host(vsphere, host, RECONNECT, deadline, tell, sparing=True)
        shown_now = _shown_now(vsphere.endpoints, host)
        state = _with_certificate(vsphere, host, quiet.state, shown_now)
        before = _facts(state, vsphere.clock.now())
        expected = given or _on_record(state)
        # What somebody else connected counts if it is so by the certificate that this run would have it by.
        done_by_others = (done_by_others or quiet.reconnected) and record.is_right(host, state, expected)
        _refuse_stranger(host, _on_record(state) if done_by_others else expected, shown_now)
        if done_by_others:
            back = _Back(state)
        else:
            back = record.compared(host, _anew(vsphere, host, state, expected, deadline), expected, deadline)
        remarks = ha.settled(host, state, RECONNECT).notes
    except Asleep as error:
        return failed(host, RECONNECT, error, reason=reason)
    except CertopsError as error:
        if "SSLVerifyFault" in error.vsphere_fault and expected and expected.thumbprint:
            error.vsphere_fault += f"; expected thumbprint {expected.thumbprint}"
            if expected.certificate:
                error.vsphere_fault += f", certificate {expected.certificate.sha256_fingerprint}"
        if before is None:
            # It was not started.
            now = _now(vsphere, host)
            told = _with_state(vsphere, host, error, now)
            return failed(host, RECONNECT, told, reason=reason, before=now if now == REMOVED else None)
        return _left(vsphere, host, error, before=before)
    if done_by_others:
        reason = "somebody else reconnected it meanwhile"
        return StepResult(
            host.name,
            RECONNECT,
            UNCHANGED,
            reason,
            before=before,
            after=_facts(back.state, vsphere.clock.now()),
            trusted_by=expected.trusted_by,
            notes=(*quiet.notes, *remarks),
        )
    # Said in words too: a host that was connected before looks the same afterwards, and would have no diff.
    shown = {**_facts(back.state, vsphere.clock.now()), "reconnected": True}
    trusted_by = back.trusted_by or expected.trusted_by
    return StepResult(
        host.name, RECONNECT, CHANGED, reason, before=before, after=shown, trusted_by=trusted_by, notes=(*back.notes, *remarks)
    )


@dataclass(frozen=True)
class _Back:
    """A host that is connected again. trusted_by: by what its certificate is known, where it is not the expected one."""

    state: HostState
    trusted_by: Optional[str] = None
    notes: tuple[str, ...] = ()


class _Record:
    """vCenter's record of hosts, compared with what was expected. What VMCA issues is read once, and only where there is another certificate."""

    def __init__(
        self,
        vsphere: VSphere,
        every_host: Callable[[], Sequence[EsxiHost]],
        vmca_root_fingerprint: Optional[str],
        planned_vmca_root: Optional[str],
    ) -> None:
        self._vsphere = vsphere
        self._every_host = every_host
        self._fingerprint = vmca_root_fingerprint
        self._planned = planned_vmca_root
        self._lock = Lock()
        self._read: Optional[Issuing] = None

    def is_right(self, host: EsxiHost, state: HostState, expected: Expected) -> bool:
        """Whether the record is what was expected, or what VMCA issued in its place."""
        return _is_expected(state, expected) or not self._problems(host, state, expected)

    def compared(self, host: EsxiHost, state: HostState, expected: Expected, deadline: Deadline) -> _Back:
        """The host, once the record is right: vCenter may take a moment for it. Raises CertopsError where it has another certificate."""
        if expected.thumbprint is None:
            return _Back(state, notes=(notice.RECORD_NOT_COMPARED.of(reason="vCenter had none on record before"),))
        last = state

        def look() -> Optional[HostState]:
            nonlocal last
            # Whoever looks first has a state already.
            last = _connected(self._vsphere, host) or last
            return last if _is_shown(last) and self.is_right(host, last, expected) else None

        patience = Deadline(min(RECORD_SECONDS, deadline.left_seconds), self._vsphere.clock)
        try:
            right = state if _is_expected(state, expected) else wait_until(look, patience)
        except DeadlineExceeded:
            if not _is_shown(last):
                return _Back(last, notes=(notice.RECORD_NOT_COMPARED.of(reason="vCenter shows none of the host"),))
            raise messages.RECONNECTED_WITH_ANOTHER_CERTIFICATE(
                esxi_host=host.name,
                recorded=_shown(last),
                expected=expected,
                origin=_WHOSE_BEFORE[expected.trusted_by],
                problems="; ".join(self._problems(host, last, expected)),
            ) from None
        if _is_expected(right, expected):
            return _Back(right)
        return _Back(right, trust.BASIS_ROOT, (notice.REISSUED.of(issued=_shown(right)),))

    def _problems(self, host: EsxiHost, state: HostState, expected: Expected) -> list[str]:
        """Why the certificate on record is not one that VMCA issued meanwhile. Raises CertopsError."""
        if state.certificate is None:
            return ["vCenter shows no more than its thumbprint"]
        issuing = self._issuing()
        mode = issuing.settings.mode if issuing.settings else None
        if mode != MODE_VMCA:
            told = f"is {mode}, in which vCenter issues none" if mode else "could not be read"
            return [f"the certificate mode of {self._vsphere.name} {told}"]
        if issuing.vmca_root is None:
            return ["which root is VMCA's cannot be determined (certops_vmca_root_fingerprint)"]
        return not_reissued(
            state.certificate,
            expected=expected.certificate,
            vmca_root=issuing.vmca_root,
            host_names=[host.name, *host.addresses],
            now=self._vsphere.clock.now(),
        )

    def _issuing(self) -> Issuing:
        with self._lock:
            if self._read is None:
                notes = Notes(self._vsphere.name)
                self._read = read_issuing(self._vsphere, notes, self._every_host, self._fingerprint, self._planned)
            return self._read


def _is_expected(state: HostState, expected: Expected) -> bool:
    return expected.has_thumbprint(state.certificate.sha1_thumbprint if state.certificate else state.record_thumbprint)


def _is_shown(state: HostState) -> bool:
    return bool(state.certificate or state.record_thumbprint)


def _shown(state: HostState) -> str:
    """The certificate on record, in words."""
    certificate = state.certificate
    if certificate is None:
        return f"{state.record_thumbprint} (SHA-1)"
    return f"{certificate.sha256_fingerprint} (issued by {certificate.issuer}, until {certificate.expires_at:%Y-%m-%d})"


def _anew(vsphere: VSphere, host: EsxiHost, state: HostState, expected: Expected, deadline: Deadline) -> HostState:
    """Disconnect a host, unless it is disconnected, and connect it again. Its state then. Raises CertopsError."""
    if state.connection_state != DISCONNECTED:
        _until(vsphere, host, DISCONNECTED, lambda: vsphere.disconnect(host, deadline), deadline)
    _until(vsphere, host, CONNECTED, lambda: vsphere.reconnect(host, expected.certificate, expected.thumbprint, deadline), deadline)
    return wait_until(
        lambda: _connected(vsphere, host),
        deadline,
        late=lambda seconds: messages.HOST_NOT_CONNECTED(esxi_host=host.name, seconds=seconds),
    )


def _until(vsphere: VSphere, host: EsxiHost, wanted: str, change: Callable[[], None], deadline: Deadline) -> None:
    """Make a change, once more where it failed in passing, or got in the way of another's, and the host is not as wanted yet."""
    retry_unless_done(
        vsphere.count_retry,
        change,
        lambda: vsphere.host_state(host).connection_state == wanted,
        deadline,
        lambda: vsphere.nothing_runs_on(host),
    )


def _shown_now(endpoints: Endpoints, host: EsxiHost) -> Optional[Certificate]:
    """What a host's port 443 shows; None where it cannot be reached, as a controller need not reach it."""
    try:
        return shown_by(endpoints, [host.name, *host.addresses[:1]], HOST_PORT)
    except EndpointError:
        return None


def _with_certificate(vsphere: VSphere, host: EsxiHost, state: HostState, shown: Optional[Certificate]) -> HostState:
    """A host's state with its certificate. What a connected host shows need not be read of vCenter where its thumbprint is the one on record there."""
    if state.certificate is not None:
        return state
    if shown is not None and state.connection_state == CONNECTED and shown.has_thumbprint(state.record_thumbprint):
        vsphere.note_certificate(host, shown)
        return replace(state, certificate=shown)
    return vsphere.host_state(host, anew=True)


def _refuse_stranger(host: EsxiHost, expected: Expected, shown: Optional[Certificate]) -> None:
    """Refuse a host that is seen to show another certificate, before it is disconnected for nothing.

    Where its port cannot be reached, vCenter, which verifies all the same, is the one to refuse.
    """
    if expected.thumbprint is None or shown is None:
        return
    if not expected.is_met_by(shown):
        raise messages.HOST_SHOWS_ANOTHER_CERTIFICATE(
            esxi_host=host.name,
            shown_thumbprint=shown.sha1_thumbprint,
            port=HOST_PORT,
            expected_thumbprint=expected.thumbprint,
            origin=_WHOSE[expected.trusted_by],
        )


def _on_record(state: HostState) -> Expected:
    """vCenter's own record of the host; where even that is not shown, vCenter goes by what it keeps for itself."""
    certificate = state.certificate
    thumbprint = certificate.sha1_thumbprint if certificate else state.record_thumbprint
    return Expected(BASIS_RECORD, certificate=certificate, thumbprint=thumbprint)


def _connected(vsphere: VSphere, host: EsxiHost) -> Optional[HostState]:
    state = vsphere.host_state(host)
    return state if state.connection_state == CONNECTED else None


def _left(vsphere: VSphere, host: EsxiHost, error: CertopsError, *, before: Any) -> StepResult:
    """The result of a host whose reconnect was begun and failed, with how it was left."""
    now = _now(vsphere, host)
    return failed(host, RECONNECT, _with_state(vsphere, host, error, now), reason=_reason(host), before=before, after=now)


def _with_state(vsphere: VSphere, host: EsxiHost, error: CertopsError, now: Mapping[str, Any]) -> CertopsError:
    """Say it where a failure leaves a host disconnected, or it is not there any more: nobody would look for it there."""
    state = now["connection_state"]
    if state == CONNECTED:
        return error
    if now == REMOVED:
        return messages.HOST_REMOVED_BEFORE_RECONNECT(esxi_host=host.name, vcenter=vsphere.name, vsphere_fault=error.vsphere_fault)
    left = f"{host.name} is now {state or 'in an unknown connection state'}; reconnect it in vCenter or run again."
    return error.retold(remedy=f"{error.remedy} {left}".strip())


def _predicted(host: EsxiHost, certificates: Mapping[str, Expected]) -> StepResult:
    given = certificates.get(host.name)
    return StepResult(
        host.name,
        RECONNECT,
        CHANGED,
        _reason(host),
        before={"connection_state": host.connection_state},
        after={"connection_state": CONNECTED, "reconnected": True},
        trusted_by=given.trusted_by if given else BASIS_RECORD,
    )


def _reason(host: EsxiHost) -> str:
    return f"it is {host.connection_state or 'in an unknown connection state'} and is to be connected anew"


def _facts(state: HostState, now: datetime) -> dict[str, Any]:
    return {
        "connection_state": state.connection_state,
        "certificate": state.certificate.to_facts(now) if state.certificate else None,
    }


def _now(vsphere: VSphere, host: EsxiHost) -> dict[str, Any]:
    """What can be read after a failure. Where nothing can, that is said: it may be disconnected, and is not what it was before."""
    try:
        return _facts(vsphere.host_state(host), vsphere.clock.now())
    except HostRemoved:
        return dict(REMOVED)
    except CertopsError:
        return {"connection_state": None, "certificate": None}


def _bare(thumbprint: str) -> str:
    return thumbprint.replace(":", "").lower()


def _colons(digits: str) -> str:
    return ":".join(digits[i : i + 2] for i in range(0, _SHA1_DIGITS, 2)).upper()
