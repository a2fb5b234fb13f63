# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan that somebody approves, and the plan that is made when it is applied: host by host what is another by then. Pure.

What is approved is what each host takes, in which order, and what that rests on. Days that pass are no difference.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any, Mapping, Sequence

from .._common.shape import Shape, by_name, listed, maybe, record, text

_TEXT = maybe(text)
_HOST = record(
    {"moid": _TEXT, "steps": listed(text), "method": _TEXT, "certificate": _TEXT, "remembered": _TEXT, "provider": _TEXT},
)
_VCENTER: Mapping[str, Shape] = {
    "vcenter": text,
    "mode": _TEXT,
    "order": listed(text),
    "hosts": by_name(_HOST),
    "orphans": listed(text),
}
# A file has the vCenters by the inventory's names of them.
APPROVED = by_name(record(_VCENTER))
# What is compared of a host, and what it is called.
_RESTS_ON = {
    "moid": "it is another object in vCenter",
    "certificate": "it has another certificate",
    "remembered": "SMS remembers another certificate",
    "provider": "it has another provider",
    "method": "it would be renewed in another way",
}


def approvable(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What of a plan is to be approved. plan: as Plan.to_facts has it."""
    return {
        "vcenter": plan["vcenter"],
        "mode": plan["certificate_mode"],
        "order": [name for batch in plan["batches"] for name in batch],
        "hosts": {host["esxi_host"]: _host(host) for host in plan["hosts"] if host["steps"]},
        "orphans": sorted(one["provider_uid"] for one in plan["orphans"] if one["steps"]),
    }


def differences(approved: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, str]:
    """Which hosts a plan has steps for that are not what was approved, each with what differs. approved: as approvable made it."""
    now = approvable(plan)
    found = {}
    for name, host in now["hosts"].items():
        before = approved["hosts"].get(name)
        why = _why(before, host, approved["mode"], now["mode"]) if before else "it has no step in it"
        if why:
            found[name] = why
    left = [name for name in now["order"] if name not in found]
    wanted = [name for name in approved["order"] if name in left]
    in_place = {
        name for block in SequenceMatcher(None, wanted, left, autojunk=False).get_matching_blocks() for name in _of(block, left)
    }
    found.update({name: "its place in the order is another" for name in left if name not in in_place})
    return found


def no_more_orphans(approved: Mapping[str, Any], plan: Mapping[str, Any]) -> bool:
    """Whether no provider would be removed that was not to be when the plan was approved."""
    return set(approvable(plan)["orphans"]) <= set(approved["orphans"])


def _of(block: Any, names: Sequence[str]) -> Sequence[str]:
    return names[block.b : block.b + block.size]


def _why(before: Mapping[str, Any], host: Mapping[str, Any], mode: Any, mode_now: Any) -> str:
    if mode != mode_now:
        return f"the certificate mode was {mode}, and is {mode_now}"
    if before["steps"] != host["steps"]:
        return f"{' '.join(before['steps'])} was approved, and {' '.join(host['steps'])} is due"
    return next((told for key, told in _RESTS_ON.items() if before[key] != host[key]), "")


def _host(host: Mapping[str, Any]) -> dict[str, Any]:
    sides = host["certificates"]
    return {
        "moid": host["moid"],
        "steps": list(host["steps"]),
        "method": host["method"],
        "certificate": sides["host"]["sha256_fingerprint"] or sides["served"]["sha256_fingerprint"],
        "remembered": sides["sms"]["sha256_fingerprint"],
        "provider": host["provider_uid"],
    }
