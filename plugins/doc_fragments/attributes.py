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
      - The ESXi hosts, by the names that vCenter shows, or fnmatch patterns of them.
      - A name or pattern that means no host of the vCenter is an error, found before anything is changed.
    type: list
    elements: str
    required: true
  concurrency:
    description: How many hosts are worked on at the same time.
    type: int
    default: 4
  max_failures:
    description:
      - How many hosts may fail before no further host is begun and the module fails.
      - What is in flight then is finished. Hosts that were not begun have the status V(not_begun).
      - A host that is in standby (DPM) when its turn comes is passed over, with the status V(asleep). That is no failure.
    type: int
    default: 0
"""
