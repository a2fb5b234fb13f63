# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts leave a vCenter's inventory, come back to it as other objects, and get other names."""

from __future__ import annotations

from ...estate.esxi_host import EsxiHost
from ...estate.vcenter import VCenter
from ..inventory.compute_resource import ComputeResource
from .host_system import HostSystem


def rename(vcenter: VCenter, host: EsxiHost, name: str) -> None:
    """The host is known by another name from now on, as after ReconnectHost_Task with another hostName: the object stays the same."""
    servant = _servant(vcenter, host)
    host.name = servant.name = name
    vcenter.notify(host)


def remove(vcenter: VCenter, host: EsxiHost) -> None:
    """The host is taken out of the inventory. Its provider stays registered, and is nobody's."""
    servant = _servant(vcenter, host)
    _compute(servant).hosts.remove(servant)
    vcenter.hosts.remove(host)
    vcenter.clustered.discard(host.moid)
    if host.ha is not None:
        host.ha.remove(host)
    for moid in [moid for moid, one in vcenter.objects.items() if one is servant or one in servant.parts]:
        vcenter.objects.pop(moid)
    vcenter.notify()


def add_again(vcenter: VCenter, host: EsxiHost) -> None:
    """The host is taken out and added again: under the same name it is another object."""
    servant = _servant(vcenter, host)
    compute, in_cluster, ha = _compute(servant), vcenter.in_cluster(host), host.ha
    remove(vcenter, host)
    host.moid = f"host-{max(int(one.rpartition('-')[2]) for one in [host.moid, *(other.moid for other in vcenter.hosts)]) + 1000}"
    vcenter.hosts.append(host)
    if in_cluster:
        vcenter.clustered.add(host.moid)
    if ha is not None:
        ha.add(host)
    anew = HostSystem(vcenter, host, compute, servant.datastore_reference, servant.network_reference)
    anew.gather()
    compute.hosts.append(anew)
    vcenter.notify(host)


def _servant(vcenter: VCenter, host: EsxiHost) -> HostSystem:
    servant = vcenter.objects[host.moid]
    assert isinstance(servant, HostSystem)
    return servant


def _compute(servant: HostSystem) -> ComputeResource:
    assert isinstance(servant.parent, ComputeResource)
    return servant.parent
