# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ESXi hosts of a vCenter: what it knows of them, and the tasks that change them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Optional, Sequence

from .._certificates.certificate import Certificate, CertificateError, parse, to_pem
from .._common.errors import CertopsError
from .._common.names import as_address, normalise
from .._common.printable import is_printable, printable
from .._estate.estate import EsxiHost, Unavailable, is_asleep
from .._estate.host_now import HostState
from .._wire.pyvmomi_library import IsChildVersion, vim, vmodl
from . import messages
from .events import alarms
from .host_services import ssh_among
from .properties import ObjectProperties, read_inventory, read_object
from .session import VSphereSession

CERTIFICATE = "config.certificate"
HOST_PROPERTIES = (
    "name",
    "parent",
    "runtime.connectionState",
    "runtime.inMaintenanceMode",
    "runtime.inQuarantineMode",
    "runtime.powerState",
    "runtime.standbyMode",
    "runtime.dasHostState.state",
    CERTIFICATE,
    "config.lockdownMode",
    "config.network.vnic",
    "summary.config.sslThumbprint",
    "summary.config.product.version",
    alarms.PATH,
)
STATE_PROPERTIES = (
    "runtime.connectionState",
    "runtime.powerState",
    "runtime.standbyMode",
    "runtime.inMaintenanceMode",
    "runtime.dasHostState.state",
    CERTIFICATE,
    "summary.config.sslThumbprint",
)
# Since 9.0 vCenter has on record of a host this or the thumbprint, and shows it of one without a connection too (API reference).
RECORD_PEM = "summary.config.sslCertificate"
NOTIFY_PROPERTIES = ("capability.ndcmSupported", "configManager.certificateManager")

# All services of a host, which are as large as the rest of what is read: only where somebody wants them.
SERVICES = "config.service"

# What a server, or this pyVmomi, does not know makes the whole query fail.
PARTIAL_MAINTENANCE = "runtime.partialMaintenanceMode"
_NOT_IN_PARTIAL_MAINTENANCE = "notInPartialMM"
_NOT_SHOWN = "vCenter does not show it"


def read_hosts(
    session: VSphereSession, *, with_ssh: bool = False, certificates: bool = True
) -> tuple[list[EsxiHost], list[Unavailable]]:
    """Every ESXi host that the vCenter knows, disconnected ones too, by name. with_ssh: with the service SSH of each."""
    paths = host_paths(session, certificates=certificates)
    found = read_inventory(
        session,
        {
            vim.HostSystem: (*paths, *((SERVICES,) if with_ssh else ())),
            # A cluster is a compute resource too, but not every server goes by that when it is asked for the latter.
            vim.ClusterComputeResource: ("name", "parent"),
            vim.ComputeResource: ("name", "parent"),
            vim.Folder: ("name", "parent"),
            vim.Datacenter: ("name", "parent"),
        },
    )
    tree = {item.moid: item for item in found}
    hosts: list[EsxiHost] = []
    unavailable: list[Unavailable] = []
    for item in found:
        if isinstance(item.managed_object, vim.HostSystem):
            host, problems = host_seen(item, tree)
            hosts.append(host if certificates else replace(host, certificate=None))
            unavailable.extend(problems)
    raised = alarms.of_hosts(session, found)
    hosts = [replace(host, alarms=raised.get(host.moid, ())) for host in hosts]
    return sorted(hosts, key=lambda host: host.name), unavailable


def host_paths(session: VSphereSession, *, certificates: bool = True) -> tuple[str, ...]:
    """The paths of what is read of hosts, as far as the server knows them.

    certificates: where they are left out, the PEM on record, of which servers since 9.0 may show nothing but that, stands for no more than its thumbprint.
    """
    in_parts = (PARTIAL_MAINTENANCE,) if speaks_of(session, vim.host.RuntimeInfo, "partialMaintenanceMode") else ()
    return tuple(path for path in (*HOST_PROPERTIES, *_record_pem(session), *in_parts) if certificates or path != CERTIFICATE)


def state_properties(session: VSphereSession) -> tuple[str, ...]:
    """The paths of what is read of a host again and again."""
    return (*STATE_PROPERTIES, *_record_pem(session))


