# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a vCenter by its REST API, and done by it: services, certificates, topology and backups."""

from __future__ import annotations

import ssl
from http.client import HTTPException
from typing import Any, Callable, Optional
from urllib.parse import quote

from ..._certificates.certificate import Certificate, CertificateError, parse, subject_of, to_der
from ..._certificates.distinguished_name import in_words
from ..._certificates.trust import TrustedRoots, UnreadRoot
from ..._common.errors import CertopsError, DeadlineExceeded, TransientError
from ..._common.printable import printable
from ..._estate.sps_state import SpsState
from ..._timing import waiting
from ..._wire.connection import Connection
from ..._wire.sts import AccountRefused, GroupsNotTold, StsUnavailable, groups_of
from .. import messages
from ..faults import translate
from . import published_roots
from .answers import Shape, error_of
from .rest_session import RestSession
from .shapes import (
    chain_of,
    is_certificate,
    is_chain,
    is_collection,
    is_list_of_chains,
    is_list_of_nodes,
    is_service,
    is_signing_chain,
    shown,
    text_of,
)

# A vCenter that answers no more is not asked for each of its trusted roots, with the patience that one lost answer is worth.
MOST_LOST_CHAINS = 2
_SPS = "vcenter/services/sps"
_CERTIFICATES = "vcenter/certificate-management/vcenter"


