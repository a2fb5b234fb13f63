# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts vCenter refused for a reason that the host's own CLI cures: those it may renew instead."""

from __future__ import annotations

from typing import Any, Collection, Mapping, Sequence

from .rules import RENEW

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
