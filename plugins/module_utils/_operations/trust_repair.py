# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete the lists of trusted CAs of hosts that do not trust the storage monitoring service (SMS), so that their providers can come back.

A list is replaced as a whole (ReplaceCACertificatesAndCRLs; nothing adds one entry), so it is read right before, sent as it was with what is missing
behind it, and read again. What is added is what hosts of the same vCenter have whose providers are online.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Optional, Sequence

from .._certificates.castore import read_castore
from .._certificates.certificate import to_pem
from .._common import notice
from .._common.errors import CertopsError
from .._deciding.rules import REPAIR_TRUST
from .._estate.estate import EsxiHost
from .._estate.step_result import CHANGED, UNCHANGED, StepResult
from .._stepping import others
from .._stepping.castores import Castores, TrustedByHost, suspected
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._stepping.step import asleep, failed, run_on_hosts
from .._timing.repeating import retry_unless_done
from .._timing.waiting import Deadline
from . import messages
from .observe import Findings

BASIS_HEALTHY_HOSTS = "healthy_hosts"
SOUND = "its provider is online, or is down for another reason that is seen"


@dataclass(frozen=True)
class Repaired(StepResult):
    """The result of a host whose list was completed. backup: both lists as they were before, in PEM; None where nothing was sent."""

    backup: Optional[dict[str, list[str]]] = None

    def to_facts(self) -> dict[str, Any]:
        """The result as a module returns it."""
        return {**super().to_facts(), "backup": self.backup}


def repair_trust(
    vsphere: VSphere,
    findings: Findings,
    *,
    concurrency: int,
    max_failures: int,
    timeout_seconds: float,
    check_mode: bool,
    tell: Tell = silent,
) -> list[StepResult]:
    """Complete the lists of those of the estate's hosts that lack something. One result a host, in their order.

    Hosts whose providers are online are not touched, and nothing is added where it cannot be seen what is missing. Raises CertopsError where SMS
    did not tell of its providers.
    """
    findings.require_providers()
    castores = Castores(vsphere, findings.estate.vcenter, findings.healthy)
    return run_on_hosts(
        findings.estate.hosts,
        REPAIR_TRUST,
        lambda host: _repair(vsphere, castores, host, timeout_seconds, check_mode, tell),
        concurrency=concurrency,
        max_failures=max_failures,
        aftermath=lambda host, error: failed(host, REPAIR_TRUST, error, reason="its list of trusted CAs was to be completed"),
        tell=tell,
    )


def _repair(
    vsphere: VSphere, castores: Castores, host: EsxiHost, timeout_seconds: float, check_mode: bool, tell: Tell
) -> StepResult:
    if host.asleep:
        return asleep(host, REPAIR_TRUST)
    if not suspected(host, vsphere.clock.now()):
        return StepResult(host.name, REPAIR_TRUST, UNCHANGED, SOUND)
    deadline = Deadline(timeout_seconds, vsphere.clock)
    notes: tuple[str, ...] = ()
    reason = "its provider is not online, and its list of trusted CAs is looked at"
    before: Any = None
    backup: Optional[dict[str, list[str]]] = None
    try:
        if not check_mode:
            notes = others.wait_for_idle_host(vsphere, host, REPAIR_TRUST, deadline, tell).notes
        found = castores.of(host)
        comparison = found.comparison
        reason = comparison.reason
        before = _shown(found.entries)
        if not comparison.missing:
            untold = (notice.SMS_TRUST_UNKNOWN.of(number=1, esxi_hosts=host.name, reason=reason),)
            told = notes if comparison.trusts else (*notes, *untold)
            return StepResult(host.name, REPAIR_TRUST, UNCHANGED, reason, before=before, after=before, notes=told)
        whole = _completed(host, found)
        after: dict[str, Any] = {**_shown(whole), "added": [one.sha256_fingerprint for one in comparison.missing]}
        crls = vsphere.ca_crls(host)
        if not check_mode:
            backup = {"ca_certificates": list(found.entries), "ca_crls": list(crls)}
            _replace(vsphere, host, whole, crls, deadline)
    except CertopsError as error:
        result = failed(host, REPAIR_TRUST, error, reason=reason, before=before, after=_now(vsphere, host) if backup else None)
        return Repaired(**vars(replace(result, notes=notes)), backup=backup)
    return Repaired(
        host.name,
        REPAIR_TRUST,
        CHANGED,
        reason,
        before=before,
        after=after,
        trusted_by=BASIS_HEALTHY_HOSTS,
        notes=notes,
        backup=backup,
    )


def _completed(host: EsxiHost, found: TrustedByHost) -> tuple[str, ...]:
    """The whole list: what is there, as it is, and what is missing. Raises CertopsError where what is there is not all readable."""
    if found.castore.unreadable:
        # A host whose castore.pem is malformed does not start hostd at its next boot (KB 367381): none of that is written anew.
        raise messages.CASTORE_UNREADABLE(esxi_host=host.name, problem=found.castore.unreadable[0])
    return (*found.entries, *(to_pem(one) for one in found.comparison.missing))


def _replace(vsphere: VSphere, host: EsxiHost, whole: Sequence[str], crls: Sequence[str], deadline: Deadline) -> None:
    """Send both lists, and see that the host has them, and nothing less. Raises CertopsError."""
    wanted = _fingerprints(whole)
    retry_unless_done(
        vsphere.count_retry,
        lambda: vsphere.replace_ca_certificates(host, whole, crls),
        lambda: not wanted - _fingerprints(vsphere.ca_certificates(host)),
        deadline,
        lambda: vsphere.nothing_runs_on(host),
    )
    lacking = wanted - _fingerprints(vsphere.ca_certificates(host))
    lost = Counter(_bare(one) for one in crls) - Counter(_bare(one) for one in vsphere.ca_crls(host))
    if lacking or lost:
        gone = [*lacking, *(["a revocation list"] if lost else [])]
        raise messages.CASTORE_NOT_COMPLETED(esxi_host=host.name, missing=", ".join(gone))


def _fingerprints(entries: Sequence[str]) -> Counter[str]:
    return Counter({one.sha256_fingerprint: 1 for one in read_castore(entries).certificates})


def _bare(pem: str) -> str:
    return "".join(pem.split())


def _shown(entries: Sequence[str]) -> dict[str, Any]:
    """A list as results show it."""
    return {"trusted_cas": [one.sha256_fingerprint for one in read_castore(entries).certificates]}


def _now(vsphere: VSphere, host: EsxiHost) -> Any:
    """The list after a failure; where it cannot be read any more, that is what is known."""
    try:
        return _shown(vsphere.ca_certificates(host))
    except CertopsError:
        return {"trusted_cas": None}
