# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SmsStorageManager: which providers there are, and coming and going."""

from __future__ import annotations

from typing import Any, Optional
from urllib.parse import urlsplit

from pyVmomi import sms, vim, vmodl

from ..estate.esxi_host import IOFILTER_PORT, EsxiHost
from ..estate.provider import EXTERNAL, IOFILTER, Provider
from ..estate.servant import EstateServant
from ..estate.storage_array import PORT as ARRAY_PORT
from ..estate.storage_array import StorageArray
from ..pki.certificate import Certificate
from ..soap.servant import Call, method
from .task import start_sms_task

REGISTER_SECONDS = 3.0
UNREGISTER_SECONDS = 1.0


class SmsStorageManager(EstateServant):
    """The providers of this vCenter."""

    kind = sms.StorageManager

    @method("QueryProvider")
    def query_provider(self, call: Call) -> list[Any]:
        return [sms.provider.VasaProvider(provider.moid) for provider in self.vcenter.storage.listed()]

    @method("UnregisterProvider_Task")
    def unregister(self, call: Call) -> Any:
        uid = str(call.require("providerId"))
        known = self.vcenter.storage.providers.get(uid)

        def act() -> None:
            provider = self.vcenter.storage.providers.get(uid)
            if provider is None:
                raise vim.fault.NotFound()
            if self._refuses_to_go(provider):
                raise sms.fault.ProviderUnregistrationFault(
                    msg=f"Error while removing an entry for the provider {provider.name} in the providerCache"
                )
            self.vcenter.storage.unregister(uid)

        return start_sms_task(self.vcenter, call, self.reference, known.name if known else uid, UNREGISTER_SECONDS, act)

    @method("RegisterProvider_Task")
    def register(self, call: Call) -> Any:
        specification = call.require("providerSpec")
        if not isinstance(specification, sms.provider.VasaProviderSpec):
            raise vmodl.fault.InvalidArgument(invalidProperty="providerSpec")

        def act() -> Any:
            return sms.provider.VasaProvider(self._register(specification).moid)

        return start_sms_task(self.vcenter, call, self.reference, str(specification.url), REGISTER_SECONDS, act)

    @method("SmsRefreshCACertificatesAndCRLs_Task")
    def refresh_ca_certificates(self, call: Call) -> Any:
        call.detail = "pushes CAs and CRLs to the providers"
        return start_sms_task(self.vcenter, call, self.reference, "all", REGISTER_SECONDS, lambda: None)

    def _nothing(self, call: Call) -> None:
        return None

    query_array = method("QueryArray")(_nothing)

    def _refuses_to_go(self, provider: Provider) -> bool:
        """One that SMS can't talk to any more may stay; one of a host that is gone goes."""
        if provider.kind != IOFILTER or provider.host is None:
            return False
        return not provider.host.reachable or provider.host.shown_on(IOFILTER_PORT) is None

    def _register(self, specification: Any) -> Provider:
        url = str(specification.url)
        host, array = self._endpoint(url)
        if self.vcenter.storage.find_by_url(url) is not None:
            raise vim.fault.AlreadyExists(name=url)
        shown, username, password, reachable = (
            (host.shown_on(IOFILTER_PORT), "root", host.password, host.reachable)
            if host is not None
            else (array.certificate, array.username, array.password, array.reachable)  # type: ignore[union-attr]
        )
        if not reachable or shown is None:
            raise sms.fault.ProviderConnectionFailed()
        self._verify(shown, url, specification.certificate)
        if host is not None and host.sms_trust_lost:
            raise sms.fault.ProviderRegistrationFault(
                msg=f"Failed to retrieve version information from provider - {url}: certificate_unknown(46)"
            )
        if specification.username != username or specification.password != password:
            raise sms.fault.IncorrectUsernamePassword()
        if host is not None:
            provider = self.vcenter.storage.register_host(host, shown)
        else:
            assert array is not None
            provider = self.vcenter.storage.add(array.name, url, shown, None, EXTERNAL, f"{array.name}:0001")
        provider.name = str(specification.name)
        return provider

    def _endpoint(self, url: str) -> tuple[Optional[EsxiHost], Optional[StorageArray]]:
        """Who answers at a url. Raises sms.fault.InvalidUrl."""
        try:
            parts = urlsplit(url)
            name, port = (parts.hostname or "").lower(), parts.port or 443
        except ValueError:
            raise sms.fault.InvalidUrl(url=url) from None
        if parts.scheme != "https" or parts.path != "/version.xml":
            raise sms.fault.InvalidUrl(url=url)
        if port == IOFILTER_PORT:
            for host in self.vcenter.hosts:
                if name in (host.name.lower(), host.address):
                    return host, None
        if port == ARRAY_PORT:
            for array in self.vcenter.arrays:
                if name in (array.name.lower(), array.address):
                    return None, array
        raise sms.fault.InvalidUrl(url=url)

    def _verify(self, shown: Certificate, url: str, pinned: Optional[str]) -> None:
        now, name = self.vcenter.now(), urlsplit(url).hostname or ""
        if not shown.valid_at(now) or name.lower() not in shown.names:
            raise sms.fault.InvalidCertificate(certificate=shown.pem)
        if pinned:
            try:
                if Certificate.from_pem(pinned).same_as(shown):
                    return
            except ValueError:
                raise sms.fault.InvalidCertificate(certificate=pinned) from None
        if not self.vcenter.storage.believes(url, shown):
            raise sms.fault.CertificateNotTrusted(certificate=shown.pem)
