# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostCertificateManager: how vCenter rates a host's certificate, and how a host gets one from a CA that vCenter does not know."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Any, Optional

from cryptography.hazmat.primitives import serialization
from pyVmomi import vim, vmodl

from ...estate.esxi_host import CONNECTED, EsxiHost
from ...estate.servant import EstateServant
from ...estate.sessions import Session
from ...estate.settings import HARD_THRESHOLD, SOFT_THRESHOLD
from ...estate.vcenter import VCenter
from ...pki.authority import request
from ...pki.certificate import Certificate
from ...pki.keys import fresh_key
from ...soap.servant import Call, method, readable

SHORTLY = timedelta(days=60)


class HostCertificateManager(EstateServant):
    """The certificate of one host."""

    kind = vim.host.CertificateManager

    def __init__(self, vcenter: VCenter, host: EsxiHost) -> None:
        super().__init__(vcenter, f"certificateManager-{host.moid.rpartition('-')[2]}")
        self._host = host

    @property
    def label(self) -> str:
        return self._host.name

    @readable("certificateInfo")
    def certificate_info(self, session: Optional[Session]) -> Any:
        if self._host.connection_state != CONNECTED:
            raise vmodl.fault.HostNotConnected()
        return self._information(self._host.record)

    @method("RetrieveCertificateInfoList")
    def information_list(self, call: Call) -> list[Any]:
        """Its own certificate and, where it has one, that by which it logs in to VASA providers."""
        self._refuse_out_of_reach()
        if not self._host.lists_certificates:
            raise vmodl.fault.NotSupported()
        kinds = {"Machine": self._host.record, "VASAClient": self._host.client_certificate}
        found = []
        for kind, certificate in kinds.items():
            if certificate is not None:
                found.append(self._information(certificate))
                found[-1].kind = kind
        return found

    def _information(self, certificate: Certificate) -> Any:
        return vim.host.CertificateManager.CertificateInfo(
            issuer=certificate.issuer,
            notBefore=certificate.not_before,
            notAfter=certificate.not_after,
            subject=certificate.subject,
            status=rating(self.vcenter, certificate, self.vcenter.now()),
        )

    @method("NotifyAffectedServices")
    def notify_services(self, call: Call) -> None:
        """The daemons take up what is on the disk, without a restart; vCenter's connection goes on."""
        if self._host.connection_state != CONNECTED:
            raise vmodl.fault.HostNotConnected()
        if not self._host.supports_ndcm:
            raise vmodl.fault.NotSupported()
        if self._host.disk is not None and self._host.disk.read_pair() is None:
            raise vim.fault.HostConfigFault(msg="The host's certificate and key cannot be used; the daemons keep the old ones.")
        self._host.load(*(port for port, shown in self._host.served.items() if shown is not None))
        self.vcenter.notify(self._host)

    @method("GenerateCertificateSigningRequest")
    def generate_request(self, call: Call) -> str:
        """A new key pair, kept on the host until a certificate is installed for it; that of an earlier request is gone."""
        self._refuse_out_of_reach()
        # A host that is known by an address has that one, wherever it is simulated.
        own = self._host.name if _is_address(self._host.name) else self._host.address
        name = own if call.get("useIpAddressAsCommonName") else self._host.configured_name
        key = fresh_key()
        self._host.requested_key = key
        return request(name, key).public_bytes(serialization.Encoding.PEM).decode("ascii")

    @method("InstallServerCertificate")
    def install(self, call: Call) -> None:
        """Take the certificate of the last request. A host whose daemons change without a restart waits to be told by
        NotifyAffectedServices; on an older one they take it up as after a renewal."""
        self._refuse_out_of_reach()
        certificate = self._for_the_request(str(call.require("cert")))
        try:
            if self._host.supports_ndcm:
                self._host.put(certificate)
            else:
                self._host.install(certificate)
        except OSError as error:
            raise vim.fault.HostConfigFault(msg=f"The certificate could not be written: {error.strerror}.") from error
        self._host.requested_key = None
        if self._host.records_on == "install":
            self._host.record = certificate
        self.vcenter.notify(self._host)

    def _refuse_out_of_reach(self) -> None:
        if self._host.connection_state != CONNECTED:
            raise vmodl.fault.HostNotConnected()
        if not self._host.reachable:
            raise vmodl.fault.HostNotReachable()

    def _for_the_request(self, pem: str) -> Certificate:
        """The certificate with the key that was made for it; HostConfigFault where there is none that belongs to it."""
        try:
            given = Certificate.from_pem(pem)
        except ValueError as error:
            raise vim.fault.HostConfigFault(msg="The certificate cannot be read.") from error
        key = self._host.requested_key
        if key is None or key.public_key() != given.x509.public_key():
            raise vim.fault.HostConfigFault(msg="The certificate does not belong to the private key of the last request.")
        return Certificate(given.x509, key, given.intermediates)

    @method("ListCACertificates")
    def list_ca_certificates(self, call: Call) -> list[str]:
        self._refuse_out_of_reach()
        return [root.pem for root in self._host.castore]

    @method("ListCACertificateRevocationLists")
    def list_crls(self, call: Call) -> list[str]:
        self._refuse_out_of_reach()
        return list(self._host.crls)

    @method("ReplaceCACertificatesAndCRLs")
    def replace_ca_certificates(self, call: Call) -> None:
        """The whole of both lists. What is not in the new ones is gone, and what is dropped is damage."""
        self._refuse_out_of_reach()
        try:
            castore = [Certificate.from_pem(pem) for pem in call.require("caCert")]
        except ValueError as error:
            raise vim.fault.HostConfigFault(msg="A CA certificate cannot be read.") from error
        crls = [str(crl) for crl in call.get("caCrl") or []]
        dropped = [one for one in self._host.castore if not any(one.same_as(kept) for kept in castore)]
        if dropped:
            self._host.damage.append(f"ReplaceCACertificatesAndCRLs: {len(dropped)} CAs were dropped")
        if not set(self._host.crls) <= set(crls):
            self._host.damage.append("ReplaceCACertificatesAndCRLs: revocation lists were dropped")
        self._host.castore, self._host.crls = castore, crls
        self.vcenter.notify(self._host)


def not_installed(host: EsxiHost, error: OSError) -> Any:
    """The fault of a certificate that the host could not write to its disk."""
    reason = f"The host {host.name} could not install the certificate: {error.strerror}"
    return vmodl.fault.SystemError(msg=f"A general system error occurred: {reason}", reason=reason)


def rating(vcenter: VCenter, certificate: Certificate, now: datetime) -> str:
    """How vCenter rates a certificate by what is left of it."""
    left = certificate.not_after - now
    if left <= timedelta():
        return "expired"
    if left <= timedelta(days=int(vcenter.settings[HARD_THRESHOLD])):
        return "expirationImminent"
    if left <= SHORTLY:
        return "expiringShortly"
    if left <= timedelta(days=int(vcenter.settings[SOFT_THRESHOLD])):
        return "expiring"
    return "good"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
