# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CertificateManager: what VMCA does for hosts."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl

from ...estate.esxi_host import CONNECTED, EsxiHost
from ...estate.servant import EstateServant
from ...estate.vcenter import StartTimeError
from ...soap.servant import Call, method
from ..event_manager import events_of
from ..task import start_locking_task, start_task
from .host_certificate_manager import not_installed
from .host_system import HostSystem

RENEW_SECONDS = 8.0
EACH_FURTHER_SECONDS = 1.0
REFUSAL_SECONDS = 0.5


class CertificateManager(EstateServant):
    """Renews, and does harm where it is asked to."""

    kind = vim.CertificateManager

    @method("CertMgrRefreshCertificates_Task")
    def refresh_certificates(self, call: Call) -> Any:
        hosts = self._hosts(call)

        def act() -> None:
            for host in hosts:
                self._renew(host.host)

        refused = any(self._refusal(host.host) is not None for host in hosts)
        seconds = REFUSAL_SECONDS if refused else RENEW_SECONDS + EACH_FURTHER_SECONDS * (len(hosts) - 1)
        return start_locking_task(self.vcenter, call, hosts, seconds, act)

    @method("CertMgrRefreshCACertificatesAndCRLs_Task")
    def refresh_ca_certificates(self, call: Call) -> Any:
        hosts = self._hosts(call)
        call.detail = "HARMFUL: hosts lose the CA of SMS, and their providers go offline"

        def act() -> None:
            for host in hosts:
                # The list becomes TRUSTED_ROOTS, in which the certificate of SMS's own is not.
                had = not host.host.sms_trust_lost
                host.host.castore = list(self.vcenter.trusted_roots)
                if had and host.host.sms_trust_lost:
                    host.host.damage.append("CertMgrRefreshCACertificatesAndCRLs: the CA of SMS was dropped")
                self.vcenter.notify(host.host)

        return start_task(self.vcenter, call, hosts[0] if len(hosts) == 1 else None, RENEW_SECONDS / 2, act)

    def _hosts(self, call: Call) -> list[HostSystem]:
        hosts = []
        for reference in call.get("host") or []:
            found = self.vcenter.objects.get(reference._GetMoId())
            if not isinstance(found, HostSystem):
                raise vmodl.fault.ManagedObjectNotFound(obj=reference)
            hosts.append(found)
        if not hosts:
            raise vmodl.fault.InvalidArgument(invalidProperty="host")
        return hosts

    def _refusal(self, host: EsxiHost) -> Any:
        """Why this host gets no certificate, as a fault; None where it does."""
        if self.vcenter.settings.mode != "vmca":
            return vmodl.fault.NotSupported(
                msg=f"The operation is not supported: the certificate management mode is {self.vcenter.settings.mode}."
            )
        if host.connection_state != CONNECTED:
            return vmodl.fault.HostNotConnected()
        if host.in_maintenance_mode:
            return vim.fault.InvalidState()
        if not host.reachable:
            return vmodl.fault.HostNotReachable()
        return None

    def _renew(self, host: EsxiHost) -> None:
        refusal = self._refusal(host)
        if refusal is not None:
            raise refusal
        try:
            certificate = self.vcenter.issue_for(host)
        except StartTimeError as error:
            raise vmodl.fault.SystemError(msg=f"A general system error occurred: {error}", reason=str(error)) from error
        try:
            host.install(certificate)
        except OSError as error:
            raise not_installed(host, error) from error
        host.record = certificate
        self.vcenter.notify(host)
        events_of(self.vcenter).happened("com.vmware.vc.certmgr.HostCertUpdatedEvent", host)
