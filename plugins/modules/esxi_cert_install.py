#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: esxi_cert_install
short_description: Install certificates of your own CA on ESXi hosts
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Gives each ESXi host the certificate that your CA made of its request (M(certops.vsphere.esxi_cert_request)), through vCenter
    (C(HostCertificateManager.InstallServerCertificate)), tells its services where they can be told (C(NotifyAffectedServices), ESXi 8.0.3
    and later), and reads back from port 443 and from vCenter that the host has it.
  - For vCenters in certificate mode C(custom) only. Every other mode is refused.
  - Each certificate is looked at before the first is installed. Refused is one that has another key than the request, does not name the host as
    vCenter knows it, is not valid now, may not serve TLS, is signed with what ESXi does not take, leads to none of the vCenter's trusted
    roots, ends before the one of the same CA that the host has, or ends within O(renew_before_days).
  - Of what comes with a certificate only the CAs are installed that lead to a trusted root and are not trusted themselves.
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
  certificates:
    description:
      - What your CA returned, by the hosts' names as vCenter shows them. The certificate and those of the CAs above it, in PEM and in any
        order. A private key in it is refused.
    type: dict
    required: true
  requests:
    description: The requests that the certificates were made of, as M(certops.vsphere.esxi_cert_request) returned them, by the hosts' names.
    type: dict
    required: true
  renew_before_days:
    description: A certificate that ends within so many days is refused, because every run would renew it.
    type: float
    default: 45
  reconnect_follows:
    description:
      - Hosts that a later step of the same run reconnects, which has vCenter configure vSphere HA on them as well.
      - Where the agent of one is not well after this step, though HA was configured anew on it, it has not failed. The reconnect waits for it once more
        (O(certops.vsphere.esxi_reconnect#module:pending_ha)), and no other host of the cluster is started before that.
    type: list
    elements: str
    default: []
  host_timeout_seconds:
    description: How long the installing of one certificate may take, in seconds. A single request never takes longer than O(request_timeout_seconds).
    type: float
    default: 300
seealso:
  - module: certops.vsphere.esxi_cert_request
  - module: certops.vsphere.esxi_reconnect
  - module: certops.vsphere.vasa_provider_reregister
"""

EXAMPLES = r"""
- name: Install what the CA made of a request
  certops.vsphere.esxi_cert_install:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
    esxi_hosts: [esx-c01.example.com]
    certificates:
      esx-c01.example.com: "{{ lookup('ansible.builtin.file', 'esx-c01.pem') }}"
    requests:
      esx-c01.example.com: "{{ asked.hosts[0].csr_pem }}"
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
      description: V(renew_custom_ca).
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
      description: The certificate that was installed.
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
    certificate_pem:
      description: The certificate that the host has now, for O(certops.vsphere.esxi_reconnect#module:certificates).
      type: str
      returned: for a host that has it
error_code:
  description:
    - The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
    - Where hosts failed, it is that of the first.
  returned: failure
  type: str
"""

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._clusters.options import HA_SPEC, VSAN_SPEC, guards_of_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RENEW_CUSTOM_CA
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import (
    ROLLING_SPEC,
    check_days,
    check_rolling,
    planned_hosts,
    to_module_result,
)
from ansible_collections.certops.vsphere.plugins.module_utils._operations.install_certificate import (
    given_orders,
    install_certificates,
)
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell

SPEC: dict[str, dict[str, Any]] = {
    **ROLLING_SPEC,
    **HA_SPEC,
    **VSAN_SPEC,
    "per_cluster": {"type": "int", "default": 1},
    "certificates": {"type": "dict", "required": True},
    "requests": {"type": "dict", "required": True},
    "renew_before_days": {"type": "float", "default": 45.0},
    "reconnect_follows": {"type": "list", "elements": "str", "default": []},
    "host_timeout_seconds": {"type": "float", "default": 300.0},
}


def check(options: Mapping[str, Any]) -> None:
    """Raise InputError for what cannot be meant."""
    check_rolling(options)
    check_days(options)
    given_orders(options["certificates"], options["requests"])


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """Look at hosts and certificates, install, read back."""
    # Whoever gives a certificate means to replace the host's, due or not.
    planned = planned_hosts(options)
    estate = observe_for_renewal(
        vsphere,
        options["esxi_hosts"],
        renew_before_days=options["renew_before_days"],
        force=True,
        planned=planned,
        planned_vmca_root=options["planned_vmca_root"],
    )
    ha, vsan = guards_of_renewal(vsphere, estate.hosts, options, tell_progress)
    results = install_certificates(
        vsphere,
        estate,
        given_orders(options["certificates"], options["requests"]),
        renew_before_days=options["renew_before_days"],
        concurrency=options["concurrency"],
        max_failures=planned.left(options["max_failures"], options["in_flight"]),
        timeout_seconds=options["host_timeout_seconds"],
        check_mode=check_mode,
        ha=ha,
        vsan=vsan,
        per_cluster=options["per_cluster"],
        tell=tell_progress,
    )
    return to_module_result([*planned.results(RENEW_CUSTOM_CA), *results], options["max_failures"], ha.problem)


DEFINITION = Definition(SPEC, work, check)


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
