# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules do about vSAN of the clusters of their hosts."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules whose step restarts services of a host, or takes it away from vCenter."""

    DOCUMENTATION = r"""
options:
  vsan:
    description:
      - What is done in clusters with vSAN. Its objects have a copy less while a host is away, and its guide wants a host in maintenance mode before it is
        disconnected, in which vCenter renews no certificate.
      - Whichever it is, of the hosts of one call a witness host and a host of its cluster are never away together. What is away already and is not among
        them goes unseen here; a run of the role P(certops.vsphere.renew_iofilter#role) looks at all hosts of the vCenter.
      - V(warn) does nothing else about it. V(require) begins no host of such a cluster before its objects are healthy and nothing is resynchronised, and one
        host of it at a time; its witness host counts as one of them.
      - It takes System.Read on the cluster.
    type: str
    choices: [warn, require]
    default: warn
  vsan_timeout_seconds:
    description:
      - How long that is waited for before a host, in seconds. After that the host has failed, and nothing of it was begun; one that an earlier step has
        begun is finished all the same, and a note says so.
    type: float
    default: 1800
"""
