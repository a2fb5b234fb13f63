#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: esxi_cert_regenerate
short_description: Renew the certificates of ESXi hosts
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Has VMCA issue a new certificate for each ESXi host whose certificate has expired or ends soon, as Renew does in the vSphere
    Client (step 1 of Broadcom's KB 320568), and reads back that it is new and sound.
  - Refuses what would do harm - a vCenter in certificate mode C(custom) or C(thumbprint), a host whose certificate another CA
    issued, a host in maintenance mode or not connected, a VMCA root that is too young or ends too soon, empty
    C(vpxd.certmgmt.certs.cn.*) settings, an expired trusted root or machine SSL certificate.
  - Right before a host is renewed it is looked at again. A task that is in progress on it is waited for, and a
    certificate that somebody else replaced meanwhile is not replaced again.
  - Afterwards reconnect the host with M(certops.vsphere.esxi_reconnect) and register its provider anew with
    M(certops.vsphere.vasa_provider_reregister). The playbook C(certops.vsphere.renew_iofilter) does all of it in a safe order.
extends_documentation_fragment:
  - certops.vsphere.connection
  - certops.vsphere.attributes
  - certops.vsphere.attributes.action_group
  - certops.vsphere.attributes.rolling
  - certops.vsphere.attributes.planned
  - certops.vsphere.ha
  - certops.vsphere.vsan
options:
  per_cluster:
    description:
      - How many hosts of one cluster with vSphere HA may be renewed at the same time, since services of each restart. Others are renewed
        up to O(concurrency) at a time.
    type: int
    default: 1
  renew_before_days:
    description: A certificate that ends within so many days is renewed.
    type: float
    default: 45
  force:
    description: Renew whatever the certificate's age is. What is refused is refused all the same.
    type: bool
    default: false
  planned_expires_at:
    description:
      - When the certificates ended that a plan was made for, by the hosts' names, as the filter P(certops.vsphere.plan#filter) has it. A
        host that has another certificate by now is left alone, also with O(force), since somebody else renewed it after the plan was made.
    type: dict
    default: {}
  vmca_root_fingerprint:
    description:
      - SHA-256 fingerprint of VMCA's root among the vCenter's trusted roots.
      - Give it where it cannot be determined automatically which of several roots is VMCA's.
    type: str
  reconnect_follows:
    description:
      - Hosts that a later step of the same run reconnects, which has vCenter configure vSphere HA on them as well.
      - Where the agent of one is not well after this step, though HA was configured anew on it, it has not failed. The reconnect waits for it once more
        (O(certops.vsphere.esxi_reconnect#module:pending_ha)), and no other host of the cluster is started before that.
    type: list
    elements: str
    default: []
  host_timeout_seconds:
    description:
      - How long the renewal of one host may take, in seconds. A single request never takes longer than O(request_timeout_seconds).
    type: float
    default: 300
seealso:
  - module: certops.vsphere.esxi_cert_regenerate_cli
    description: Has a host make its own certificate, where vCenter cannot renew it.
  - module: certops.vsphere.esxi_reconnect
  - module: certops.vsphere.vasa_provider_reregister
  - name: How to renew an IOFilter certificate
    description: Broadcom's knowledge base, article 320568.
    link: https://knowledge.broadcom.com/external/article/320568
"""

EXAMPLES = r"""
- name: Renew what expires within 60 days in one cluster
  certops.vsphere.esxi_cert_regenerate:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
    esxi_hosts: ["esx-a*.example.com"]
  delegate_to: localhost

- name: See what would be renewed
  certops.vsphere.esxi_cert_regenerate:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    esxi_hosts: ["*"]
    renew_before_days: 90
  delegate_to: localhost
  check_mode: true
"""

RETURN = r"""
hosts:
  description: One result for each host, whether the module failed or not.
  returned: once the hosts are known
  type: list
  elements: dict
  contains:
    esxi_host:
      description: The host.
      type: str
    step:
      description: V(renew).
      type: str
    status:
      description: One of V(changed), V(unchanged), V(failed), V(not_started), V(asleep).
      type: str
    changed:
      description: Whether something changed, or would in check mode. True of a failed host too, if something changed before it failed.
      type: bool
    failed:
      description: Whether it failed.
      type: bool
    reason:
      description: Why it was, or was not, due.
      type: str
    error:
      description: What happened, what vSphere said and what to do; null where nothing failed.
      type: str
    error_code:
      description: The error code, which stays the same when the words of the message change; null where nothing failed.
      type: str
    before:
      description: The certificate before.
      type: dict
    after:
      description: The certificate as it was read back.
      type: dict
    trusted_by:
      description: Null.
      type: str
    ha_pending:
      description: Whether its agent of vSphere HA is not well, and is judged after the reconnect that follows.
      type: bool
      returned: where that is so
    notes:
      description: Further remarks.
      type: list
      elements: str
    vsphere_fault:
      description: What vSphere answered where it refused; empty otherwise.
      type: str
error_code:
  description:
    - The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
    - Where hosts failed, it is that of the first.
  returned: failure
  type: str
"""

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._clusters.options import HA_SPEC, VSAN_SPEC, guards_of_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RENEW
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import (
    ROLLING_SPEC,
    check_days,
    check_rolling,
    planned_hosts,
    to_module_result,
)
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate import regenerate
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell

SPEC: dict[str, dict[str, Any]] = {
    **ROLLING_SPEC,
    **HA_SPEC,
    **VSAN_SPEC,
    "per_cluster": {"type": "int", "default": 1},
    "renew_before_days": {"type": "float", "default": 45.0},
    "force": {"type": "bool", "default": False},
    "planned_expires_at": {"type": "dict", "default": {}},
    "vmca_root_fingerprint": {"type": "str"},
    "reconnect_follows": {"type": "list", "elements": "str", "default": []},
    "host_timeout_seconds": {"type": "float", "default": 300.0},
}


def check(options: Mapping[str, Any]) -> None:
    """Raise InputError for numbers that cannot be meant."""
    check_rolling(options)
    check_days(options)


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """Look, renew what is due, read back."""
    planned = planned_hosts(options)
    estate = observe_for_renewal(
        vsphere,
        options["esxi_hosts"],
        renew_before_days=options["renew_before_days"],
        force=options["force"],
        vmca_root_fingerprint=options["vmca_root_fingerprint"],
        planned=planned,
        planned_vmca_root=options["planned_vmca_root"],
    )
    ha, vsan = guards_of_renewal(vsphere, estate.hosts, options, tell_progress)
    results = regenerate(
        vsphere,
        estate,
        renew_before_days=options["renew_before_days"],
        force=options["force"],
        concurrency=options["concurrency"],
        max_failures=planned.left(options["max_failures"], options["in_flight"]),
        timeout_seconds=options["host_timeout_seconds"],
        check_mode=check_mode,
        ha=ha,
        vsan=vsan,
        per_cluster=options["per_cluster"],
        planned_expires_at=options["planned_expires_at"],
        tell=tell_progress,
    )
    return to_module_result([*planned.results(RENEW), *results], options["max_failures"], ha.problem)


DEFINITION = Definition(SPEC, work, check)


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
