# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reconnecting a host: whose certificate is believed, and when a new one is issued."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl

from ...estate.esxi_host import CONNECTED, DISCONNECTED, EsxiHost
from ...estate.vcenter import StartTimeError, VCenter
from ...pki.certificate import Certificate
from .host_certificate_manager import not_installed, rating

# What a reconnect in mode vmca does with a host's certificate: the guides of 6.7 and 7.0 renew by the status, that of 8.0 each time the host is
# reconnected. never is for what nobody has said, and a client has to live with.
BY_STATUS, ALWAYS, NEVER = "by_status", "always", "never"
RENEWALS = (BY_STATUS, ALWAYS, NEVER)
RENEWED_BY_STATUS = ("expired", "expirationImminent", "expiringShortly")


def check_specification(vcenter: VCenter, specification: Any) -> None:
    """Refuse what can't be meant, before there is a task. Raises faults."""
    if specification is None:
        return
    pem = getattr(specification, "sslCertificate", None)
    if pem and int(vcenter.identity.version.split(".")[0]) < 9:
        raise vmodl.fault.InvalidRequest(msg="Unable to parse ReconnectHost_Task: unexpected element sslCertificate")
    if pem and specification.sslThumbprint:
        raise vmodl.fault.InvalidArgument(invalidProperty="cnxSpec.sslCertificate")


def reconnect(vcenter: VCenter, host: EsxiHost, specification: Any, sync_state: bool) -> None:
    """Connect to a host again. Raises faults."""
    if host.connection_state != DISCONNECTED:
        raise vim.fault.InvalidState()
    shown = host.shown_on(443)
    if not host.reachable or shown is None:
        raise vim.fault.NoHost(name=host.name, msg=f"Cannot contact the specified host ({host.name}).")
    _authenticate(specification, host)
    _verify(vcenter, host, specification, shown)
    if _is_renewed(vcenter, shown):
        _renew(vcenter, host)
    if sync_state:
        host.damage.append("syncState: virtual machines and autostart rules were overwritten by vCenter's")
    host.reconnected()
    host.record = host.certificate if host.disk is None else host.shown_on(443) or host.certificate
    host.lost_contact = False
    host.connection_state = CONNECTED
    vcenter.vsan_back(host)
    vcenter.notify(host)


def _authenticate(specification: Any, host: EsxiHost) -> None:
    if specification is None or not specification.userName:
        return
    if specification.userName != "root" or specification.password != host.password:
        raise vim.fault.InvalidLogin()


def _verify(vcenter: VCenter, host: EsxiHost, specification: Any, shown: Certificate) -> None:
    """Whatever a trusted root signed for the host is taken (API reference, HostConnectSpec): the thumbprint or the certificate of the
    specification is a help for what no root verifies, and no pin. Without either vCenter goes by its record of the host."""
    pem = getattr(specification, "sslCertificate", None) if specification is not None else None
    thumbprint = specification.sslThumbprint if specification is not None else None
    if pem:
        try:
            known = Certificate.from_pem(pem).same_as(shown)
        except ValueError:
            raise vmodl.fault.InvalidArgument(invalidProperty="cnxSpec.sslCertificate") from None
    elif thumbprint:
        known = thumbprint.strip().upper() == shown.sha1_thumbprint
    else:
        known = shown.same_as(host.record)
    if not known and not vcenter.verifies(host, shown):
        raise _not_verified(vcenter, shown)


def _not_verified(vcenter: VCenter, shown: Certificate) -> Any:
    """The fault with what was offered: the thumbprint, or since 9.0 the certificate."""
    fault = vim.fault.SSLVerifyFault(selfSigned=shown.is_self_signed)
    if hasattr(fault, "certificate") and int(vcenter.identity.version.split(".")[0]) >= 9:
        fault.certificate = shown.pem
    else:
        fault.thumbprint = shown.sha1_thumbprint
    return fault


def _is_renewed(vcenter: VCenter, shown: Certificate) -> bool:
    if vcenter.settings.mode != "vmca" or vcenter.reconnect_renews == NEVER:
        return False
    return vcenter.reconnect_renews == ALWAYS or rating(vcenter, shown, vcenter.now()) in RENEWED_BY_STATUS


def _renew(vcenter: VCenter, host: EsxiHost) -> None:
    try:
        host.install(vcenter.issue_for(host))
    except StartTimeError as error:
        raise vmodl.fault.SystemError(msg=f"A general system error occurred: {error}", reason=str(error)) from error
    except OSError as error:
        raise not_installed(host, error) from error
