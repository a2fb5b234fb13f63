# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report_fleet
short_description: Write the report of all vCenters of a play, for the role cert_report
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - What the role C(cert_report) does with C(tasks_from=all). Writes what M(certops.vsphere.write_report) writes of all vCenters, from what each of the play's
    hosts has as C(certops_report); of one that has none, why (C(certops_failure)).
  - Runs on the controller alone, needs no connection, works in check mode too, and never counts as a change. It does not fail
    because of what it finds, but in a playbook of this collection, where C(certops_fail_on) says so.
  - Says what all of it came to, a line for each vCenter where there are several, and a last one that counts hosts and says where the report is.
  - Include the role.
extends_documentation_fragment:
  - certops.vsphere.attributes
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Write the report of all vCenters, as the role does
  certops.vsphere.report_fleet:
  vars:
    certops_report_dir: ./certops-report
    certops_fail_on: due
  register: certops_written
  run_once: true
"""

RETURN = r"""
lines:
  description: What would be said.
  type: list
  elements: str
  returned: where the stdout callback prints a document
path:
  description: The folder.
  type: str
  returned: success
files:
  description: The names of the files that were written.
  type: list
  elements: str
  returned: success
gate:
  description: What C(certops_fail_on) found, as M(certops.vsphere.write_report) returns it.
  type: str
  returned: success
failures:
  description: By the inventory's name of a vCenter why it fails by itself - it could not be read, its run stopped, or in an audit a name of hosts is nobody's.
  type: dict
  returned: success
"""
