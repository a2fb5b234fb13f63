# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, or has a module of the collection do it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: run_vcenter
short_description: Carry out a whole run, or an audit, on a vCenter, for the playbooks and the role renew_iofilter
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Reads the vCenter and makes the plan, refuses to start where the vCenter could be harmed, takes turn after turn, reads back what was worked on, and
    shows and writes the report. It says each turn as it begins.
  - After a failure it only finishes hosts that were started.
  - Where a role has to take a step - over SSH, or by a role of the user's that signs - it returns C(role), and goes on when it is called again
    with O(goes_on).
  - Include the role C(renew_iofilter), or import one of the playbooks.
options:
  audit:
    description: Whether the vCenter is only read and reported of. Nothing is started.
    type: bool
    default: false
  goes_on:
    description: Whether a role has taken its step, and the run that is registered as C(__certops_run) goes on.
    type: bool
    default: false
extends_documentation_fragment:
  - certops.vsphere.attributes
"""

EXAMPLES = r"""
- name: Carry out the run of a vCenter, as the role does
  certops.vsphere.run_vcenter:
  vars:
    ansible_connection: local
    certops_protection: confirmed
  register: __certops_run
"""

RETURN = r"""
report:
  description: The report of the vCenter; empty where it could not be read.
  type: dict
  returned: when the run is through
failure:
  description: Why the run stopped; empty where it did not.
  type: str
  returned: when the run is through
failure_code:
  description: The name of that error.
  type: str
  returned: when the run is through
gate:
  description: What C(certops_fail_on) found on this vCenter, as M(certops.vsphere.write_report) returns it.
  type: str
  returned: when the run is through
unwritten:
  description: Why the report could not be written; empty where it was. In a playbook of this collection the task fails with it.
  type: str
  returned: when the run is through
names:
  description: What the names of hosts in C(certops_hosts) and C(certops_skip) mean on this vCenter.
  type: dict
  returned: in a playbook of this collection
plan:
  description: The plan.
  type: dict
  returned: elsewhere, and where a role takes a step
results:
  description: The results of all steps.
  type: list
  elements: dict
  returned: elsewhere
verified:
  description: What was read back of hosts, as the filter P(certops.vsphere.verify#filter) returns it.
  type: list
  elements: dict
  returned: elsewhere
after:
  description: The facts that were read at the end, as one text.
  type: str
  returned: elsewhere
role:
  description: What is left to a role of this collection - its C(name), C(esxi_hosts) and what else it is given. Empty where the run is through.
  type: dict
  returned: success
role_turns:
  description: How many steps roles may take at most.
  type: int
  returned: where a role takes a step
run:
  description: How far the run has come, for when it goes on.
  type: dict
  returned: where a role takes a step
said:
  description: The lines that were printed, where the stdout callback prints a document.
  type: list
  elements: str
  returned: with such a callback
lines:
  description: The report as lines of text, as M(certops.vsphere.show_report) returns them.
  type: list
  elements: str
  returned: with such a callback
"""
