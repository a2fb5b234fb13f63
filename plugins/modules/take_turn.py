# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, or has a module of the collection do it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: take_turn
short_description: Take the next turn of a run, for the role renew_iofilter
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Decides from the plan (C(certops_plan)), the results so far, and why the run stopped (C(certops_failure)) what comes next - which step, on which ESXi
    hosts - and takes it. Asked again after each turn, and registered as C(__certops_run) each time, it goes through the whole plan.
  - After a failure it only finishes hosts that were begun.
  - Include the role C(renew_iofilter).
options:
  closing:
    description: Whether only what a failure left in flight is finished, and then what was worked on is read back. Nothing is begun.
    type: bool
    default: false
extends_documentation_fragment:
  - certops.vsphere.attributes
"""

EXAMPLES = r"""
- name: Take the next turn
  certops.vsphere.take_turn:
  vars:
    ansible_connection: local
  register: __certops_run
"""

RETURN = r"""
run:
  description: How far the run has come, for the next turn. C(results) and C(verified) are one text each, which Ansible hands on at no cost; C(role) is what
    is left to a role of this collection, C(taken) are the turns so far with the seconds that they took. C(failure) is what went wrong with O(closing).
  type: dict
  returned: success
turn:
  description: The turn that was taken, with its C(number) in the plan, C(steps), C(esxi_hosts), and C(why). None where nothing more is begun.
  type: dict
  returned: success
why:
  description: Why this turn, or why none.
  type: str
  returned: success
stopped:
  description: Why nothing may follow; empty where it may.
  type: str
  returned: success
stopped_code:
  description: The name of that error; empty where it is that of the first result that failed.
  type: str
  returned: success
"""
