# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step is told of the plan and of the steps before it: the options of its module that no operator gives."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from .._estate.step_result import CHANGED, UNCHANGED
from .availability import RETURNING
from .rules import RECONNECT, RECONNECT_PINNED, REMOVE_ORPHAN, RENEW, RENEW_CLI, RENEW_CUSTOM_CA, REPAIR_TRUST, REQUEST, REREGISTER

# Whose certificate is another when one of these was taken: in check mode it is not yet.
_ISSUING = frozenset({RENEW, RENEW_CLI, RECONNECT})
_FORCED = "forced"


def from_the_run(
    step: str, esxi_hosts: Sequence[str], plan: Mapping[str, Any], results: Sequence[Mapping[str, Any]], *, check_mode: bool
) -> dict[str, Any]:
    """The options of a step's module on these hosts. plan: what the plan filter returned; empty without one. results: of all steps so far.

    Raises KeyError or TypeError for a plan or results of another version.
    """
    if step == REMOVE_ORPHAN:
        # One that came since is left for the next run, whose plan shows it.
        return {"planned_orphans": [orphan["provider_uid"] for orphan in plan["orphans"]]}
    hosts = [host for host in plan.get("hosts") or () if host["esxi_host"] in set(esxi_hosts)]
    options: dict[str, Any] = {
        "planned_moids": {host["esxi_host"]: host["moid"] for host in hosts},
        "planned_vmca_root": plan.get("vmca_root"),
    }
    if step in (RENEW, REQUEST):
        options["planned_expires_at"] = _ends(hosts, {one["esxi_host"] for one in results})
    if step in (RENEW, RENEW_CUSTOM_CA):
        # Whose agent of vSphere HA is ill then is judged after that.
        options["reconnect_follows"] = [host["esxi_host"] for host in hosts if RECONNECT in host["steps"]]
    if step == RENEW_CLI:
        # What vCenter refused was due, whatever the host's own files say of it.
        options["force"] = any(RENEW in host["steps"] and RENEW_CLI not in host["steps"] for host in hosts)
    if step == RECONNECT:
        # In check mode those are still away that would be back by now.
        options["pending_reconnect"] = _who(results, RETURNING, CHANGED) if check_mode else []
        options["pending_ha"] = [
            str(one["esxi_host"]) for one in results if one.get("ha_pending") and one["esxi_host"] in esxi_hosts
        ]
        # Whoever renewed them reconnects them as well; one that got VMCA's certificate when this run took it back nobody else renewed.
        others = _who(results, {RENEW, RENEW_CUSTOM_CA}, UNCHANGED)
        own = _who(results, {RECONNECT_PINNED}, CHANGED)
        options["renewed_by_others"] = [name for name in others if name in esxi_hosts and name not in own]
    if step == REREGISTER and check_mode and plan:
        options["pending_renewal"] = [host["esxi_host"] for host in plan["hosts"] if _ISSUING & set(host["steps"])]
        options["pending_trust_repair"] = _who(results, {REPAIR_TRUST}, CHANGED)
    return options


def _ends(hosts: Sequence[Mapping[str, Any]], begun: set[str]) -> dict[str, Any]:
    """When the certificates ended that the plan was made for. What is due by its age is judged again; what is forced would be renewed
    twice where another run was faster."""
    return {
        host["esxi_host"]: host["expires_at"]
        for host in hosts
        if host["rule"] == _FORCED and RENEW_CLI not in host["steps"] and host["esxi_host"] not in begun
    }


def _who(results: Sequence[Mapping[str, Any]], steps: Any, status: str) -> list[str]:
    return list(dict.fromkeys(str(one["esxi_host"]) for one in results if one["step"] in steps and one["status"] == status))
