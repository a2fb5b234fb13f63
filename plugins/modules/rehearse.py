# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rehearse
short_description: Rehearse a run on a simulated twin of an estate, for the playbook rehearse
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - What the playbook C(rehearse) does. Makes a simulated estate on this machine of a report (hosts, clusters, dates, providers, versions and settings), runs
    the playbook C(renew_iofilter) against it in a process of its own, and says what came of it.
  - Variables that decide what a run does are taken by their names, of the inventory's vCenter of the same name where there is one. How a vCenter is
    reached, who logs in, who signs and how it is protected is never taken, and that process connects to the simulated estate only.
  - Runs on the controller alone, needs no connection, does the same in check mode, and never counts as a change. It fails where the rehearsed run stopped.
  - Run the playbook.
extends_documentation_fragment:
  - certops.vsphere.attributes
attributes:
  diff_mode:
    support: none
options:
  report:
    description: File C(report.json) of an audit or a run, or the report of a single vCenter.
    type: str
  replace_names:
    description: Call vCenters, clusters and ESXi hosts by numbers.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Rehearse a run, as the playbook does
  certops.vsphere.rehearse:
    report: certops-report/report.json
  run_once: true
"""

RETURN = r"""
lines:
  description: What would be said.
  type: list
  elements: str
  returned: where the stdout callback prints a document
vcenters:
  description: What came of each vCenter.
  type: list
  elements: dict
  returned: where the rehearsed run came to a report
  contains:
    vcenter:
      description: Its name.
      type: str
      returned: always
    turns:
      description: How many turns its plan has.
      type: int
      returned: always
    estimated_seconds:
      description: How long they would take, by assumed durations.
      type: float
      returned: always
    sps_restarts:
      description: How often SPS restarted.
      type: int
      returned: always
    unsettled:
      description: The ESXi hosts that the run left undone, each with its result.
      type: list
      elements: dict
      returned: always
    failure:
      description: Why its run stopped; null where it did not.
      type: str
      returned: always
"""
