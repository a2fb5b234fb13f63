# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates of hosts as the hosts show them, where these are what vCenter has on record.

vCenter sends a certificate as 22 KB of XML. A host shows it in a handshake, and the SHA-1 thumbprint that vCenter has on record tells that it is the
one. Where it is not, or the host cannot be reached, vCenter is asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from .._estate.estate import EsxiHost
from .._estate.provider import IOFILTER_PORT
from .endpoints import shown_by_all
from .port import VSphere


def with_certificates(vsphere: VSphere, hosts: Sequence[EsxiHost]) -> list[EsxiHost]:
    """Hosts that were read without certificates, each with its own. Those of whom port 9080 does not show it are read anew. Raises CertopsError."""
    asked = [host for host in hosts if host.record_thumbprint]
    found = {}
    for host, shown in zip(asked, shown_by_all(vsphere.endpoints, asked, IOFILTER_PORT), strict=True):
        if shown is not None and shown.has_thumbprint(host.record_thumbprint):
            vsphere.note_certificate(host, shown)
            found[host.moid] = shown
    left = [host.moid for host in hosts if host.moid not in found]
    read = {host.moid: host for host in vsphere.hosts_by_id(left)[0]} if left else {}
    return [replace(host, certificate=found[host.moid]) if host.moid in found else read.get(host.moid, host) for host in hosts]
