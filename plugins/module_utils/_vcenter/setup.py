# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a vCenter and its hosts are set up, as far as nothing else in a report tells it: what a rehearsal builds a twin of them from. Pure."""

from __future__ import annotations

from typing import Any

from .._estate.estate import EsxiHost, VCenter


def setup_of_vcenter(vcenter: VCenter) -> dict[str, Any]:
    """Of a vCenter; what could not be read is null."""
    settings, linked = vcenter.certificate_settings, vcenter.linked_nodes
    return {
        "version": vcenter.version,
        "certificate_settings": settings.to_facts() if settings else None,
        "sps_state": vcenter.sps_state,
        "sps_startup_type": vcenter.sps_startup_type,
        "linked_nodes": None if linked is None else list(linked),
        "clock_offset_seconds": vcenter.clock_offset_seconds,
    }


def setup_of_host(host: EsxiHost) -> dict[str, Any]:
    """Of an ESXi host; what could not be read is null."""
    return {
        "datacenter": host.datacenter,
        "in_maintenance_mode": host.in_maintenance_mode,
        "partial_maintenance": list(host.partial_maintenance),
        "in_quarantine_mode": host.in_quarantine_mode,
        "standby_mode": host.standby_mode,
        "lockdown_mode": host.lockdown_mode,
        "issuer": host.issuer,
        "own_provider_certificate": host.own_provider_certificate,
        "trusts_sms": host.sms_trust.trusts if host.sms_trust else None,
    }
