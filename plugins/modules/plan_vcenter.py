# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, or has a module of the collection do it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_vcenter
short_description: Read a vCenter and make the plan, for the roles of this collection
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - What the role C(observe) consists of. It runs M(certops.vsphere.cert_expiry_facts) with the variables
    of the role, and decides by them and by the inventory's ESXi hosts what is due. What was observed is not returned, and becomes no fact.
  - Fails where the inventory was cut between vCenters and their ESXi hosts, as by a job slice, or where it cannot be determined whose an ESXi host is.
  - Include the role. Whoever calls a module takes M(certops.vsphere.cert_expiry_facts) and P(certops.vsphere.plan#filter).
extends_documentation_fragment:
  - certops.vsphere.attributes
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: What is due, as the role tells it
  certops.vsphere.plan_vcenter:
  vars:
    ansible_connection: local
    certops_protection: confirmed
    certops_connection:
      hostname: vc-berlin.example.com
      username: "{{ vault_user }}"
      password: "{{ vault_password }}"
  register: planned
"""

RETURN = r"""
plan:
  description: The plan, as P(certops.vsphere.plan#filter) returns it.
  type: dict
  returned: where the vCenter could be read
msg:
  description: What is about to be done, where the callback for standard output prints no lines but a document, as that for JSON does; why it failed.
  type: str
  returned: failure
"""
