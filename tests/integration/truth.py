# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an estate is in truth, as the simulator tells it: what the product says of itself is not believed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Optional, TypeVar

from vsphere_sim.testing import RunningEstate

T = TypeVar("T")
PATIENCE_SECONDS = 60.0


def vcenter(estate: RunningEstate, name: str = "vc01") -> dict[str, Any]:
    """The state of one vCenter."""
    found: dict[str, Any] = next(one for one in estate.state()["vcenters"] if one["name"] == name)
    return found


def hosts(estate: RunningEstate, name: str = "vc01") -> dict[str, dict[str, Any]]:
    """The hosts of a vCenter by name, in the scenario's order."""
    return {host["name"]: host for host in vcenter(estate, name)["hosts"]}


def fingerprint(holder: Optional[dict[str, Any]], certificate: str = "certificate") -> Optional[str]:
    """The fingerprint of what a host or a provider has."""
    found = (holder or {}).get(certificate) or {}
    return found.get("sha256_fingerprint")


def providers(estate: RunningEstate, name: str = "vc01") -> dict[str, dict[str, Any]]:
    """Every provider of a vCenter, by its uid."""
    return {provider["uid"]: provider for provider in vcenter(estate, name)["providers"]}


def uids_of(estate: RunningEstate, host: str, name: str = "vc01") -> list[str]:
    """The providers that SMS has for a host."""
    return [uid for uid, provider in providers(estate, name).items() if provider["name"] == f"IOFILTER Provider {host}"]


def problems(estate: RunningEstate, host: str, name: str = "vc01") -> list[str]:
    """What is wrong with a host: it has one provider, that is online, and host, port 9080 and SMS have one certificate."""
    state = vcenter(estate, name)
    found = next(one for one in state["hosts"] if one["name"] == host)
    own = [one for one in state["providers"] if one["name"] == f"IOFILTER Provider {host}"]
    wrong = []
    if found["connection_state"] != "connected":
        wrong.append(f"it is {found['connection_state']}")
    if [one["status"] for one in own] != ["online"]:
        wrong.append(f"its providers are {[one['status'] for one in own]}")
    known = {fingerprint(found), fingerprint(found, "served"), *(fingerprint(one) for one in own)}
    if len(known) != 1:
        wrong.append("its certificates differ")
    if found["certificate"]["not_after"] <= state["now"]:
        wrong.append("its certificate has ended")
    return wrong


def wait_for(what: str, look: Callable[[], Optional[T]]) -> T:
    """Look until there is something, and return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come within {PATIENCE_SECONDS:g} seconds")
