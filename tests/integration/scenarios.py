# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small estates by what their hosts are in. The keys are those of the simulator's scenarios."""

from __future__ import annotations

from typing import Any

SOUND_DAYS = 900
ENDING_DAYS = 20

Host = dict[str, Any]


def healthy(**more: Any) -> Host:
    """All certificates agree and last."""
    return {"version": "8.0.3", "certificate": {"days_left": SOUND_DAYS}, "provider": {}, **more}


def expiring(days_left: float = ENDING_DAYS, **more: Any) -> Host:
    """The host's certificate ends soon, and SMS remembers it."""
    return healthy(certificate={"days_left": days_left}, **more)


def expired(**more: Any) -> Host:
    """The certificate has ended, and vCenter lost the host over it."""
    return healthy(certificate={"days_left": -12}, connection_state="notResponding", **more)


def remembered_expired(**more: Any) -> Host:
    """SMS remembers an older certificate, which has ended: offline."""
    return healthy(provider={"remembered": {"days_left": -40}}, **more)


def stale_display(**more: Any) -> Host:
    """SMS shows an older certificate, which is still good: online."""
    return healthy(provider={"remembered": {"days_left": 300}}, **more)


def without_provider(**more: Any) -> Host:
    """SMS has no provider for it."""
    return healthy(provider=None, **more)


def ailing(**more: Any) -> Host:
    """Its provider is offline, though every certificate is sound and the same."""
    return healthy(provider={"ailing": True}, **more)


def vcenter(*hosts: Host, name: str = "vc01", **more: Any) -> dict[str, Any]:
    """A vCenter with one cluster."""
    return {"name": name, "version": "8.0.3", "clusters": [{"name": f"cluster-{name}", "hosts": list(hosts)}], **more}


def estate_of(*vcenters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole scenario."""
    return {"vcenters": list(vcenters), **more}
