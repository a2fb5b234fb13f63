# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The twin of an ESXi host: what a report has of it, as the scenario of a simulated estate says it. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common import times
from ansible_collections.certops.vsphere.plugins.module_utils._estate.certificate_views import HOST, SERVED, SMS
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import (
    CONNECTED,
    DISCONNECTED,
    ISSUER_OTHER,
    ISSUER_SELF,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import DISCONNECTED as LOST
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import OFFLINE, SYNC_ERROR, SYNCHRONISING

_INSTALLER = "vmware installer"
_STATES = (CONNECTED, DISCONNECTED, "notResponding")
_CONDITIONS = (LOST, SYNC_ERROR, SYNCHRONISING)
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?")
_OLDEST, _NEWEST = 6, 9


def twin_of_host(host: Mapping[str, Any], name: str, trusted: frozenset[str], now: datetime) -> dict[str, Any]:
    """The host in a scenario. trusted: the subjects of CAs, VMCA aside, that its vCenter trusts."""
    setup, sides = host["setup"], host["certificates"]
    own, served, remembered = sides[HOST], sides[SERVED], sides[SMS]
    # Where vCenter shows none, what the host serves was gone by; where it serves none, what SMS remembers is the last that is known.
    known = next((one for one in (own, served, remembered) if one["expires_at"] and not one["of_provider"]), None)
    found: dict[str, Any] = {"name": name, "provider": _provider(host, known, now, trusted)}
    version = release(host["version"])
    if version:
        found["version"] = version
    if known is not None:
        found["certificate"] = {**dates(known, now), "issuer": _issuer(known, setup["issuer"], trusted)}
    state = host["connection_state"]
    if state in _STATES:
        found["connection_state"] = state
    if state != CONNECTED and not served["expires_at"]:
        found["reachable"] = False
    if setup["standby_mode"] not in (None, "none"):
        found["standby_mode"] = setup["standby_mode"]
    for key, given in (("in_maintenance", "in_maintenance_mode"), ("quarantined", "in_quarantine_mode")):
        if setup[given]:
            found[key] = True
    if setup["partial_maintenance"]:
        found["partial_maintenance"] = list(setup["partial_maintenance"])
    if setup["lockdown_mode"]:
        found["lockdown_mode"] = setup["lockdown_mode"]
    if setup["trusts_sms"] is False:
        found["sms_trust_lost"] = True
    client = host["client_certificate"]
    if client is not None:
        found["client_certificate"] = {"days_left": days(client["expires_at"], now)}
    if remembered["of_provider"]:
        found["provider"] = {**(found["provider"] or {}), "own": dates(remembered, now)}
    return found


def release(version: Optional[str]) -> Optional[str]:
    """The numbers of a version that can be simulated; None for another one."""
    found = _VERSION.match(version or "")
    if found is None or not _OLDEST <= int(found[1]) <= _NEWEST:
        return None
    return ".".join(str(int(part)) for part in found.groups("0"))


def dates(certificate: Mapping[str, Any], now: datetime) -> dict[str, float]:
    """From when and until when a certificate of a report is valid."""
    begins = certificate["not_before"]
    return {
        "days_left": days(certificate["expires_at"], now),
        **({"begins_in_days": days(begins, now)} if begins else {}),
    }


def days(moment: str, now: datetime) -> float:
    """Days from now until a time of a report."""
    return (times.from_text(moment) - now).total_seconds() / times.SECONDS_A_DAY


def _issuer(certificate: Mapping[str, Any], kind: str, trusted: frozenset[str]) -> str:
    told = str(certificate["issuer"] or "")
    if kind == ISSUER_SELF:
        return "self" if _INSTALLER in told.lower() else "self_signed"
    if kind == ISSUER_OTHER:
        return "corporate" if told in trusted else "unknown"
    return "vmca"


def _provider(
    host: Mapping[str, Any], known: Optional[Mapping[str, Any]], now: datetime, trusted: frozenset[str]
) -> Optional[dict[str, Any]]:
    """Its provider; None where SMS has none. known: the host's certificate, where any of it is known."""
    remembered, status = host["certificates"][SMS], host["provider_status"]
    if host["provider_unavailable"]:
        return {"broken": True}
    if status is None and remembered["expires_at"] is None:
        return None
    found: dict[str, Any] = {}
    if (
        known is not None
        and remembered["expires_at"]
        and not remembered["of_provider"]
        and remembered["sha256_fingerprint"] != known["sha256_fingerprint"]
    ):
        kind = host["setup"]["issuer"] if remembered["issuer"] == known["issuer"] else ISSUER_OTHER
        issuer = _issuer(remembered, kind, trusted)
        # What SMS remembers of a CA that nobody knows any more was VMCA's: it believed it once.
        found["remembered"] = {**dates(remembered, now), "issuer": "vmca" if issuer == "unknown" else issuer}
    if status in _CONDITIONS:
        found["condition"] = status
    if status == OFFLINE and host["connection_state"] == CONNECTED and _lasts(remembered, now):
        # Neither its certificate nor its host explains it.
        found["ailing"] = True
    return found


def _lasts(certificate: Mapping[str, Any], now: datetime) -> bool:
    return certificate["expires_at"] is not None and days(certificate["expires_at"], now) > 0
