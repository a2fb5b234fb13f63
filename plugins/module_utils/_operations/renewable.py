# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at hosts that may be renewed, and at what bears on issuing only where one of them may be due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Optional, Sequence

from .._deciding.rules import RENEW, why_due
from .._estate.estate import Estate, EsxiHost, VCenter
from .._stepping.endpoints import with_served
from .._stepping.notes import Notes
from .._stepping.others import wait_for_returning
from .._stepping.port import VSphere
from .._stepping.selection import Planned, select
from .._stepping.shown_certificates import with_certificates
from .issuing import read_clock_offset, read_issuing, read_rights, vcenter_seen


def observe_for_renewal(
    vsphere: VSphere,
    esxi_hosts: Sequence[str],
    *,
    renew_before_days: float,
    force: bool,
    vmca_root_fingerprint: Optional[str] = None,
    probe: bool = False,
    planned: Optional[Planned] = None,
    planned_vmca_root: Optional[str] = None,
) -> Estate:
    """The estate as far as a renewal has to know it: no providers, and nothing but the hosts where none may be due.

    probe: ask port 9080 of each, due or not, since a host may have a new certificate that it does not serve yet.
    Raises CertopsError where the inventory cannot be read, InputError for a host or a root that the vCenter does not know.
    """
    notes = Notes(vsphere.name)
    selected = select(vsphere, esxi_hosts, planned, sparing=True)
    # Another run may have one disconnected for the moment.
    if wait_for_returning(vsphere, selected.hosts, RENEW):
        selected = select(vsphere, esxi_hosts, planned, sparing=True)
    hosts = with_certificates(vsphere, selected.hosts) if selected.sparing else selected.hosts
    now = vsphere.clock.now()
    vcenter = VCenter(hostname=vsphere.name)
    if probe or vmca_root_fingerprint is not None or any(_may_be_due(host, renew_before_days, force, now) for host in hosts):
        offset = notes.attempt("clock", lambda: read_clock_offset(vsphere))
        issuing = read_issuing(vsphere, notes, selected.everyone, vmca_root_fingerprint, planned_vmca_root)
        vcenter = replace(vcenter_seen(vsphere, issuing, offset), machine_ssl=notes.attempt("machine_ssl", vsphere.machine_ssl))
        if probe:
            hosts = with_served(vsphere.endpoints, hosts, issuing.roots, now)
        vcenter, hosts = read_rights(vsphere, notes, vcenter, [issuing.with_issuer(host) for host in hosts])
    names = {host.name for host in hosts}
    return Estate(
        observed_at=now,
        vcenter=vcenter,
        hosts=tuple(hosts),
        unavailable=(*notes.unavailable, *(one for one in selected.unavailable if one.subject in names)),
        retries=vsphere.retries,
    )


def _may_be_due(host: EsxiHost, renew_before_days: float, force: bool, now: datetime) -> bool:
    """Whether a host may need another certificate, whoever issued the one that it has and whatever the mode is."""
    certificate = host.certificate
    if certificate is None or certificate.self_signed or certificate.from_installer or not certificate.sound_at(now):
        return True
    return why_due(certificate, renew_before_days=renew_before_days, force=force, now=now) is not None
