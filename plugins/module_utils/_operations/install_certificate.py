# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Give hosts the certificates that a CA of the operator's made of their requests, once each was found fit for its host."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Mapping, Optional, Sequence, Union

from .._certificates.certificate import Certificate, CertificateError, holds_private_key, to_pem
from .._certificates.issued_certificate import IssuedCertificate, Terms, flaws, notices, read_issued_certificate, to_install
from .._certificates.request import CertificateRequest, parse_request
from .._clusters.high_availability import HaPolicy, HighAvailability
from .._clusters.vsan import Vsan
from .._common import notice
from .._common.errors import CertopsError, DeadlineExceeded
from .._common.names import normalise
from .._deciding.policy import Policy
from .._deciding.rules import RENEW_CUSTOM_CA
from .._estate.estate import Estate, EsxiHost
from .._estate.host_names import by_host
from .._estate.step_result import CHANGED, UNCHANGED, StepResult
from .._stepping import others
from .._stepping.activation_result import HTTPS_PORT, have_it_taken_up, shows
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._stepping.step import asleep, failed
from .._timing.repeating import retry_unless_done
from .._timing.waiting import Deadline, wait_until
from . import messages
from .due import Due, blockers_of, facts, own_policy, refused
from .regenerate import certificate_now
from .request_certificate import not_served, require_custom_mode

REASON = "your CA issued a certificate for it"
# How long vCenter may take to show the certificate that was installed; it may also do so only when the host is reconnected.
ON_RECORD_SECONDS = 10.0


@dataclass(frozen=True)
class Order:
    """What a host is to be given: the text that the CA returned, and the request that it was to be made of."""

    pem: str
    request: CertificateRequest


@dataclass(frozen=True)
class Installed(StepResult):
    """The result of a host that was given a certificate. certificate_pem: that certificate alone, which it is reconnected against."""

    certificate_pem: Optional[str] = None

    def to_facts(self) -> dict[str, Any]:
        """The result as a module returns it."""
        return {**super().to_facts(), "certificate_pem": self.certificate_pem}


def given_orders(certificates: Mapping[str, str], requests: Mapping[str, str]) -> dict[str, Order]:
    """What the operator gave, by host. Raises InputError for a private key, and for a request that is missing or none."""
    asked = {normalise(name): str(text) for name, text in requests.items()}
    found = {}
    for name, text in certificates.items():
        request = asked.get(normalise(name))
        for what, given in (("certificate", str(text)), ("request", request or "")):
            if holds_private_key(given):
                raise messages.PRIVATE_KEY_GIVEN(document=what, esxi_host=name)
        if request is None:
            raise messages.REQUEST_NOT_GIVEN(esxi_host=name)
        try:
            found[normalise(name)] = Order(str(text), parse_request(request))
        except CertificateError as error:
            raise messages.GIVEN_REQUEST_UNUSABLE(esxi_host=name, problem=error) from error
    return found


def install_certificates(
    vsphere: VSphere,
    estate: Estate,
    orders: Mapping[str, Order],
    *,
    renew_before_days: float,
    concurrency: int,
    max_failures: int,
    timeout_seconds: float,
    check_mode: bool,
    ha: Optional[HighAvailability] = None,
    vsan: Optional[Vsan] = None,
    per_cluster: int = 1,
    tell: Tell = silent,
) -> list[StepResult]:
    """Install these certificates: all are looked at before the first is installed. One result a host, in their order.

    Raises CertopsError, InputError where a host has no order.
    """
    require_custom_mode(estate)
    ha = ha or HighAvailability(vsphere, (), HaPolicy(), tell)
    vsan = vsan or Vsan(vsphere, {}, 0.0)
    policy = own_policy(renew_before_days, custom_ca=True)
    due = Due(RENEW_CUSTOM_CA)
    ready: dict[str, IssuedCertificate] = {}
    known = by_host(estate.hosts, orders)
    for host in estate.hosts:
        order = known.get(host.name)
        if order is None:
            raise messages.CERTIFICATE_NOT_GIVEN(esxi_host=host.name)
        found = _looked_at(host, order, estate, policy, vsphere.clock.now())
        if isinstance(found, IssuedCertificate):
            ready[host.moid] = found
            due.todo.append(host)
        else:
            due.results[host.moid] = found
    if check_mode:
        predicted = {host.moid: _predicted(host, estate, ready[host.moid]) for host in due.todo}
        return [{**due.results, **predicted}[host.moid] for host in estate.hosts]
    return due.work_through(
        estate,
        vsan.around(RENEW_CUSTOM_CA, lambda host: _install(vsphere, estate, host, ready[host.moid], timeout_seconds, ha, tell)),
        concurrency=concurrency,
        max_failures=max_failures,
        aftermath=lambda host, error: failed(
            host,
            RENEW_CUSTOM_CA,
            error,
            reason=REASON,
            before=facts(host.certificate, estate.observed_at),
            after=certificate_now(vsphere, host),
        ),
        ha=ha,
        per_cluster=per_cluster,
        tell=tell,
    )


