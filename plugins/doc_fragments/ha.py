# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules do about vSphere HA of the clusters of their hosts."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules whose step restarts services of a host, or takes it away from vCenter."""

    DOCUMENTATION = r"""
options:
  ha:
    description:
      - What is done where vSphere HA monitors the hosts of a cluster. It may take a host for dead whose services restart, and restart its virtual machines
        on others (Broadcom's KB 390647).
      - V(warn) does nothing about it but what O(ha_timeout_seconds) says. V(require_disabled) is an error before anything is changed.
      - V(suspend) switches host monitoring of such a cluster off while its hosts are worked on, one cluster after another, and on again after that, whatever
        becomes of the work. What it was is noted on the cluster before, in a custom attribute, so that the next run restores it where this one is killed.
      - Until it is on again a host that dies restarts no virtual machine.
      - It takes Host.Inventory.EditCluster on the cluster, Global.SetCustomField, and Global.ManageCustomFields until the attribute is defined.
    type: str
    choices: [warn, require_disabled, suspend]
    default: warn
  ha_timeout_seconds:
    description:
      - How long the agent of vSphere HA on a host is waited for, in seconds, until it is what it was before - master or connected to the
        master. No other host of its cluster is started before.
      - An agent that does not get well in that time has HA configured anew on its host, once. Where that does not help the host has failed.
    type: float
    default: 300
"""
