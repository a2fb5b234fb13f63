# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: check_input
short_description: Look through an inventory before the first call of a run
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - The playbooks of this collection begin with it, by C(certops.vsphere.look_through_inventory), once for all hosts (C(run_once)).
  - Fails where a vCenter (group C(vcenters)), an ESXi host (group C(esxi)), the play or the command line has a variable that begins with
    C(certops_) and is none of this collection's, with the nearest name that is one. A name that is misspelt would leave the default.
  - Fails where there is no vCenter to look at, and where the limit of the run (C(--limit)) leaves none, or names an ESXi host and not its vCenter, with the
    limit that was probably meant.
  - Fails where an extra variable would replace what a run sets by itself.
  - Runs on the controller alone, needs no connection, and looks at the variables of each host once. What it returns of them is for
    M(certops.vsphere.plan_vcenter).
  - Fails where a variable of a vCenter of the run has a value that its option cannot have, by its type, its choices or its range, or where C(certops_skip),
    C(certops_ssh) or C(certops_method) of an ESXi host has none.
options:
  reports:
    description: Whether the run writes reports, so that it has to be possible in C(certops_report_dir). Nothing is written yet.
    type: bool
    default: false
  signs:
    description:
      - Whether the run has certificates signed where C(certops_custom_ca) says how, so that the controller has to have what that names - files, a program,
        a collection.
    type: bool
    default: false
extends_documentation_fragment:
  - certops.vsphere.attributes
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Stop where a variable is misspelt
  certops.vsphere.check_input:
  register: looked
  run_once: true
"""

RETURN = r"""
esxi:
  description:
    - The ESXi hosts of the inventory. C(vcenters) has for each value of the variable C(vcenter) the C(names) of its hosts, their C(addresses) by name,
      which of them are to be C(skipped), to which SSH is configured (C(with_ssh)), and the C(methods) that are chosen for them by name.
    - C(skipped) are those to be skipped whose vCenter is none of the inventory's, C(addresses) those that they have. C(in_doubt) names hosts whose
      C(vcenter) is no text, C(missing) the vCenters that are nowhere in the inventory.
    - With a limit there is C(limit) besides, with the ESXi hosts that it names (C(only), by vCenter), those that it excludes (C(left_out)), and whether
      there is any that it does not take (C(narrows)).
  type: dict
  returned: success
names_given:
  description: Whether C(certops_hosts) or C(certops_skip) names hosts anywhere, so that all vCenters are read before anything is changed on one.
  type: bool
  returned: success
error_code:
  description: The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
  returned: failure
  type: str
"""
