# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: show_report
short_description: Show the report of a vCenter on the terminal
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Shows a line for each ESXi host, the worst first, aligned, then orphans, hosts that were left alone, and notes.
  - Runs on the controller alone, needs no connection, and shows in check mode too.
  - In colour where Ansible has colours - on a terminal, or with E(ANSIBLE_FORCE_COLOR), and not with E(ANSIBLE_NOCOLOR) or E(NO_COLOR) - and
    in Ansible's own (E(ANSIBLE_COLOR_ERROR) and its like). It says no less without.
  - Where the terminal has room, reasons are broken within their column.
options:
  report:
    description: A report of P(certops.vsphere.report#filter).
    type: raw
    required: true
  most_hosts:
    description:
      - With more ESXi hosts than this, only those are shown that are not settled, no more than this, and the others are counted. 0 shows all.
    type: int
    default: 50
extends_documentation_fragment:
  - certops.vsphere.attributes
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Show what is due
  certops.vsphere.show_report:
    report: "{{ ansible_facts.certops | certops.vsphere.plan | certops.vsphere.report(audit=true) }}"
"""

RETURN = r"""
lines:
  description: What would be shown.
  type: list
  elements: str
  returned: where the callback for standard output prints no lines but a document, as that for JSON does
error_code:
  description: The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
  returned: failure
  type: str
"""
