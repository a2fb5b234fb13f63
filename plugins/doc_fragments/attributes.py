# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules have in common, as attributes."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes, apart from those a module describes itself."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: full
  platform:
    description: Target OS/families that can be operated against.
    platforms: posix
    support: full
"""

    ACTION_GROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/certops.vsphere.vsphere) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - certops.vsphere.vsphere
"""

    ROLLING = r"""
options:
  esxi_hosts:
    description:
      - The ESXi hosts, by the names that vCenter shows, the short forms of them, their addresses, or fnmatch patterns of any of these.
      - What means no host of the vCenter, or is to mean one and may be several, is an error, found before anything is changed.
    type: list
    elements: str
    required: true
  concurrency:
    description: How many hosts are worked on at the same time.
    type: int
    default: 4
  max_failures:
    description:
      - Number of hosts that may fail before no further host is started and the module fails.
      - What is in flight then is finished. Hosts that were not started have the status V(not_started).
      - A host that is in standby (DPM) when its turn comes is passed over, with the status V(asleep). That is not a failure.
    type: int
    default: 0
  in_flight:
    description:
      - Whether an earlier step started these hosts. Then one of O(planned_moids) that is gone counts among the failures, but keeps none
        of the others from being finished.
    type: bool
    default: false
"""

    PLANNED = r"""
options:
  planned_moids:
    description:
      - For a caller that made a plan - the ids (moid) that the hosts had in it, by the names in O(esxi_hosts).
      - A host of it that was renamed, removed, or removed and added again since is failed by itself, with a sentence that says so, and the
        others are worked on. A name in O(esxi_hosts) that is not here and means no host is an error.
      - Where all of O(esxi_hosts) are here, no other host of the vCenter is read.
    type: dict
    default: {}
  planned_vmca_root:
    description:
      - For a caller that made a plan - the SHA-256 fingerprint of VMCA's root in it. While the vCenter trusts that root, the certificates of its other
        hosts need not be read to find it.
    type: str
"""
