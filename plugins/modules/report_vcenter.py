# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report_vcenter
short_description: Report of a vCenter, for the roles of this collection
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - What the role C(cert_report) consists of. From the plan (C(certops_plan)) and what the steps left it makes
    the report, shows it as M(certops.vsphere.show_report) does, writes it as M(certops.vsphere.write_report) does, and leaves the outcome
    (P(certops.vsphere.outcome#filter)) as a statistic of the whole run, which AWX keeps as an artifact of the job. Where there is no plan, because the
    vCenter could not be read, it leaves only the outcome.
  - Runs on the controller alone, needs no connection, works in check mode too, and never counts as a change.
  - Include the role.
extends_documentation_fragment:
  - certops.vsphere.attributes
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Report, as the role does
  certops.vsphere.report_vcenter:
  vars:
    certops_plan: "{{ ansible_facts.certops | certops.vsphere.plan }}"
    certops_audit: true
    certops_report_dir: ./certops-report
    certops_fail_on: due
  register: reported
"""

RETURN = r"""
report:
  description: The report, as P(certops.vsphere.report#filter) returns it; empty where there is no plan.
  type: dict
  returned: success
gate:
  description: What C(certops_fail_on) found, as M(certops.vsphere.write_report) returns it.
  type: str
  returned: success
failure:
  description: Why the run of this vCenter stopped; empty where it did not.
  type: str
  returned: success
failure_code:
  description: The name of the error that it stopped with; empty where it did not stop.
  type: str
  returned: success
unwritten:
  description: Why the report could not be written; empty where it was. The task does not fail, so that all else is left.
  type: str
  returned: success
results:
  description: The results of all steps.
  type: list
  elements: dict
  returned: success
verified:
  description: What P(certops.vsphere.verify#filter) returned of the hosts that were looked at.
  type: list
  elements: dict
  returned: success
after:
  description: What was read of the vCenter at the end, as one text; empty where it was not.
  type: str
  returned: success
lines:
  description: What would be shown.
  type: list
  elements: str
  returned: where the callback for standard output prints no lines but a document, as that for JSON does
"""
