# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, or has a module of the collection do it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: take_step
short_description: Take one step on ESXi hosts, for the roles of this collection
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - What the roles C(renew), C(renew_custom_ca), C(reconnect), C(reregister) and C(verify) consist of. It runs the module of a step with the
    variables of its role, so that each option has one place; and with what the plan and the results of earlier steps say, where there are any
    (C(certops_plan), C(certops_results)).
  - Include the roles. Whoever calls a module takes M(certops.vsphere.esxi_cert_regenerate), M(certops.vsphere.esxi_reconnect),
    M(certops.vsphere.vasa_provider_reregister), M(certops.vsphere.vasa_provider_orphans) or M(certops.vsphere.cert_expiry_facts).
  - It does not fail where a host does. RV(stopped) says so, and the results of all hosts are there.
options:
  step:
    description:
      - The step. Its hosts are those of the variable C(certops_step_hosts).
      - V(renew_cli) and V(reconnect_pinned) take one host, the one that the loop of the role C(renew_cli) has come to. The former works over the
        connection of the task.
    type: str
    choices: [renew, reconnect, reregister, repair_trust, remove_orphan, verify, renew_custom_ca, renew_cli, reconnect_pinned]
    required: true
extends_documentation_fragment:
  - certops.vsphere.attributes
"""

EXAMPLES = r"""
- name: Reconnect hosts, as the role does
  certops.vsphere.take_step:
    step: reconnect
  vars:
    ansible_connection: local
    certops_step_hosts: [esx-a01.example.com]
    certops_connection:
      hostname: vc-berlin.example.com
      username: "{{ vault_user }}"
      password: "{{ vault_password }}"
  register: __certops_taken
"""

RETURN = r"""
results:
  description: The results of all steps so far, this one's included, as the modules return them.
  type: list
  elements: dict
  returned: always
refused:
  description: Those of the hosts that vCenter refused, and that their own CLI may renew. They have no result.
  type: list
  elements: str
  returned: but for O(step=renew_cli) and O(step=reconnect_pinned)
made:
  description: What M(certops.vsphere.esxi_cert_regenerate_cli) returns as hosts, or why the host was not begun.
  type: list
  elements: dict
  returned: with O(step=renew_cli), which returns nothing else
taken_back:
  description: Those of the hosts of the loop so far that vCenter has taken back with a certificate of their own making.
  type: list
  elements: str
  returned: with O(step=reconnect_pinned)
stopped:
  description: Why nothing may follow; empty where it may.
  type: str
  returned: always
awaiting:
  description: The hosts that a role of yours has to sign for yet. M(certops.vsphere.take_signed) takes what it signs.
  type: list
  elements: str
  returned: with O(step=renew_custom_ca)
requests:
  description: The certificate requests by host, in PEM.
  type: dict
  returned: with O(step=renew_custom_ca)
certificates:
  description: The certificates that were installed, by host, in PEM.
  type: dict
  returned: with O(step=renew_custom_ca)
signing:
  description: How far the step has come, for M(certops.vsphere.take_signed).
  type: dict
  returned: with O(step=renew_custom_ca)
verified:
  description: What P(certops.vsphere.verify#filter) returns, of all hosts that were looked at so far.
  type: list
  elements: dict
  returned: always
after:
  description: What was read of the vCenter by the last step that did, as one text for P(certops.vsphere.report#filter); empty where none did.
  type: str
  returned: always
"""
