#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vasa_provider_orphans
short_description: Unregister the IOFilter storage providers of ESXi hosts that a vCenter no longer has
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - An orphan is an IOFilter provider whose url leads to no host of the vCenter. None is taken for one while the name of a host cannot be read, nor
    one whose url has an address while the addresses of a host cannot be read.
  - One that is online, or that answers on its port, is refused, since it may belong to a host that the account does not see. So it has the status
    V(failed), and a warning; the others are removed.
  - Providers other than IOFilter providers are never touched, nor is any entry of the SMS store.
extends_documentation_fragment:
  - certops.vsphere.connection
  - certops.vsphere.attributes
  - certops.vsphere.attributes.action_group
options:
  planned_orphans:
    description:
      - The uids of the orphans that may be removed, as a plan showed them. Another one that is there by now is named in a warning and left.
      - Without it all that are there are removed.
    type: list
    elements: str
  timeout_seconds:
    description:
      - How long it may take in all, in seconds, including a restart of SPS that somebody else started. A single request never takes longer than
        O(request_timeout_seconds).
    type: float
    default: 300
seealso:
  - module: certops.vsphere.cert_expiry_facts
  - module: certops.vsphere.vasa_provider_reregister
"""

EXAMPLES = r"""
- name: Show what would be removed
  certops.vsphere.vasa_provider_orphans:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
  delegate_to: localhost
  check_mode: true

- name: Remove the provider of one host that was scrapped
  certops.vsphere.vasa_provider_orphans:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
    planned_orphans: [31f1b3c2-5d5c-4a6e-8f0c-3f6a2f0c9a11]
  delegate_to: localhost
"""

RETURN = r"""
orphans:
  description: One result for each orphan.
  returned: once the providers are known
  type: list
  elements: dict
  contains:
    provider_uid:
      description: The provider's uid.
      type: str
    name:
      description: The provider's name.
      type: str
    status:
      description: V(changed) or V(failed).
      type: str
    changed:
      description: Whether it was removed, or would be in check mode.
      type: bool
    failed:
      description: Whether it failed, or was refused.
      type: bool
    error:
      description: What happened and what to do; null where nothing failed.
      type: str
    error_code:
      description: The error code, which stays the same when the words of the message change; null where nothing failed.
      type: str
error_code:
  description: The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
  type: str
  returned: failure
"""

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.orphans import remove_orphans, sort_by_plan
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell
from ansible_collections.certops.vsphere.plugins.module_utils._storage import sps
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline

SPEC: dict[str, dict[str, Any]] = {
    "planned_orphans": {"type": "list", "elements": "str"},
    "timeout_seconds": {"type": "float", "default": 300.0},
}


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """Look, and remove those that may be removed."""
    deadline = Deadline(options["timeout_seconds"], vsphere.clock)
    patience = min(sps.PATIENCE_SECONDS, options["timeout_seconds"])
    findings = observe(vsphere, esxi_hosts=[], probe=False, whole=False, sps_patience_seconds=patience, tell=tell_progress)
    findings.require_providers()
    shown, others = sort_by_plan(findings.estate.orphans, options["planned_orphans"])
    removed = remove_orphans(vsphere, shown, deadline, check_mode=check_mode)
    facts = [one.to_facts() for one in removed]
    return Result(
        changed=any(one["changed"] for one in facts),
        values={"orphans": facts},
        diff=[_diff(one["name"]) for one in facts if one["changed"]],
        warnings=[
            *(one.error for one in removed if one.error),
            *(notice.NEW_ORPHAN.of(provider=one.name, url=one.url) for one in others),
        ],
    )


def _diff(name: str) -> dict[str, Any]:
    header = f"{name} (remove_orphan)"
    return {"before_header": header, "after_header": header, "before": {"registered": True}, "after": {"registered": False}}


DEFINITION = Definition(SPEC, work)


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