def _looked_at(
    host: EsxiHost, order: Order, estate: Estate, policy: Policy, today: datetime
) -> Union[IssuedCertificate, StepResult]:
    now = estate.observed_at
    if host.asleep:
        return asleep(host, RENEW_CUSTOM_CA)
    blockers = blockers_of(host, estate, policy, RENEW_CUSTOM_CA)
    if blockers:
        return refused(host, RENEW_CUSTOM_CA, REASON, blockers, now)
    roots = estate.vcenter.trusted_roots or ()
    try:
        signed = read_issued_certificate(order.pem, order.request)
        unavailable = {entry.subject: entry.reason for entry in estate.unavailable if entry.what == "trusted_root"}
        terms = Terms(order.request, host.name, host.certificate, roots, policy.renew_before_days, today, unavailable)
        problems: Sequence[str] = flaws(signed, terms)
    except CertificateError as error:
        problems = [str(error)]
    if not problems:
        return signed
    unfit = messages.ISSUED_CERTIFICATE_UNFIT(esxi_host=host.name, problems="; ".join(problems))
    shown = facts(host.certificate, now)
    return failed(host, RENEW_CUSTOM_CA, unfit, reason=REASON, before=shown, after=shown)


def _predicted(host: EsxiHost, estate: Estate, signed: IssuedCertificate) -> StepResult:
    before = facts(host.certificate, estate.observed_at)
    notes = tuple(notices(signed))
    return StepResult(host.name, RENEW_CUSTOM_CA, CHANGED, REASON, before=before, after={"renewed": True}, notes=notes)


def _install(
    vsphere: VSphere,
    estate: Estate,
    host: EsxiHost,
    signed: IssuedCertificate,
    timeout_seconds: float,
    ha: HighAvailability,
    tell: Tell,
) -> StepResult:
    now = vsphere.clock.now()
    before = facts(host.certificate, now)
    shown = facts(signed.leaf, now)
    deadline = Deadline(timeout_seconds, vsphere.clock)
    pem = to_install(signed, estate.vcenter.trusted_roots or ())
    installed = False
    try:
        quiet = others.wait_for_idle_host(vsphere, host, RENEW_CUSTOM_CA, deadline, tell, back=host.connected)
        theirs = quiet.state.certificate
        if theirs is not None and theirs.same_as(signed.leaf):
            return _given(host, signed, UNCHANGED, "it has this certificate", quiet.notes, now)
        retry_unless_done(
            vsphere.count_retry,
            lambda: vsphere.install_certificate(host, pem),
            lambda: _on_record(vsphere, host, signed.leaf) or shows(vsphere.endpoints, host, HTTPS_PORT, signed.leaf) is True,
            deadline,
            lambda: vsphere.nothing_runs_on(host),
        )
        installed = True
        notes = (*notices(signed), *quiet.notes, *_read_back(vsphere, host, signed.leaf, deadline))
        agent = ha.settled(host, quiet.state, RENEW_CUSTOM_CA)
    except CertopsError as error:
        return failed(host, RENEW_CUSTOM_CA, error, reason=REASON, before=before, after=shown if installed else before)
    told = _given(host, signed, CHANGED, REASON, (*notes, *agent.notes), vsphere.clock.now())
    return replace(told, ha_pending=agent.pending)


def _given(
    host: EsxiHost, signed: IssuedCertificate, status: str, reason: str, notes: tuple[str, ...], now: datetime
) -> StepResult:
    """The result of a host that has the certificate."""
    before, after = facts(host.certificate, now), facts(signed.leaf, now)
    pem = to_pem(signed.leaf)
    return Installed(host.name, RENEW_CUSTOM_CA, status, reason, before=before, after=after, notes=notes, certificate_pem=pem)


def _read_back(vsphere: VSphere, host: EsxiHost, leaf: Certificate, deadline: Deadline) -> tuple[str, ...]:
    """See that the host has the certificate: remarks. Raises CertopsError where neither it nor vCenter shows it."""
    activation_result = have_it_taken_up(vsphere, host, leaf, deadline)
    if activation_result.serves is False:
        raise not_served(host)
    try:
        wait_until(
            lambda: True if _on_record(vsphere, host, leaf) else None,
            Deadline(min(ON_RECORD_SECONDS, deadline.left_seconds), vsphere.clock),
        )
    except DeadlineExceeded:
        if activation_result.serves is None:
            raise messages.INSTALLED_CERTIFICATE_NOT_SHOWN(esxi_host=host.name) from None
        return (*activation_result.notes, notice.RECORDED_LATER.of())
    return activation_result.notes


def _on_record(vsphere: VSphere, host: EsxiHost, leaf: Certificate) -> bool:
    now: Optional[Certificate] = vsphere.host_state(host, anew=True).certificate
    return now is not None and now.same_as(leaf)