def _record_pem(session: VSphereSession) -> tuple[str, ...]:
    """The path of the certificate on record, where the server has it: to any other the question is an error (InvalidProperty)."""
    return (RECORD_PEM,) if speaks_of(session, vim.host.Summary.ConfigSummary, "sslCertificate") else ()


def names_now(session: VSphereSession, hosts: Sequence[EsxiHost]) -> dict[str, Optional[str]]:
    """By which names vCenter knows hosts now, by their ids; None for one that was removed.

    One call, and one more for each host where one of them was removed. Raises CertopsError where a name can't be read.
    """
    what = f"Reading the name of {', '.join(host.name for host in hosts)}"
    try:
        found = read_object(session, [reference(session, host) for host in hosts], ("name",), what)
    except CertopsError as error:
        if not is_removed(error):
            raise
        # That one is missing fails the call for all of them.
        return {hosts[0].moid: None} if len(hosts) == 1 else {k: v for host in hosts for k, v in names_now(session, [host]).items()}
    shown = {item.moid: item.text("name") for item in found}
    return {host.moid: shown.get(host.moid) or host.name for host in hosts}


def is_removed(error: CertopsError) -> bool:
    """Whether a reading of one host failed because vCenter does not have it any more."""
    return isinstance(error.__cause__, vmodl.fault.ManagedObjectNotFound)


def state_of(item: ObjectProperties) -> HostState:
    """What state_properties say, as they were read."""
    certificate, _problem = _certificate(item)
    return HostState(
        item.text("runtime.connectionState"),
        certificate,
        _thumbprint(item),
        is_asleep(item.text("runtime.powerState"), item.text("runtime.standbyMode")),
        item.text("runtime.dasHostState.state"),
        item.get("runtime.inMaintenanceMode"),
    )


def reference(session: VSphereSession, host: EsxiHost) -> Any:
    """The managed object of a host."""
    return session.managed_object(vim.HostSystem, host.moid)


def renew_certificate(session: VSphereSession, host: EsxiHost) -> Any:
    """Start the renewal of one host's certificate by VMCA. One call a host, so that each has a result of its own."""
    return session.change(
        f"Renewing the certificate of {host.name}",
        lambda: session.content.certificateManager.CertMgrRefreshCertificates_Task([reference(session, host)]),
    )


def disconnect(session: VSphereSession, host: EsxiHost) -> Any:
    """Start disconnecting a host."""
    return session.change(f"Disconnecting {host.name}", lambda: reference(session, host).DisconnectHost_Task())


def reconnect(session: VSphereSession, host: EsxiHost, known: Optional[KnownCertificate]) -> Any:
    """Start reconnecting a host; known is what vCenter may know it by where no CA that it trusts verifies it, without one vCenter's own record.

    No pin: what a trusted CA signed is accepted whatever is known (API reference, HostConnectSpec), so that vCenter's record is for the caller
    to compare afterwards. syncState stays false: true would push vCenter's inventory of virtual machines onto the host.
    """
    specification = None
    if known is not None:
        specification = (
            vim.host.ConnectSpec(sslCertificate=known.pem) if known.pem else vim.host.ConnectSpec(sslThumbprint=known.thumbprint)
        )
    return session.change(
        f"Reconnecting {host.name}",
        lambda: reference(session, host).ReconnectHost_Task(specification, vim.HostSystem.ReconnectSpec(syncState=False)),
    )


def request_certificate(session: VSphereSession, host: EsxiHost) -> str:
    """Have a host make a key pair and a certificate-signing request for it, in PEM (GenerateCertificateSigningRequest).

    The key stays on the host, and is used when a certificate for it is installed. The request is for the host's own name, or for its
    management address where vCenter knows it by that.
    """
    manager = _certificate_manager(session, host)
    by_address = as_address(normalise(host.name)) is not None
    made = session.change(
        f"Asking {host.name} for a certificate request",
        lambda: session.of_now(manager).GenerateCertificateSigningRequest(by_address),
    )
    return str(made or "")


def install_certificate(session: VSphereSession, host: EsxiHost, pem: str) -> None:
    """Give a host the certificate for its last request (InstallServerCertificate)."""
    manager = _certificate_manager(session, host)
    session.change(f"Installing the certificate of {host.name}", lambda: session.of_now(manager).InstallServerCertificate(pem))


