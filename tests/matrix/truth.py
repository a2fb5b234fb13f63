# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must be true of an estate, whatever happened on the way: read from the simulator's truth and its journal."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

from crash_points import RENEW
from small_estates import executed, label_of
from vsphere_sim.testing import RunningEstate

NEVER = ("CertMgrRefreshCACertificatesAndCRLs_Task",)


def outcome(estate: RunningEstate, known: dict[str, str]) -> dict[str, dict[str, Any]]:
    """By label what an undisturbed run and one that was disturbed must have in common."""
    truth = {host["name"]: host for vcenter in estate.state()["vcenters"] for host in vcenter["hosts"]}
    providers = [provider for vcenter in estate.state()["vcenters"] for provider in vcenter["providers"]]
    shown = {}
    for label, name in known.items():
        host = truth[name]
        own = [provider for provider in providers if provider["url"] == f"https://{name}:9080/version.xml"]
        fingerprint = host["certificate"]["sha256_fingerprint"]
        shown[label] = {
            "connection_state": host["connection_state"],
            "in_maintenance": host["in_maintenance"],
            "providers": [provider["status"] for provider in own],
            "serves_its_certificate": host["served"]["sha256_fingerprint"] == fingerprint,
            "sms_remembers_its_certificate": [
                (provider["certificate"] or {}).get("sha256_fingerprint") == fingerprint for provider in own
            ],
            "lasts": datetime.fromisoformat(host["certificate"]["not_after"]) > datetime.now(timezone.utc) + timedelta(days=60),
            "damage": host["damage"],
            "trust_of_sms": not host["sms_trust_lost"],
        }
    return shown


def sound_outcome() -> dict[str, Any]:
    """What `outcome` shows of a host with which all is well."""
    return {
        "connection_state": "connected",
        "in_maintenance": False,
        "providers": ["online"],
        "serves_its_certificate": True,
        "sms_remembers_its_certificate": [True],
        "lasts": True,
        "damage": [],
        "trust_of_sms": True,
    }


def assert_all_sound(estate: RunningEstate, known: dict[str, str]) -> None:
    """With every host of these all is well."""
    assert outcome(estate, known) == {label: sound_outcome() for label in known}


def renewals(estate: RunningEstate) -> Counter[str]:
    """How often each host was renewed, by the calls that were executed."""
    return Counter(str(call["target"]) for call in estate.journal() if call["method"] == RENEW and executed(call))


def calls_made(estate: RunningEstate, known: dict[str, str], since: int = 0) -> list[tuple[str, str]]:
    """The calls that changed something, by method and label."""
    return [(call["method"], label_of(call["target"], known)) for call in estate.journal(since) if executed(call)]


def foreign_providers(estate: RunningEstate, known: dict[str, str]) -> list[tuple[str, str, Any]]:
    """The providers that belong to none of these hosts: nobody may touch them."""
    own = {f"https://{name}:9080/version.xml" for name in known.values()}
    return sorted(
        (provider["uid"], provider["url"], (provider["certificate"] or {}).get("sha256_fingerprint"))
        for vcenter in estate.state()["vcenters"]
        for provider in vcenter["providers"]
        if provider["url"] not in own
    )
