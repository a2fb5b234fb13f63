# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an inventory says of the ESXi hosts of one vCenter, and whether it can be trusted where a slice or a limit cut the inventory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input import messages

AUTO, INVENTORY, VCENTER = SCOPES = ("auto", "inventory", "vcenter")
ESXI = "esxi"


@dataclass(frozen=True)
class Share:
    """The inventory's ESXi hosts of a vCenter.

    names: all of them. addresses, methods: of those that have one, by name. skipped: those that are not to be touched, those included whose
    vCenter is none of the inventory's. with_ssh: those that SSH is configured to.
    only: those that the run's limit names, None where it names none of them. left_out: those that it excludes, of all vCenters. narrows:
    whether there is any in the inventory that the limit does not take.
    in_doubt: hosts of the inventory whose vcenter is no text. missing: vCenters that ESXi hosts name and that the inventory does not have.
    """

    names: Sequence[str] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    skipped: Sequence[str] = ()
    with_ssh: Sequence[str] = ()
    only: Optional[Sequence[str]] = None
    left_out: Sequence[str] = ()
    narrows: bool = False
    in_doubt: Sequence[str] = ()
    missing: Sequence[str] = ()

    def inventory_hosts(self, scope: str) -> Optional[list[str]]:
        """The hosts that a run with this scope is about by their inventory names, None for all that the vCenter knows."""
        by_inventory = scope == INVENTORY or (scope == AUTO and bool(self.names))
        return list(self.names) if by_inventory else None

    def to_policy(self, scope: str) -> dict[str, Any]:
        """The options of a policy that come from the inventory."""
        return {
            "inventory_hosts": self.inventory_hosts(scope),
            "inventory_addresses": dict(self.addresses),
            "inventory_skip": list(self.skipped),
            "limited_to": None if self.only is None else list(self.only),
            "left_out": list(self.left_out),
            "host_methods": dict(self.methods),
            "ssh_hosts": list(self.with_ssh),
        }


def share_of(found: Mapping[str, Any], vcenter: str, address: str) -> Share:
    """The share of a vCenter, by the inventory's name of it and by its address. found: what sort_by_vcenter or check_input returned."""
    named = [found["vcenters"][name] for name in dict.fromkeys((vcenter, address)) if name in found["vcenters"]]
    limit = found.get("limit") or {}
    return Share(
        names=[name for hosts in named for name in hosts["names"]],
        addresses={name: value for hosts in (*named, found) for name, value in hosts["addresses"].items()},
        methods={name: value for hosts in named for name, value in hosts["methods"].items()},
        skipped=[name for hosts in (*named, found) for name in hosts["skipped"]],
        with_ssh=[name for hosts in named for name in hosts["with_ssh"]],
        only=limit.get("only", {}).get(vcenter),
        left_out=limit.get("left_out", ()),
        narrows=bool(limit.get("narrows")),
        in_doubt=found["in_doubt"],
        missing=[name for name in found["missing"] if name != address],
    )


def is_sliced(variables: Mapping[str, Any]) -> bool:
    """Whether this is a slice of a job of AWX. It tells a job nothing of that, but makes a workflow of a sliced job, which has the name of the job's
    template."""
    workflow = variables.get("awx_workflow_job_name", variables.get("tower_workflow_job_name"))
    return bool(workflow == variables.get("awx_job_template_name", variables.get("tower_job_template_name", "")))


def refuse_doubtful(share: Share, scope: str, *, address: str, sliced: bool, has_esxi: bool) -> None:
    """Raise InputError where it cannot be determined which ESXi hosts are the vCenter's.

    address: of the vCenter. has_esxi: whether the inventory has the group of ESXi hosts, if only by its name.
    """
    # A host that names two would be nobody's, and a scope of its own would become every host of the vCenter.
    if share.in_doubt and scope != VCENTER:
        raise messages.VCENTER_OF_HOST_INVALID(esxi_hosts=", ".join(share.in_doubt))
    # A slice has one in so many of all hosts, vCenters and ESXi hosts alike, and the names of all groups, also of those that it has no host of.
    # Without a slice: ESXi hosts name vCenters that are nowhere in the inventory, so it was cut up, or a name is misspelt.
    cut_for_auto = scope == AUTO and (bool(share.missing) or (sliced and has_esxi))
    cut_for_inventory = scope == INVENTORY and sliced and bool(share.missing)
    if cut_for_auto or cut_for_inventory:
        why = (
            "because this is a job slice, which gets one in so many of all hosts"
            if sliced
            else f"as in a slice of a larger one: it has ESXi hosts of {share.missing[0]}, and no such vCenter"
        )
        raise messages.INVENTORY_CUT(vcenter=address, reason=why, scope=scope)
