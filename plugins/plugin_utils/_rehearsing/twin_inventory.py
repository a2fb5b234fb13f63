# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory of a rehearsal: the vCenters of the simulated estate, each with what whoever rehearses gave it. No address in it leaves this machine."""

from __future__ import annotations

import ipaddress
from typing import Any, Mapping, Optional, Sequence

# What leads somewhere, and is the twin's own.
OWN = (
    *("ansible_host", "certops_vcenter_hostname", "certops_vcenter_port", "certops_vcenter_username", "certops_vcenter_password"),
    *("certops_vcenter_ca_path", "certops_vcenter_validate_certs", "certops_custom_ca", "ansible_connection"),
)
_HTTPS = 443


class Elsewhere(ValueError):
    """An address that is not this machine's; the text says whose it is."""


def inventory_of(
    control: Mapping[str, Any],
    ca_path: str,
    given: Mapping[str, Mapping[str, Any]],
    signers: Optional[Mapping[str, Sequence[str]]] = None,
) -> dict[str, Any]:
    """Make it. control: what the simulated estate says of itself. given: by the vCenter's name its further variables; signers: the command by which the CA
    of its simulated site signs, where that is to renew hosts. Raises Elsewhere."""
    hosts: dict[str, dict[str, Any]] = {}
    for one in control["vcenters"]:
        own = {
            "ansible_host": one["address"],
            "ansible_connection": "local",
            "certops_vcenter_hostname": one["address"],
            "certops_vcenter_port": one.get("port") or _HTTPS,
            "certops_vcenter_username": control["username"],
            "certops_vcenter_password": control["password"],
            "certops_vcenter_ca_path": ca_path,
            "certops_vcenter_validate_certs": True,
        }
        argv = (signers or {}).get(one["name"])
        signed = {"certops_custom_ca": {"method": "command", "argv": list(argv)}} if argv else {}
        hosts[one["name"]] = {**given[one["name"]], **own, **signed}
    made = {"all": {"children": {"vcenters": {"hosts": hosts}}}}
    refuse_elsewhere(made, given)
    return made


def refuse_elsewhere(inventory: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]]) -> None:
    """Look at an inventory as it is about to be used: each address is this machine's, and it has only the twin's own and what was given. Raises Elsewhere."""
    for name, variables in inventory["all"]["children"]["vcenters"]["hosts"].items():
        for key in ("ansible_host", "certops_vcenter_hostname"):
            if not _is_loopback(variables[key]):
                raise Elsewhere(f"{key} of {name} is {variables[key]}, which is not this machine")
        strange = sorted(set(variables) - set(OWN) - set(given[name]))
        if strange:
            raise Elsewhere(f"{', '.join(strange)} of {name} was given by nobody")


def _is_loopback(address: Any) -> bool:
    try:
        return ipaddress.ip_address(str(address)).is_loopback
    except ValueError:
        return False
