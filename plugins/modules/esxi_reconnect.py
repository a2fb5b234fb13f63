#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: esxi_reconnect
short_description: Disconnect ESXi hosts from vCenter and connect them again
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Disconnects each host and connects it again (step 2 of Broadcom's KB 320568).
  - The certificate that it must have is known beforehand - the one that vCenter has on record, or one that is given. A host that is seen to
    show another one is not disconnected. vCenter itself takes back whatever a CA that it trusts signed, so what it has on record
    afterwards is compared, and a host with another certificate there has failed. What no trusted CA signed vCenter takes only where it is the
    certificate that was given.
  - In certificate mode C(vmca) vCenter may issue a host a new certificate while it reconnects - where the one before ends soon or has expired,
    and by the guide of vSphere 8.0 each time. A newer one of VMCA's is right, and is told in RV(hosts[].notes).
  - It always reconnects; whether a host needs it cannot be seen from outside. The one exception is a host that somebody else reconnects
    while it is waited for.
  - A task that is in progress on a host is waited for before the host is disconnected.
  - Never more than O(per_cluster) hosts of a cluster are away from vCenter at the same time, those included that it has no connection to
    for another reason. Of a cluster that is short already none is disconnected. Hosts that are away themselves are brought back first.
  - A reconnect does more than connect (vSphere API reference) - vCenter's agents are installed on the host anew, the licence is checked, and
    what was changed meanwhile in the host's resource pools is overridden. C(syncState) is never used, so vCenter's inventory of virtual
    machines is not pushed onto the host.
extends_documentation_fragment:
  - certops.vsphere.connection
  - certops.vsphere.attributes
  - certops.vsphere.attributes.action_group
  - certops.vsphere.attributes.rolling
  - certops.vsphere.attributes.planned
  - certops.vsphere.ha
  - certops.vsphere.vsan
options:
  per_cluster:
    description:
      - How many hosts of one cluster may be away from vCenter at the same time. Hosts in no cluster count by themselves.
      - Together with O(concurrency), which bounds how many are worked on in all.
    type: int
    default: 1
  pending_reconnect:
    description:
      - Hosts that are away and that an earlier step of the same run in check mode would have brought back. They are not counted.
      - Only allowed in check mode.
    type: list
    elements: str
    default: []
  renewed_by_others:
    description:
      - Hosts whose certificate somebody else renewed just now - another run, or somebody in vCenter - who usually reconnects them, too.
      - They are left the time for that, up to 60 seconds, and are reconnected only if it does not happen.
    type: list
    elements: str
    default: []
  pending_ha:
    description:
      - Hosts whose agents of vSphere HA an earlier step of the same run left ill. They are waited for after the reconnect, which has vCenter configure HA
        on them.
      - An agent that was ill before the run is not waited for.
    type: list
    elements: str
    default: []
  certificates:
    description:
      - The certificate that a host must have, by the host's name in vCenter - a PEM, or the SHA-1 thumbprint of it.
      - Read it over an authenticated way, such as SSH with a checked host key. Without it vCenter's own record counts.
    type: dict
    default: {}
  vmca_root_fingerprint:
    description:
      - SHA-256 fingerprint of VMCA's root certificate, by which one that vCenter issued while a host reconnected is known as VMCA's.
      - Without it VMCA's root is told by who issued the hosts' certificates and vCenter's token-signing certificate.
    type: str
  host_timeout_seconds:
    description: How long the reconnecting of one host may take, in seconds. A single request never takes longer than O(request_timeout_seconds).
    type: float
    default: 300
seealso:
  - module: certops.vsphere.esxi_cert_regenerate
"""

EXAMPLES = r"""
- name: Reconnect a host whose certificate was renewed
  certops.vsphere.esxi_reconnect:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
    esxi_hosts: [esx-a01.example.com]
  delegate_to: localhost

- name: Reconnect a host against a certificate that was read over SSH
  certops.vsphere.esxi_reconnect:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    esxi_hosts: [esx-a02.example.com]
    certificates:
      esx-a02.example.com: "{{ lookup('ansible.builtin.file', 'esx-a02.pem') }}"
  delegate_to: localhost
"""

RETURN = r"""
hosts:
  description: One result for each host, whether the module failed or not.
  returned: once the hosts are known
  type: list
  elements: dict
  contains:
    esxi_host:
      description: The host.
      type: str
    step:
      description: V(reconnect).
      type: str
    status:
      description: One of V(changed), V(failed), V(not_started), V(asleep).
      type: str
    changed:
      description: Whether something changed, or would in check mode.
      type: bool
    failed:
      description: Whether it failed.
      type: bool
    reason:
      description: What it was found in.
      type: str
    error:
      description: What happened, what vSphere said, in what state the host is left, and what to do; null where nothing failed.
      type: str
    error_code:
      description: The error code, which stays the same when the words of the message change; null where nothing failed.
      type: str
    before:
      description: Connection state and certificate before.
      type: dict
    after:
      description: Connection state and certificate as they were read back, and C(reconnected) where it was.
      type: dict
    trusted_by:
      description:
        - What the expected certificate is based on - V(vcenter_record) or V(given), and V(trusted_root) where VMCA issued a new one meanwhile.
      type: str
    notes:
      description: Further remarks.
      type: list
      elements: str
    vsphere_fault:
      description: What vSphere answered where it refused; empty otherwise.
      type: str
error_code:
  description:
    - The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
    - Where hosts failed, it is that of the first.
  returned: failure
  type: str
"""

from typing import Any, Mapping, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._clusters.high_availability import high_availability
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.options import HA_SPEC, VSAN_SPEC, ha_policy, vsan_policy
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.vsan import vsan_of
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RECONNECT
from ansible_collections.certops.vsphere.plugins.module_utils._entry import messages
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import (
    ROLLING_SPEC,
    check_rolling,
    planned_hosts,
    to_module_result,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._estate.host_names import by_host
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reconnect import given_certificates, reconnect
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.selection import Selected, named, select

SPEC: dict[str, dict[str, Any]] = {
    **ROLLING_SPEC,
    **HA_SPEC,
    **VSAN_SPEC,
    "per_cluster": {"type": "int", "default": 1},
    "pending_reconnect": {"type": "list", "elements": "str", "default": []},
    "pending_ha": {"type": "list", "elements": "str", "default": []},
    "renewed_by_others": {"type": "list", "elements": "str", "default": []},
    "certificates": {"type": "dict", "default": {}},
    "vmca_root_fingerprint": {"type": "str"},
    "host_timeout_seconds": {"type": "float", "default": 300.0},
}


def check(options: Mapping[str, Any]) -> None:
    """Look at what was given before anything is sent."""
    check_rolling(options)
    if options["per_cluster"] < 1:
        raise messages.PER_CLUSTER_INVALID(value=options["per_cluster"])
    given_certificates(options["certificates"])


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """Reconnect the hosts that were asked for."""
    planned = planned_hosts(options)
    selected = select(vsphere, options["esxi_hosts"], planned, sparing=True)
    hosts = selected.hosts
    strangers = [name for name in options["certificates"] if name not in planned.gone and named(hosts, name) is None]
    if strangers:
        raise messages.CERTIFICATE_OF_UNNAMED_HOST(esxi_hosts=", ".join(strangers))
    if options["pending_reconnect"] and not check_mode:
        raise messages.PENDING_RECONNECT_WITHOUT_CHECK_MODE()
    away = _away(vsphere, selected, options["pending_reconnect"])
    ha = high_availability(
        vsphere, hosts, ha_policy(options), in_flight=options["in_flight"], pending=options["pending_ha"], tell=tell_progress
    )
    vsan = vsan_of(
        vsphere,
        hosts,
        vsan_policy(options),
        every_host=selected.everyone_by_name,
        in_flight=options["in_flight"],
        tell=tell_progress,
    )
    results = reconnect(
        vsphere,
        hosts,
        away=away,
        certificates=by_host(hosts, given_certificates(options["certificates"])),
        concurrency=options["concurrency"],
        per_cluster=options["per_cluster"],
        max_failures=planned.left(options["max_failures"], options["in_flight"]),
        timeout_seconds=options["host_timeout_seconds"],
        check_mode=check_mode,
        ha=ha,
        vsan=vsan,
        in_flight=options["in_flight"],
        renewed_by_others=tuple(by_host(hosts, dict.fromkeys(options["renewed_by_others"]))),
        every_host=selected.everyone,
        vmca_root_fingerprint=options["vmca_root_fingerprint"],
        planned_vmca_root=options["planned_vmca_root"],
        tell=tell_progress,
    )
    return to_module_result([*planned.results(RECONNECT), *results], options["max_failures"], ha.problem)


def _away(vsphere: VSphere, selected: Selected, pending: Sequence[str]) -> list[EsxiHost]:
    """Who is away from vCenter now, so that its cluster has less room. pending: who would be back by now."""
    # Of other clusters nobody takes room from these.
    known = [*vsphere.lost_beside(selected.hosts), *selected.hosts] if selected.alone else selected.everyone()
    back = by_host(known, dict.fromkeys(pending))
    return [host for host in {host.moid: host for host in known}.values() if host.lost and host.name not in back]


DEFINITION = Definition(SPEC, work, check)


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
