# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: write_report
short_description: Write reports into a folder of the controller
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Writes the report of one vCenter as JSON, or what a run leaves of all vCenters - C(report.json), C(report.csv), C(report.html),
    C(certops.prom) and C(junit.xml).
  - Runs on the controller alone, needs no connection, writes in check mode too, and never counts as a change, since a report is not
    what a run changes.
  - Each file is written beside its place and renamed, so that nobody ever reads half of one. Files are for their owner and group to
    read (0640).
  - Who writes last to a folder has its report there. Give each job a folder of its own.
options:
  path:
    description: The folder. It is made where it is not there.
    type: path
    required: true
  report:
    description:
      - The report of one vCenter, of P(certops.vsphere.report#filter). It goes to a file called like its C(inventory_name).
    type: raw
  reports:
    description: The reports of all vCenters.
    type: list
    elements: raw
  unavailable:
    description: Why a vCenter could not be read, by its name. It has no report.
    type: dict
    default: {}
  fail_on:
    description:
      - What RV(gate) is to be said of, each value with what those before it are said of.
      - V(stopped) is hosts that failed; V(kept_back) is hosts and vCenters where the vCenter, the account or the run keeps back what is due;
        V(unknown) is hosts of which it was not seen that they are sound; V(blocked) is hosts whose own state keeps back what is due; V(due) is
        hosts with something to do; V(warning) is notes and orphans.
      - Of vCenters whose run stopped, or that could not be read, nothing is said where there is nothing else to be said; they fail by themselves.
      - The task itself does not fail, so that whoever reads RV(gate) can clean up first.
    type: str
    choices: [stopped, kept_back, unknown, blocked, due, warning]
    default: stopped
extends_documentation_fragment:
  - certops.vsphere.attributes
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Write the report of a vCenter
  certops.vsphere.write_report:
    path: ./certops-report
    report: "{{ ansible_facts.certops | certops.vsphere.plan | certops.vsphere.report(audit=true) }}"
"""

RETURN = r"""
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
  description: One sentence for what O(fail_on) found, how many, and where the report is; empty where there is nothing of it.
  type: str
  returned: success
error_code:
  description: The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
  returned: failure
  type: str
"""
