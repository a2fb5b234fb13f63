# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, or has a module do it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: guard_vcenter
short_description: Refuse to start where a vCenter could be harmed, for the role guard
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - What the role C(guard) consists of. Fails where the plan (C(certops_plan)) may not start, where a name of C(certops_hosts) or C(certops_skip) means
    nobody, or several hosts, and where an account is missing that the plan needs.
  - With C(certops_protection=snapshot) it has C(vmware.vmware.vm_snapshot) take a snapshot of the vCenter's own virtual machine, where something is to be
    done. That collection has to be installed then, and only then.
  - Include the role.
extends_documentation_fragment:
  - certops.vsphere.attributes
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Stop where nothing may start
  certops.vsphere.guard_vcenter:
  vars:
    ansible_connection: local
    certops_plan: "{{ ansible_facts.certops | certops.vsphere.plan({'protection': 'confirmed'}) }}"
"""

RETURN = r"""
msg:
  description: That the snapshot stays, where the callback for standard output prints no lines but a document, as that for JSON does; why it failed.
  type: str
  returned: where a snapshot was taken, and on failure
"""
