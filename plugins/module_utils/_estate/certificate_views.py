# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three certificates of an ESXi host side by side: vCenter's record of it, what port 9080 serves, and what SMS remembers.

They are one certificate, unless SMS gave the host's provider one of its own: then the last two are that one.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

HOST, SERVED, SMS = SIDES = ("host", "served", "sms")


def side_by_side(host: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The three of a host as facts show it: when each ends, which it is, who issued it, what is wrong with it or missing, and whether it is
    one that SMS gave the provider."""
    served, provider = host["served"], host["provider"]
    missing = "its provider could not be read" if host["provider_unavailable"] else "SMS has no provider for it"
    remembered = _shown(provider["certificate"] if provider else None, None if provider else missing)
    if provider and remembered["expires_at"] is None:
        # SMS may show the date of a certificate that cannot be read.
        remembered["expires_at"] = provider["certificate_expires_at"]
    shown = _shown(served["certificate"] if served else None, _problem(served))
    if served and served.get("of_provider"):
        shown["of_provider"] = True
        remembered["of_provider"] = remembered["sha256_fingerprint"] == shown["sha256_fingerprint"]
    return {
        HOST: _shown(host["certificate"], None if host["certificate"] else "vCenter shows none"),
        SERVED: shown,
        SMS: remembered,
    }


def _shown(certificate: Optional[Mapping[str, Any]], problem: Optional[str]) -> dict[str, Any]:
    known = certificate or {}
    return {
        "expires_at": known.get("expires_at"),
        "sha256_fingerprint": known.get("sha256_fingerprint"),
        "issuer": known.get("issuer"),
        "not_before": known.get("not_before"),
        "key": known.get("key"),
        "names": list(known.get("names") or ()),
        "problem": problem,
        "of_provider": False,
    }


def _problem(served: Optional[Mapping[str, Any]]) -> Optional[str]:
    if served is None:
        return "port 9080 was not asked"
    return served["error"] or "; ".join(served["problems"]) or None