def ca_certificates(session: VSphereSession, host: EsxiHost) -> tuple[str, ...]:
    """The CAs that a host trusts, in PEM (HostCertificateManager.ListCACertificates, which may be unset)."""
    manager = _certificate_manager(session, host)
    found = session.read(f"Reading the CAs that {host.name} trusts", lambda: session.of_now(manager).ListCACertificates())
    return tuple(str(pem) for pem in found or ())


def ca_crls(session: VSphereSession, host: EsxiHost) -> tuple[str, ...]:
    """The revocation lists of a host, in PEM (ListCACertificateRevocationLists)."""
    manager = _certificate_manager(session, host)
    found = session.read(
        f"Reading the revocation lists of {host.name}", lambda: session.of_now(manager).ListCACertificateRevocationLists()
    )
    return tuple(str(pem) for pem in found or ())


def replace_ca_certificates(session: VSphereSession, host: EsxiHost, certificates: Sequence[str], crls: Sequence[str]) -> None:
    """Replace both lists of a host as wholes (ReplaceCACertificatesAndCRLs: "all CAs that should be trusted"). There is no call that adds one.

    What an unset caCrl does to revocation lists that are there is not documented: so those just read are sent.
    """
    manager = _certificate_manager(session, host)
    session.change(
        f"Completing the CAs that {host.name} trusts",
        lambda: session.of_now(manager).ReplaceCACertificatesAndCRLs(list(certificates), list(crls)),
    )


def _certificate_manager(session: VSphereSession, host: EsxiHost) -> Any:
    path = "configManager.certificateManager"
    found = read_object(session, [reference(session, host)], (path,), f"Reading the certificate manager of {host.name}")
    manager = found[0].get(path) if found else None
    if manager is None:
        raise messages.CERTIFICATE_MANAGER_HIDDEN(esxi_host=host.name)
    return manager


def notifiable(session: VSphereSession, host: EsxiHost) -> Optional[Any]:
    """The host's certificate manager, where its services take up another certificate without a restart (since 8.0.3).

    None where the host does not say that it can (capability.ndcmSupported), or where this account may not see it.
    """
    found = read_object(session, [reference(session, host)], NOTIFY_PROPERTIES, f"Reading what {host.name} can do")
    item = found[0] if found else ObjectProperties(None)
    return item.get("configManager.certificateManager") if item.get("capability.ndcmSupported") else None


def notify_services(session: VSphereSession, name: str, certificate_manager: Any) -> None:
    """Tell all services of a host that its certificate changed (HostCertificateManager.NotifyAffectedServices)."""
    session.change(
        f"Telling the services of {name} that their certificate changed",
        lambda: session.of_now(certificate_manager).NotifyAffectedServices(),
    )


@dataclass(frozen=True)
class KnownCertificate:
    """What a host is known by when it is reconnected: the whole certificate, or its SHA-1 thumbprint, never both."""

    pem: Optional[str] = None
    thumbprint: Optional[str] = None


def known_certificate(
    session: VSphereSession, certificate: Optional[Certificate], thumbprint: Optional[str]
) -> Optional[KnownCertificate]:
    """A certificate or its thumbprint as a reconnect can send it in the version that is spoken; None where there is neither."""
    if certificate is not None and _takes_pem(session):
        return KnownCertificate(pem=to_pem(certificate))
    return KnownCertificate(thumbprint=thumbprint) if thumbprint else None


def _takes_pem(session: VSphereSession) -> bool:
    """Whether a reconnect can send HostConnectSpec.sslCertificate.

    pyVmomi leaves out without a word what is newer than the version that it speaks to the server in. That can be older than both.
    """
    return speaks_of(session, vim.host.ConnectSpec, "sslCertificate")


def speaks_of(session: VSphereSession, kind: Any, name: str) -> bool:
    """Whether a type has a property in the version that pyVmomi speaks to this server in."""
    since = next((info.version for info in kind._GetPropertyList() if info.name == name), None)
    return since is not None and bool(IsChildVersion(session.vim_version, since))


