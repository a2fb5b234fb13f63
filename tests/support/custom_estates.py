# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vCenters in mode custom, whose hosts have their certificates from a CA of the site."""

from __future__ import annotations

from typing import Any

from site_ca import SiteCa
from vsphere_sim.testing import RunningEstate

REQUEST, INSTALL = "GenerateCertificateSigningRequest", "InstallServerCertificate"


def host(days_left: float = 20, version: str = "8.0.3", **changes: Any) -> dict[str, Any]:
    """A host with a certificate of the site."""
    return {"version": version, "certificate": {"days_left": days_left, "issuer": "corporate"}, "provider": {}, **changes}


def scenario(*hosts: dict[str, Any], names: tuple[str, ...] = ("vc01",)) -> dict[str, Any]:
    """vCenters in mode custom with the same hosts, each in a cluster of its own."""
    clusters = [{"name": f"c{number}", "hosts": [one]} for number, one in enumerate(hosts)]
    return {"vcenters": [{"name": name, "settings": {"vpxd.certmgmt.mode": "custom"}, "clusters": clusters} for name in names]}


def site(running: RunningEstate, name: str = "vc01") -> SiteCa:
    """The site's CA."""
    return SiteCa(running.directory / "corporate", name)


def hosts_of(running: RunningEstate) -> list[str]:
    """The names of the hosts, in the order of the scenario."""
    return [one["name"] for vcenter in running.state()["vcenters"] for one in vcenter["hosts"]]
