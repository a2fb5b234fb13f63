# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask hosts for certificate-signing requests through vCenter, for a CA of the operator's. The key of each stays on its host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .._certificates.certificate import Certificate, CertificateError
from .._certificates.request import CertificateRequest, parse_request
from .._common.errors import CertopsError
from .._deciding.rules import NOT_TAKEN_UP, RENEW_CUSTOM_CA, REQUEST
from .._estate.estate import MODE_CUSTOM, Estate, EsxiHost
from .._estate.step_result import CHANGED, UNCHANGED, StepResult
from .._stepping import others
from .._stepping.activation_result import have_it_taken_up
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._stepping.step import failed
from .._timing.repeating import retry_unless_done
from .._timing.waiting import Deadline
from . import messages
from .due import Due, facts, own_policy, sort_by_need


@dataclass(frozen=True)
class Requested(StepResult):
    """The result of a host that was asked. csr_pem: its request, None where it made none that may be signed."""

    csr_pem: Optional[str] = None

    def to_facts(self) -> dict[str, Any]:
        """The result as a module returns it."""
        return {**super().to_facts(), "csr_pem": self.csr_pem}


def require_custom_mode(estate: Estate) -> None:
    """Raises CertopsError where the hosts of a vCenter do not have their certificates from a CA of the operator's."""
    mode = estate.vcenter.certificate_mode
    if mode == MODE_CUSTOM:
        return
    shown = f"in certificate mode {mode}" if mode else "in a certificate mode that cannot be read"
    raise messages.CERTIFICATE_MODE_NOT_CUSTOM(vcenter=estate.vcenter.hostname, mode=shown)


def request_certificates(
    vsphere: VSphere,
    estate: Estate,
    *,
    renew_before_days: float,
    force: bool,
    concurrency: int,
    max_failures: int,
    timeout_seconds: float,
    check_mode: bool,
    planned_expires_at: Optional[Mapping[str, str]] = None,
    tell: Tell = silent,
) -> list[StepResult]:
    """Ask the hosts that are due for a request each. One result a host, in their order.

    A host that has a new certificate already, and whose services have not taken it up, is asked for none: its services are told.
    planned_expires_at: by host when the certificate ended that the plan was made for. Raises CertopsError.
    """
    require_custom_mode(estate)
    due = sort_by_need(
        estate,
        own_policy(renew_before_days, force, custom_ca=True),
        REQUEST,
        taken_as=RENEW_CUSTOM_CA,
        planned_expires_at=planned_expires_at,
        predicted={"requested": True} if check_mode else None,
    )
    return due.work_through(
        estate,
        lambda host: _work(vsphere, host, due, timeout_seconds, tell),
        concurrency=concurrency,
        max_failures=max_failures,
        # A request that nobody has got changes nothing: the host goes on with the key and the certificate that it has.
        aftermath=lambda host, error: failed(
            host, REQUEST, error, reason=due.reason(host), before=facts(host.certificate, estate.observed_at)
        ),
        tell=tell,
    )


def _work(vsphere: VSphere, host: EsxiHost, due: Due, timeout_seconds: float, tell: Tell) -> StepResult:
    reason = due.reason(host)
    before = facts(host.certificate, vsphere.clock.now())
    deadline = Deadline(timeout_seconds, vsphere.clock)
    try:
        quiet = others.wait_for_idle_host(vsphere, host, REQUEST, deadline, tell, back=host.connected)
        theirs = quiet.state.certificate
        if theirs is not None and host.certificate is not None and not theirs.same_as(host.certificate):
            shown, why = facts(theirs, vsphere.clock.now()), "somebody else renewed its certificate meanwhile"
            return StepResult(host.name, REQUEST, UNCHANGED, why, before=before, after=shown, notes=quiet.notes)
        if due.verdicts[host.moid].rule == NOT_TAKEN_UP and theirs is not None:
            return _taken_up(vsphere, host, theirs, reason, deadline)
        csr_pem, request = _asked(vsphere, host, deadline)
    except CertopsError as error:
        return failed(host, REQUEST, error, reason=reason, before=before)
    after = {"requested": True, **request.to_facts()}
    return Requested(host.name, REQUEST, CHANGED, reason, before=before, after=after, notes=quiet.notes, csr_pem=csr_pem)


def _taken_up(vsphere: VSphere, host: EsxiHost, certificate: Certificate, reason: str, deadline: Deadline) -> StepResult:
    """What is left to do where a run was ended between installing a certificate and telling the services: nothing is issued anew."""
    before = facts(host.certificate, vsphere.clock.now())
    activation_result = have_it_taken_up(vsphere, host, certificate, deadline)
    if activation_result.serves is False:
        raise not_served(host)
    after = {"renewed": True, **certificate.to_facts(vsphere.clock.now())}
    return StepResult(host.name, REQUEST, CHANGED, reason, before=before, after=after, notes=activation_result.notes)


def not_served(host: EsxiHost) -> CertopsError:
    """The error of a host that goes on with its old certificate."""
    return messages.INSTALLED_CERTIFICATE_NOT_SERVED(esxi_host=host.name)


def _asked(vsphere: VSphere, host: EsxiHost, deadline: Deadline) -> tuple[str, CertificateRequest]:
    made: list[str] = []
    retry_unless_done(
        vsphere.count_retry,
        lambda: made.append(vsphere.request_certificate(host)),
        # A request whose answer was lost is of no use: the next one replaces it.
        lambda: False,
        deadline,
        lambda: vsphere.nothing_runs_on(host),
    )
    try:
        request = parse_request(made[-1])
    except CertificateError as error:
        raise messages.CERTIFICATE_REQUEST_UNUSABLE(esxi_host=host.name, problem=error) from error
    problem = request.problem_for(host.name)
    if problem:
        raise messages.CERTIFICATE_REQUEST_UNFIT(esxi_host=host.name, problem=problem)
    return made[-1], request