class Appliance:
    """A REST session, opened at the first call and closed by log_out. What a vCenter's version does not have is NotOffered."""

    def __init__(
        self, connection: Connection, context: ssl.SSLContext, count_retry: Callable[[], None], api_version: str = ""
    ) -> None:
        self._rest = RestSession(connection, context, count_retry, api_version)

    @property
    def name(self) -> str:
        """The vCenter's hostname, for messages."""
        return self._rest.name

    def sps(self) -> SpsState:
        """How SPS is."""
        answer = self._get(_SPS, "Reading the state of SPS", is_service)
        return SpsState(shown(answer, "state"), shown(answer, "health"), shown(answer, "startup_type"))

    def restart_sps(self, limit_seconds: float) -> None:
        """Restart SPS. The call blocks until the service is up, or its start takes too long for vCenter (API reference, vcenter/services).

        That it returns says that the restart was begun, and not that it is over: TIMED_OUT is answered while it goes on. Raises TransientError
        while SPS is starting or stopping (HTTP 400), and where what became of it is not known: the answer was lost, is none, did not come in
        limit_seconds, or is an error of vCenter's own (HTTP 500).
        """
        deadline = waiting.Deadline(limit_seconds)
        try:
            self._rest.restart(_SPS, "Restarting SPS", deadline)
        except DeadlineExceeded as error:
            if error.code != messages.REST_TIMED_OUT.code:
                raise

    def rewrite_sps_startup_type(self, startup_type: str) -> None:
        """Set how SPS is started to what it is already: a write that changes nothing, and wants the right that a restart wants.

        Raises AccessDenied where the account may not, TransientError while SPS is starting or stopping (HTTP 400) or the answer was lost.
        """
        self._rest.set(_SPS, {"startup_type": startup_type}, "Proving the right to restart SPS")

    def groups(self) -> frozenset[str]:
        """The SSO groups of the account, in lower case and without the domain. Raises CertopsError where they are not told."""
        what = f"Reading the SSO groups of the account on {self.name}"

        def read(deadline: waiting.Deadline) -> frozenset[str]:
            try:
                # Who is not logged in is told where the STS is.
                challenge = self._rest.challenge(what, deadline)
                return groups_of(self._rest.connection, self._rest.context, challenge, deadline)
            except (OSError, HTTPException) as error:
                raise translate(error, what, server=self.name) from error
            except GroupsNotTold as error:
                raise messages.GROUPS_NOT_TOLD(action=what, problem=error) from error
            except AccountRefused as error:
                raise messages.STS_REFUSED(action=what, vsphere_fault=str(error)) from error
            except StsUnavailable as error:
                raise messages.REST_FAILED_IN_PASSING(action=what, vsphere_fault=str(error)) from error

        return self._rest.patiently(read)

    def machine_ssl(self) -> Certificate:
        """vCenter's own certificate."""
        answer = self._get(f"{_CERTIFICATES}/tls", "Reading the machine SSL certificate", is_certificate)
        return self._certificate(text_of(answer, "cert"), "the machine SSL certificate")

    def trusted_roots(self) -> TrustedRoots:
        """Every certificate of every chain in TRUSTED_ROOTS, each once.

        One that cannot be read is left out, and named: the others are no less trusted for it. Raises CertopsError where none can be read.
        """
        path = f"{_CERTIFICATES}/trusted-root-chains"
        found: dict[str, Certificate] = {}
        unavailable: list[UnreadRoot] = []
        first: Optional[CertopsError] = None
        lost = 0
        chains = self._get(path, "Reading the trusted roots", is_list_of_chains)
        for entry in chains if isinstance(chains, list) else []:
            chain = text_of(entry, "chain") if isinstance(entry, dict) else str(entry)
            if not chain:
                continue
            if first is not None and lost == MOST_LOST_CHAINS:
                unavailable.append(
                    UnreadRoot(f"the chain {printable(chain)}", f"it was not asked for, as {lost} others had been lost")
                )
                continue
            try:
                answer = self._get(f"{path}/{quote(chain, safe='')}", f"Reading the trusted root chain {chain}", is_chain)
            except CertopsError as error:
                first = first or error
                lost += isinstance(error, TransientError)
                unavailable.append(UnreadRoot(f"the chain {printable(chain)}", str(error)))
                continue
            for pem in chain_of(answer.get("cert_chain") if isinstance(answer, dict) else None):
                try:
                    certificate = parse(pem)
                except CertificateError as error:
                    first = first or self._unusable(f"the trusted root chain {chain}", error)
                    unavailable.append(_unavailable_root(pem, chain, error))
                else:
                    found[certificate.sha256_fingerprint] = certificate
        if first is not None and not found:
            raise first
        return TrustedRoots(tuple(found.values()), tuple(unavailable))

    def published_roots(self) -> list[Certificate]:
        """The CA certificates that the vCenter shows to anybody; nobody vouches for them. No session is needed."""
        what = f"Reading the CA certificates that {self.name} publishes"

        def read(deadline: waiting.Deadline) -> list[Certificate]:
            try:
                answer = self._rest.page(published_roots.PATH, deadline)
                if answer.status == 200:
                    return published_roots.certificates_in(answer.body)
            except (OSError, HTTPException) as error:
                raise translate(error, what, server=self.name) from error
            raise error_of(answer.status, b"", what, ())

        return self._rest.patiently(read)

    def signing_chain(self) -> list[Certificate]:
        """The certificates of the active token-signing chain. One that cannot be read is left out, where another can."""
        path = f"{_CERTIFICATES}/signing-certificate"
        answer = self._get(path, "Reading the token-signing certificate", is_signing_chain)
        active = answer.get("active_cert_chain") if isinstance(answer, dict) else None
        found: list[Certificate] = []
        problem: Optional[CertificateError] = None
        for pem in chain_of(active):
            try:
                found.append(parse(pem))
            except CertificateError as error:
                problem = problem or error
        if problem is not None and not found:
            raise self._unusable("the token-signing chain", problem) from problem
        return found

    def linked_nodes(self) -> list[str]:
        """The names of all nodes of the vCenter's linked group, its own included."""
        answer = self._get("vcenter/topology/nodes", "Reading the linked vCenters", is_list_of_nodes)
        nodes = (text_of(entry, "node") for entry in answer if isinstance(entry, dict)) if isinstance(answer, list) else ()
        return sorted(printable(node) for node in nodes if node)

    def backups(self) -> dict[str, Any]:
        """How many file-based backups there are, and the end of the last that succeeded."""
        answer = self._get("appliance/recovery/backup/job/details", "Reading the backups", is_collection)
        if isinstance(answer, list):
            jobs = [entry.get("value", entry) for entry in answer if isinstance(entry, dict)]
        else:
            jobs = list(answer.values()) if isinstance(answer, dict) else []
        ends = [
            printable(str(job["end_time"]))
            for job in jobs
            if isinstance(job, dict) and str(job.get("status", "")).upper() == "SUCCEEDED" and job.get("end_time")
        ]
        return {"count": len(jobs), "last_succeeded_at": max(ends) if ends else None}

    def log_out(self) -> None:
        """End the session where there is one."""
        self._rest.log_out()

    def _get(self, resource: str, what: str, shape: Shape) -> Any:
        return self._rest.get(resource, what, shape)

    def _certificate(self, pem: Optional[str], what: str) -> Certificate:
        try:
            return parse(pem or "")
        except CertificateError as error:
            raise self._unusable(what, error) from error

    def _unusable(self, what: str, error: CertificateError) -> CertopsError:
        return messages.VCENTER_CERTIFICATE_UNUSABLE(certificate=what.capitalize(), vcenter=self.name, problem=error)


def _unavailable_root(pem: str, chain: str, error: CertificateError) -> UnreadRoot:
    """What can still be told of a trusted root that cannot be read: its name, by which it is known whom that concerns."""
    try:
        subject = subject_of(to_der(pem.encode("utf-8", "replace")))
        return UnreadRoot(
            printable(in_words(subject)) if subject is not None else f"the chain {printable(chain)}", str(error), subject
        )
    except ValueError:
        return UnreadRoot(f"the chain {printable(chain)}", str(error))
