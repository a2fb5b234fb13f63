# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts vCenter refused for a reason that the host's own CLI cures: those it may renew instead."""

from __future__ import annotations

from typing import Any, Collection, Mapping, Optional, Sequence

from .._estate.step_result import CHANGED, FAILED, NOT_STARTED, UNCHANGED, StepResult
from .availability import held_back
from .rules import RECONNECT_PINNED, RENEW, RENEW_CLI

# What the account is the reason for is no other way by way of the host.
_ACCOUNT = ("NoPermission", "NotAuthenticated", "InvalidLogin")
# VMCA's own: it issues nothing whose validity begins before that of its root. The host would come back to VMCA for the next step.
_VMCA_CODE = "70034"


def refused(results: Sequence[Mapping[str, Any]], esxi_hosts: Collection[str]) -> list[dict[str, Any]]:
    """Those of the results that do not count, because the host's own CLI is used next. esxi_hosts: those that it may be used for.

    results: of the step renew or reconnect, as its module returned them. vCenter refused a host where it said so; and where a renewal left
    the host as it was, since one that did something is looked at first.
    """
    return [
        dict(one)
        for one in results
        if one["esxi_host"] in esxi_hosts and one["failed"] and one.get("vsphere_fault") and _cured(one)
    ]


def _cured(result: Mapping[str, Any]) -> bool:
    vsphere_fault = str(result["vsphere_fault"])
    if any(fault in vsphere_fault for fault in _ACCOUNT):
        return False
    return result["step"] != RENEW or (not result["changed"] and _VMCA_CODE not in vsphere_fault)


def not_begun(plan: Mapping[str, Any], results: Sequence[Mapping[str, Any]], esxi_host: str) -> Optional[dict[str, Any]]:
    """The result of a host that may not begin, because others of its cluster are away; None where it may.

    It is away from vCenter as soon as it has another certificate. Without a plan it is not known who else is.
    """
    held = held_back(plan, results, [esxi_host], at_once=True) if plan else []
    return held[0] if held else None


def errors_among(results: Sequence[Mapping[str, Any]], esxi_hosts: Collection[str]) -> list[str]:
    """Why hosts failed while their own CLI renewed them, and vCenter took them back."""
    return [
        str(one.get("error") or f"{one['esxi_host']} failed.")
        for one in results
        if one["status"] == FAILED and one["step"] in (RENEW_CLI, RECONNECT_PINNED) and one["esxi_host"] in esxi_hosts
    ]


def not_begun_after(failures: int, esxi_hosts: Sequence[str]) -> list[dict[str, Any]]:
    """Results of the hosts that do not begin, because so many before them failed."""
    why = f"not started, because {failures} host(s) before it failed"
    return [StepResult(name, RENEW_CLI, NOT_STARTED, why).to_facts() for name in esxi_hosts]


def taken_back(results: Sequence[Mapping[str, Any]], esxi_hosts: Collection[str]) -> list[str]:
    """Those of these hosts that made their own certificate, and that vCenter has taken back with it."""
    names = (str(one["esxi_host"]) for one in results if one["step"] == RECONNECT_PINNED and one["status"] in (CHANGED, UNCHANGED))
    return [name for name in dict.fromkeys(names) if name in esxi_hosts]