def host_seen(item: ObjectProperties, tree: dict[str, ObjectProperties]) -> tuple[EsxiHost, list[Unavailable]]:
    """A host by its properties, as far as they were read, and what of them could not be. tree: what it stands in, by ids."""
    exact = str(item.get("name") or item.moid)
    name = printable(exact)
    unreadable = {path: _NOT_SHOWN for path in ("name", "parent") if not item.get(path)} | item.unreadable
    # Nothing is decided by them.
    unreadable.pop(alarms.PATH, None)
    unavailable = [Unavailable(path, name, reason) for path, reason in sorted(unreadable.items())]
    certificate, problem = _certificate(item)
    if problem:
        unavailable.append(Unavailable("config.certificate", name, problem))
    cluster, cluster_moid, datacenter = _place(item, tree)
    return (
        EsxiHost(
            name=name,
            moid=item.moid,
            cluster=cluster,
            cluster_moid=cluster_moid,
            datacenter=datacenter,
            version=item.text("summary.config.product.version"),
            connection_state=item.text("runtime.connectionState"),
            in_maintenance_mode=item.get("runtime.inMaintenanceMode"),
            partial_maintenance=tuple(
                printable(str(mode.key))
                for mode in item.get(PARTIAL_MAINTENANCE) or ()
                if mode.hostStatus != _NOT_IN_PARTIAL_MAINTENANCE
            ),
            in_quarantine_mode=item.get("runtime.inQuarantineMode"),
            power_state=item.text("runtime.powerState"),
            standby_mode=item.text("runtime.standbyMode"),
            ha_state=item.text("runtime.dasHostState.state"),
            lockdown_mode=item.text("config.lockdownMode"),
            addresses=_addresses(item.get("config.network.vnic") or ()),
            certificate=certificate,
            record_thumbprint=_thumbprint(item),
            exact_name=None if is_printable(exact) else json.dumps(exact),
            ssh=ssh_among(getattr(item.get(SERVICES), "service", None)),
        ),
        unavailable,
    )


def _certificate(item: ObjectProperties) -> tuple[Optional[Certificate], Optional[str]]:
    """config.certificate is the PEM as bytes; pyVmomi hands it on as a list of small numbers or as bytes.

    There is none without a connection to the host; then the one that vCenter verifies the host by, where it shows that.
    """
    raw = item.get(CERTIFICATE) or item.get(RECORD_PEM)
    if not raw:
        return None, None
    try:
        if isinstance(raw, str):
            return parse(raw), None
        return parse(raw if isinstance(raw, bytes) else bytes(byte & 0xFF for byte in raw)), None
    except (CertificateError, TypeError) as error:
        return None, f"vCenter's record of the certificate cannot be used: {error}"


def _thumbprint(item: ObjectProperties) -> Optional[str]:
    """The SHA-1 thumbprint on record, or that of the certificate on record, since 9.0."""
    shown = item.text("summary.config.sslThumbprint")
    if shown:
        return shown
    try:
        pem = item.get(RECORD_PEM)
        return parse(pem).sha1_thumbprint if pem else None
    except CertificateError:
        return None


def _addresses(vnics: Sequence[Any]) -> tuple[str, ...]:
    """The addresses of the VMkernel adapters, vmk0 first: that is the management network unless somebody moved it."""
    found = []
    for vnic in sorted(vnics, key=lambda one: str(getattr(one, "device", ""))):
        address = getattr(getattr(getattr(vnic, "spec", None), "ip", None), "ipAddress", None)
        if address:
            found.append(printable(str(address)))
    return tuple(found)


def _place(item: ObjectProperties, tree: dict[str, ObjectProperties]) -> tuple[Optional[str], Optional[str], Optional[str]]:
    """The name and the id of the cluster, and the name of the datacenter, that a host stands in.

    The cluster is None only where the host is seen to stand in none: one that this account may not see is known by its id, and where
    the host's place cannot be read at all it is empty.
    """
    cluster_moid = datacenter = None
    parent = item.get("parent")
    cluster = "" if parent is None else None
    for _depth in range(64):
        if parent is None:
            break
        node = tree.get(str(parent._GetMoId()))
        if isinstance(parent, vim.ClusterComputeResource):
            # One whose name this account may not see is a cluster all the same: its hosts need providers, and share their room.
            cluster_moid = cluster_moid or str(parent._GetMoId())
            cluster = cluster or (node.text("name") if node is not None else None) or str(parent._GetMoId())
        if isinstance(parent, vim.Datacenter) and node is not None:
            datacenter = datacenter or node.text("name")
        parent = node.get("parent") if node is not None else None
    return cluster, cluster_moid, datacenter
