#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: esxi_cert_request
short_description: Ask ESXi hosts for certificate requests that your own CA signs
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Has each ESXi host whose certificate has expired or ends soon make a key pair and a certificate-signing request (CSR), through vCenter
    (C(HostCertificateManager.GenerateCertificateSigningRequest)). The key stays on the host.
  - For vCenters in certificate mode C(custom) only. Every other mode is refused.
  - The request is for the host's own name, or for its management address where vCenter knows the host by an address. One that does not name
    the host as vCenter knows it is refused, since neither vCenter nor its storage service would trust a certificate for it.
  - A host that already has a new certificate on record, and whose services still serve the one before it, is asked for no request. Its
    services are told of the new one (C(NotifyAffectedServices)).
  - Each request replaces the one before it on the host, with its key. So it changes something, and is not made in check mode.
  - Hand what your CA makes of RV(hosts[].csr_pem) to M(certops.vsphere.esxi_cert_install). The role C(certops.vsphere.renew_custom_ca) does all
    of it.
extends_documentation_fragment:
  - certops.vsphere.connection
  - certops.vsphere.attributes
  - certops.vsphere.attributes.action_group
  - certops.vsphere.attributes.rolling
  - certops.vsphere.attributes.planned
options:
  renew_before_days:
    description: A host is asked whose certificate ends within so many days.
    type: float
    default: 45
  force:
    description: Ask whatever the certificate's age is. What is refused is refused all the same.
    type: bool
    default: false
  planned_expires_at:
    description:
      - When the certificates ended that a plan was made for, by the hosts' names, as the filter P(certops.vsphere.plan#filter) has it. A
        host that has another certificate by now is left alone, also with O(force), since somebody else renewed it after the plan was made.
    type: dict
    default: {}
  host_timeout_seconds:
    description: How long the request of one host may take, in seconds. A single request never takes longer than O(request_timeout_seconds).
    type: float
    default: 300
seealso:
  - module: certops.vsphere.esxi_cert_install
  - module: certops.vsphere.esxi_cert_regenerate
"""

EXAMPLES = r"""
- name: Ask one host for a request
  certops.vsphere.esxi_cert_request:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
    esxi_hosts: [esx-c01.example.com]
  delegate_to: localhost
  register: asked

- name: See who would be asked
  certops.vsphere.esxi_cert_request:
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
      description: V(request).
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
      description: What was asked for, with the subject, the names and the kind of key that are in the request; or the certificate, where none was asked for.
      type: dict
    trusted_by:
      description: Null.
      type: str
    notes:
      description: Further remarks.
      type: list
      elements: str
    vsphere_fault:
      description: What vSphere answered where it refused; empty otherwise.
      type: str
    csr_pem:
      description: The request, in PEM.
      type: str
      returned: for a host that was asked
error_code:
  description:
    - The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
    - Where hosts failed, it is that of the first.
  returned: failure
  type: str
"""

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RENEW_CUSTOM_CA
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import (
    ROLLING_SPEC,
    check_days,
    check_rolling,
    planned_hosts,
    to_module_result,
)
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._operations.request_certificate import request_certificates
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell

SPEC: dict[str, dict[str, Any]] = {
    **ROLLING_SPEC,
    "renew_before_days": {"type": "float", "default": 45.0},
    "force": {"type": "bool", "default": False},
    "planned_expires_at": {"type": "dict", "default": {}},
    "host_timeout_seconds": {"type": "float", "default": 300.0},
}


def check(options: Mapping[str, Any]) -> None:
    """Raise InputError for numbers that cannot be meant."""
    check_rolling(options)
    check_days(options)


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """Look, and ask those that are due."""
    planned = planned_hosts(options)
    estate = observe_for_renewal(
        vsphere,
        options["esxi_hosts"],
        renew_before_days=options["renew_before_days"],
        force=options["force"],
        probe=True,
        planned=planned,
        planned_vmca_root=options["planned_vmca_root"],
    )
    results = request_certificates(
        vsphere,
        estate,
        renew_before_days=options["renew_before_days"],
        force=options["force"],
        concurrency=options["concurrency"],
        max_failures=planned.left(options["max_failures"], options["in_flight"]),
        timeout_seconds=options["host_timeout_seconds"],
        check_mode=check_mode,
        planned_expires_at=options["planned_expires_at"],
        tell=tell_progress,
    )
    return to_module_result([*planned.results(RENEW_CUSTOM_CA), *results], options["max_failures"])


DEFINITION = Definition(SPEC, work, check)


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
