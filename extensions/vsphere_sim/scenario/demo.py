# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The estate of the demonstration: every case that a certificate campaign meets, once or a few times."""

from __future__ import annotations

from .schema import ClusterSpec, HostSpec, Scenario, VCenterSpec

SOUND = 900.0
REMEMBERED_OLDER = 300.0


def healthy(version: str = "8.0.3", issuer: str = "vmca") -> HostSpec:
    """All certificates agree and last."""
    return {"version": version, "certificate": {"days_left": SOUND, "issuer": issuer}, "provider": {}}


def expired(version: str = "8.0.3") -> HostSpec:
    """It ended, and vCenter lost the host over it."""
    return {"version": version, "certificate": {"days_left": -12}, "provider": {}, "connection_state": "notResponding"}


def expiring(version: str = "8.0.3", issuer: str = "vmca", days_left: float = 20) -> HostSpec:
    """It ends soon."""
    return {"version": version, "certificate": {"days_left": days_left, "issuer": issuer}, "provider": {}}


def remembered_expired(version: str = "8.0.3", issuer: str = "vmca") -> HostSpec:
    """The host was renewed, but SMS remembers the old one, which has ended since: offline."""
    return {
        "version": version,
        "certificate": {"days_left": SOUND, "issuer": issuer},
        "provider": {"remembered": {"days_left": -40, "issuer": issuer}},
    }


def stale_display(version: str = "8.0.3") -> HostSpec:
    """The host was renewed, and SMS shows the old one, which is still good: online."""
    return {"version": version, "certificate": {"days_left": SOUND}, "provider": {"remembered": {"days_left": REMEMBERED_OLDER}}}


def without_provider(version: str = "8.0.3") -> HostSpec:
    """SMS has no provider for it."""
    return {"version": version, "certificate": {"days_left": SOUND}, "provider": None}


def ailing(version: str = "8.0.3") -> HostSpec:
    """Every certificate is sound and the same, and yet its provider is offline."""
    return {"version": version, "certificate": {"days_left": SOUND}, "provider": {"ailing": True}}


def in_maintenance(version: str = "8.0.3") -> HostSpec:
    """It ends soon, and the host is in maintenance mode."""
    return {**expiring(version), "in_maintenance": True}


def demo() -> Scenario:
    """Two vCenters, one in each mode; three clusters, one of them with vSphere HA; ESXi 7, 8 and 9, whose providers have own certificates."""
    first: list[ClusterSpec] = [
        {
            "name": "cluster-a",
            "hosts": [expired(), expiring("7.0.3"), expiring(), remembered_expired(), stale_display(), healthy()],
        },
        {
            "name": "cluster-b",
            "ha": {},
            "hosts": [without_provider(), ailing(), healthy("7.0.3"), healthy(), in_maintenance(), expiring()],
        },
    ]
    vc01: VCenterSpec = {
        "name": "vc01",
        "version": "8.0.3",
        "clusters": first,
        "orphans": [{"name": "retired", "remembered": {"days_left": -100}}],
        "other_providers": True,
        "backups": [{"days_ago": 9, "status": "FAILED"}, {"days_ago": 2, "status": "SUCCEEDED"}],
    }
    vc02: VCenterSpec = {
        "name": "vc02",
        "version": "9.0.0",
        "settings": {"vpxd.certmgmt.mode": "custom"},
        "provider_certificates": "own",
        "clusters": [
            {
                "name": "cluster-c",
                "hosts": [
                    healthy("9.0.0", "corporate"),
                    expiring("9.0.0", "corporate"),
                    remembered_expired("8.0.3", "corporate"),
                    healthy("8.0.3", "corporate"),
                ],
            }
        ],
    }
    return {"vcenters": [vc01, vc02]}
