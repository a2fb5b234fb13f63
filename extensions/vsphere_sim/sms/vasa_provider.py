# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VasaProvider: one provider, as its clients see it."""

from __future__ import annotations

from typing import Any

from pyVmomi import sms, vmodl

from ..estate.provider import DISCONNECTED, EXTERNAL, IOFILTER, VSAN, Provider
from ..estate.servant import EstateServant
from ..estate.vcenter import VCenter
from ..soap.servant import Call, method
from .task import start_sms_task

SYNC_SECONDS = 1.0
REFRESH_SECONDS = 2.0
# Below this, the VASA protocol has no way to change certificates.
REFRESHABLE_SINCE = 2.0


class VasaProvider(EstateServant):
    """A registered provider."""

    kind = sms.provider.VasaProvider

    def __init__(self, vcenter: VCenter, provider: Provider) -> None:
        super().__init__(vcenter, provider.moid)
        self._provider = provider

    @property
    def label(self) -> str:
        return self._provider.name

    @method("QueryProviderInfo")
    def info(self, call: Call) -> Any:
        provider, now = self._provider, self.vcenter.now()
        if provider.broken:
            raise sms.fault.QueryExecutionFault(msg=f"The provider {provider.name} can't be queried.")
        self.vcenter.storage.renew_in_time(provider)
        status = provider.status(now, self.vcenter.storage_roots)
        syncing = self.vcenter.clock.monotonic() < provider.syncing_until
        info = sms.provider.VasaProviderInfo(
            uid=provider.uid,
            name=provider.name,
            description=_description(provider),
            version="1.0",
            url=provider.url,
            certificate=provider.certificate.pem,
            # Connected is not yet synchronised (SMS API reference).
            status="connected" if syncing and status == "online" else status,
            vasaVersion=provider.vasa_version,
            namespace=_NAMESPACES[provider.kind],
            lastSyncTime=now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            supportedVendorModelMapping=[],
            supportedProfile=["StorageFeatureProfile"] if provider.kind == EXTERNAL else ["BlockDeviceProfile"],
            relatedStorageArray=[
                sms.provider.VasaProviderInfo.RelatedStorageArray(
                    arrayId=provider.array_id, active=status == "online", manageable=True, priority=1
                )
            ],
            providerId=provider.uid,
            certificateExpiryDate=provider.certificate.not_after.strftime("%a %b %d %H:%M:%S UTC %Y"),
            certificateStatus=provider.certificate_status(now),
            serviceLocation=f"{provider.url.rpartition('/')[0]}/vasa",
            needsExplicitActivation=provider.kind != EXTERNAL,
            retainVasaProviderCertificate=provider.retains_certificate,
            type="UNKNOWN" if syncing else _TYPES[provider.kind],
            category=provider.category,
            priority=1,
            failoverGroupId=provider.array_id,
        )
        if status in ("offline", "disconnected"):
            distrusted = provider.host is not None and provider.host.sms_trust_lost
            why = "certificate_unknown(46)" if distrusted else f"The provider {provider.name} is unavailable."
            info.statusFault = sms.fault.ProviderUnavailable(msg=why)
        for name in provider.untold:
            setattr(info, name, "")
        return info

    @method("VasaProviderSync_Task")
    def sync(self, call: Call) -> Any:
        def act() -> None:
            # "Synchronize Storage Providers" brought those back whose hosts trust SMS again (a field report).
            self._provider.condition = ""
            if self._status() in ("offline", DISCONNECTED):
                raise sms.fault.ProviderSyncFailed()
            self.vcenter.notify()
            self.vcenter.storage.synchronised()

        return self._start(call, SYNC_SECONDS, act)

    @method("VasaProviderReconnect_Task")
    def reconnect(self, call: Call) -> Any:
        def act() -> None:
            if self.vcenter.refresh_behaviour["Reconnect"] == "fails":
                raise sms.fault.ProviderConnectionFailed()
            # Nothing is done with one that is not disconnected (API reference).
            if self._status() != DISCONNECTED and self.vcenter.refresh_behaviour["Reconnect"] != "updates":
                return
            self._require_answer()
            if self.vcenter.refresh_behaviour["Reconnect"] == "updates":
                self._remember_shown()
            self._provider.ailing = False
            if self._provider.condition == DISCONNECTED:
                self._provider.condition = ""
                self.vcenter.storage.synchronise_soon(self._provider)
            self.vcenter.notify()

        return self._start(call, REFRESH_SECONDS, act)

    @method("VasaProviderRefreshCertificate_Task")
    def refresh_certificate(self, call: Call) -> Any:
        self._require_refreshable()

        def act() -> None:
            if self.vcenter.refresh_behaviour["RefreshCertificate"] == "fails":
                raise sms.fault.CertificateRefreshFailed(providerId=[self._provider.uid])
            host = self._provider.host
            gives = host is not None and self.vcenter.storage.gives_certificate(host)
            # One of its own that has expired is what this call is for.
            self._require_answer(expired=gives)
            if self.vcenter.refresh_behaviour["RefreshCertificate"] != "updates":
                return
            if gives:
                self.vcenter.storage.provision(self._provider)
            else:
                self._remember_shown()

        return self._start(call, REFRESH_SECONDS, act)

    def _start(self, call: Call, seconds: float, act: Any) -> Any:
        return start_sms_task(self.vcenter, call, self.reference, self._provider.name, seconds, act)

    def _require_refreshable(self) -> None:
        if float(self._provider.vasa_version) < REFRESHABLE_SINCE:
            raise vmodl.fault.NotSupported()

    def _require_answer(self, *, expired: bool = False) -> None:
        """The host has to answer with a certificate that is believed; expired: also where it has expired."""
        host, now = self._provider.host, self.vcenter.now()
        if host is None or not host.reachable:
            raise sms.fault.ProviderConnectionFailed()
        shown = host.shown_on(9080)
        if shown is None or host.sms_trust_lost:
            raise sms.fault.ProviderConnectionFailed()
        if expired and shown.not_after <= now:
            now = shown.not_after
        if not shown.valid_at(now) or not shown.chains_to(self.vcenter.trusted_roots, now):
            raise sms.fault.InvalidCertificate(certificate=shown.pem)

    def _status(self) -> str:
        return self._provider.status(self.vcenter.now(), self.vcenter.storage_roots)

    def _remember_shown(self) -> None:
        assert self._provider.host is not None
        shown = self._provider.host.shown_on(9080)
        assert shown is not None
        self._provider.certificate = shown
        self.vcenter.notify()


_NAMESPACES = {IOFILTER: "IOFILTERS", VSAN: "VSAN", EXTERNAL: "com.example.array"}
# Of DATASERVICE is a provider that has no storage of its own (API reference, VpType).
_TYPES = {IOFILTER: "DATASERVICE", VSAN: "PERSISTENCE", EXTERNAL: "PERSISTENCE"}


def _description(provider: Provider) -> str:
    if provider.kind == IOFILTER:
        return f"IOFILTER VASA Provider on host {provider.name.rpartition(' ')[2]}"
    return provider.name
