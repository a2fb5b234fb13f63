#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: esxi_trust_repair
short_description: Complete the lists of trusted CAs of ESXi hosts that do not trust the storage monitoring service
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - The IOFilter provider of an ESXi host whose list of trusted CAs (C(castore.pem)) lacks what the storage monitoring service (SMS) shows itself by
    stays offline however often it is registered (C(certificate_unknown(46)) in C(sps.log), Broadcom's KB 402809).
  - Looks at hosts whose provider is not online though their certificates are sound, and compares their lists
    (C(HostCertificateManager.ListCACertificates)) with those of two hosts of the same vCenter whose providers are online. Before ESXi 9.0 what
    counts is self-signed and no trusted root of vCenter's, as C(sms_self_signed) is; from then on it is VMCA's root, which is believed and not known.
  - What is missing is added (C(ReplaceCACertificatesAndCRLs)). Nothing is removed. Every entry must be readable, the revocation lists that the host
    has are sent back to it, and both lists are read again and compared.
  - Nothing is added where no such host can be compared with, or where its list cannot be read. That is told as not known.
  - Never calls C(CertMgrRefreshCACertificatesAndCRLs_Task), which is what takes that certificate from hosts.
  - Register the providers anew afterwards, with M(certops.vsphere.vasa_provider_reregister), if they do not come back by themselves.
extends_documentation_fragment:
  - certops.vsphere.connection
  - certops.vsphere.attributes
  - certops.vsphere.attributes.action_group
  - certops.vsphere.attributes.rolling
  - certops.vsphere.attributes.planned
options:
  vmca_root_fingerprint:
    description:
      - SHA-256 fingerprint of VMCA's root among the vCenter's trusted roots, where it cannot be determined automatically.
    type: str
  host_timeout_seconds:
    description: How long the completing of the list of one host may take, in seconds. A single request never takes longer than O(request_timeout_seconds).
    type: float
    default: 300
seealso:
  - module: certops.vsphere.vasa_provider_reregister
  - module: certops.vsphere.sps_log_info
"""

EXAMPLES = r"""
- name: See which hosts do not trust SMS, and what would be added
  certops.vsphere.esxi_trust_repair:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
    esxi_hosts: ["*"]
  delegate_to: localhost
  check_mode: true
  diff: true

- name: Complete the list of one host
  certops.vsphere.esxi_trust_repair:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    esxi_hosts: [esx-a01.example.com]
  delegate_to: localhost
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
      description: V(repair_trust).
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
      description: What was found.
      type: str
    error:
      description: What happened, what vSphere said and what to do; null where nothing failed.
      type: str
    error_code:
      description: The error code, which stays the same when the words of the message change; null where nothing failed.
      type: str
    before:
      description: The SHA-256 fingerprints of what it trusted (trusted_cas); null where that was not looked at.
      type: dict
    after:
      description: The same afterwards, and what was added.
      type: dict
    trusted_by:
      description: V(healthy_hosts), by which what was added is known; null where nothing was.
      type: str
    notes:
      description: Further remarks.
      type: list
      elements: str
    vsphere_fault:
      description: What vSphere answered where it refused; empty otherwise.
      type: str
    backup:
      description:
        - Both lists as they were before they were sent, in PEM - C(ca_certificates) and C(ca_crls). They are public. Null where nothing was sent.
      returned: for a host that lacked something
      type: dict
error_code:
  description:
    - The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
    - Where hosts failed, it is that of the first.
  returned: failure
  type: str
"""

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import REPAIR_TRUST
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import (
    ROLLING_SPEC,
    check_rolling,
    planned_hosts,
    to_module_result,
)
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.trust_repair import repair_trust
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell

SPEC: dict[str, dict[str, Any]] = {
    **ROLLING_SPEC,
    "vmca_root_fingerprint": {"type": "str"},
    "host_timeout_seconds": {"type": "float", "default": 300.0},
}


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """Look, compare, complete, read back."""
    planned = planned_hosts(options)
    findings = observe(
        vsphere,
        esxi_hosts=options["esxi_hosts"],
        whole=False,
        vmca_root_fingerprint=options["vmca_root_fingerprint"],
        planned=planned,
        planned_vmca_root=options["planned_vmca_root"],
        tell=tell_progress,
    )
    results = repair_trust(
        vsphere,
        findings,
        concurrency=options["concurrency"],
        max_failures=planned.left(options["max_failures"], options["in_flight"]),
        timeout_seconds=options["host_timeout_seconds"],
        check_mode=check_mode,
        tell=tell_progress,
    )
    return to_module_result([*planned.results(REPAIR_TRUST), *results], options["max_failures"])


DEFINITION = Definition(SPEC, work, check_rolling)


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
