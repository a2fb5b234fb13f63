#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vasa_provider_reregister
short_description: Bring the IOFilter storage providers of ESXi hosts back online
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Brings back the providers that are not online, or for which SMS remembers another certificate than the host has, until each is online and
    SMS remembers the host's certificate (step 3 of Broadcom's KB 320568, and KB 318887).
  - The gentlest way comes first. Where what SMS has on record is right, one that is C(disconnected) is reconnected, one that is C(connected) or has
    C(syncError) is synchronised, and one that is C(offline) is given a while, since SMS goes on asking it. Where the record is another one, SMS is
    asked to refresh it, if the provider speaks VASA 2 or newer. What is left is unregistered, and it is looked for a while whether vCenter registers
    it by itself. Only for what is left then SPS is restarted, once.
  - A provider is only unregistered when its host answers on port 9080, right before, with a sound certificate that vCenter has on record for
    the host, or shows none, and that a trusted root of vCenter's issued which is valid, and, for O(method=sps_restart), when SPS runs. Where the
    trusted roots cannot be read nothing is unregistered.
  - vCenter registers providers for the hosts of clusters only. That of another host is left as it is.
  - It waits for a restart of SPS that somebody else started, and leaves a provider alone that came back in the meantime.
  - Providers other than the ESXi hosts' IOFilter providers are never touched, nor is any entry of the SMS store.
extends_documentation_fragment:
  - certops.vsphere.connection
  - certops.vsphere.attributes
  - certops.vsphere.attributes.action_group
  - certops.vsphere.attributes.planned
options:
  esxi_hosts:
    description:
      - The ESXi hosts, by the names that vCenter shows, or fnmatch patterns of them.
      - A name or pattern that means no host of the vCenter is an error, found before anything is changed.
    type: list
    elements: str
    required: true
  method:
    description:
      - With V(sps_restart) those that nothing gentler brings back are unregistered, then SPS is restarted once and registers them again by itself.
        While it restarts, storage policies are not served.
      - With V(register) each is unregistered and registered with the credentials given, and SPS is not restarted. This is unproven. vCenter
        registers IOFilter providers with a secret of its own that it fetches from the host, no account for them is documented, and a host's
        root is probably refused, in which case the provider stays unregistered until SPS is restarted. Use V(sps_restart).
    type: str
    choices: [sps_restart, register]
    default: sps_restart
  only_if_needed:
    description: Whether to leave alone the providers that are online and remember their host's certificate.
    type: bool
    default: true
  in_thumbprint_mode:
    description:
      - Whether to go on where vCenter is in certificate mode C(thumbprint). SPS trusts each host by an entry of the VECS store SMS then, and it is
        not known whether vCenter renews that with a registration. Nothing is unregistered in that mode otherwise.
    type: bool
    default: false
  vmca_root_fingerprint:
    description:
      - SHA-256 fingerprint of VMCA's root, for a vCenter that shows its trusted roots to nobody (older than 6.7 U2). Nothing is unregistered there
        otherwise, as it could not be told whether SPS would trust what the hosts serve.
    type: str
  pending_renewal:
    description:
      - Hosts whose certificates an earlier step of the same run in check mode would have renewed. Their providers are then predicted
        to be registered anew, without a look at the certificate that is still there.
      - Only allowed in check mode.
    type: list
    elements: str
    default: []
  pending_trust_repair:
    description:
      - Hosts whose lists of trusted CAs an earlier step of the same run in check mode would have completed (M(certops.vsphere.esxi_trust_repair)).
        That they do not trust SMS yet keeps nobody from predicting their providers then.
      - Only allowed in check mode.
    type: list
    elements: str
    default: []
  concurrency:
    description: The providers of how many hosts are unregistered at the same time, for O(method=sps_restart).
    type: int
    default: 4
  provider_username:
    description: The account to register providers with, for O(method=register).
    type: str
  provider_password:
    description: The password of O(provider_username).
    type: str
  heal_seconds:
    description:
      - How long, in seconds, a provider that is C(offline), and of which SMS remembers the right certificate, is given to come back by itself before
        it is unregistered, for O(method=sps_restart). With V(0) it is not waited for.
    type: float
    default: 30
  in_place_seconds:
    description:
      - How long, in seconds, SMS may take to synchronise or reconnect one provider, or to refresh its certificate, for O(method=sps_restart). With
        V(0) none of that is tried.
    type: float
    default: 60
  look_seconds:
    description:
      - How long, in seconds, it is looked after the unregistering whether vCenter registers the providers by itself, for O(method=sps_restart). The
        time begins anew with each that it registers; half of what is left of O(timeout_seconds) is kept for the restart. With V(0) SPS is
        restarted at once.
    type: float
    default: 30
  max_failures:
    description: How many hosts may fail before the module fails.
    type: int
    default: 0
  timeout_seconds:
    description:
      - How long it may take in all, in seconds, until every provider is back. A single request never takes longer than O(request_timeout_seconds).
    type: float
    default: 900
seealso:
  - module: certops.vsphere.cert_expiry_facts
  - module: certops.vsphere.vasa_provider_orphans
  - name: How to renew an IOFilter certificate
    description: Broadcom's knowledge base, article 320568.
    link: https://knowledge.broadcom.com/external/article/320568
  - name: Certain IOFilter providers are showing as offline
    description: Broadcom's knowledge base, article 318887.
    link: https://knowledge.broadcom.com/external/article/318887
"""

EXAMPLES = r"""
- name: Bring back what is offline or outdated
  certops.vsphere.vasa_provider_reregister:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
    esxi_hosts: ["*"]
  delegate_to: localhost

- name: Give vCenter five minutes to register them by itself before SPS is restarted
  certops.vsphere.vasa_provider_reregister:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    esxi_hosts: [esx-a01.example.com]
    look_seconds: 300
    timeout_seconds: 1800
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
      description: V(reregister).
      type: str
    status:
      description: One of V(changed), V(unchanged), V(failed), V(not_started), V(asleep).
      type: str
    changed:
      description: Whether something changed, or would in check mode. True of a failed host too, if something changed before it failed.
      type: bool
    failed:
      description: Whether it failed.
      type: bool
    reason:
      description: Why it was, or was not, due.
      type: str
    error:
      description: What happened, what vSphere said and what to do; null where nothing failed.
      type: str
    error_code:
      description: The error code, which stays the same when the words of the message change; null where nothing failed.
      type: str
    before:
      description: The provider before; C(registered) is false where there was none.
      type: dict
    after:
      description: The provider as it was read back.
      type: dict
    trusted_by:
      description: Why the host's certificate was trusted - V(vcenter_record) or V(trusted_root).
      type: str
    notes:
      description: Further remarks, such as what was tried before the provider was unregistered.
      type: list
      elements: str
    vsphere_fault:
      description: What vSphere answered where it refused; empty otherwise.
      type: str
    cured_by:
      description:
        - What brought the provider back - V(healed), it came back before anything was asked of SMS; V(sync), V(reconnect) or V(refresh), the last task
          of SMS's that was tried for it; V(by_itself), vCenter registered it after it was unregistered; V(sps_restart) or V(register).
        - Null where none did, and in check mode.
      type: str
    other_providers:
      description: What RV(other_providers) has, for the report.
      returned: on the first host for which SPS was restarted
      type: dict
sps_restarted:
  description: Whether SPS was restarted. Null in check mode, since a gentler way may do.
  returned: once the providers are known
  type: bool
sps_restart_possible:
  description: Whether there were providers for which SPS may have had to be restarted; in check mode, for which it may have to be.
  returned: once the providers are known
  type: bool
other_providers:
  description: What a restart of SPS left of the providers that are no IOFilter providers of hosts, which are never touched.
  returned: where SPS was restarted
  type: dict
  contains:
    before:
      description: How many there were of each status; null where they could not be read.
      type: dict
    after:
      description: The same afterwards.
      type: dict
    changed:
      description: Those whose status is another one afterwards, and not V(online), with C(provider_uid), C(name), C(before) and C(after).
      type: list
      elements: dict
error_code:
  description:
    - The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
    - Where hosts failed, it is that of the first.
  returned: failure
  type: str
"""

import math
from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import REREGISTER
from ansible_collections.certops.vsphere.plugins.module_utils._entry import messages
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import (
    ROLLING_SPEC,
    check_rolling,
    planned_hosts,
    to_module_result,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.host_names import by_host
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reregister import reregister
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell
from ansible_collections.certops.vsphere.plugins.module_utils._storage import sps
from ansible_collections.certops.vsphere.plugins.module_utils._storage.by_registering import Credentials
from ansible_collections.certops.vsphere.plugins.module_utils._storage.rungs import Patience

SPEC: dict[str, dict[str, Any]] = {
    "esxi_hosts": {"type": "list", "elements": "str", "required": True},
    "method": {"type": "str", "choices": ["sps_restart", "register"], "default": "sps_restart"},
    "only_if_needed": {"type": "bool", "default": True},
    "pending_renewal": {"type": "list", "elements": "str", "default": []},
    "pending_trust_repair": {"type": "list", "elements": "str", "default": []},
    "in_thumbprint_mode": {"type": "bool", "default": False},
    "vmca_root_fingerprint": {"type": "str"},
    "provider_username": {"type": "str"},
    "provider_password": {"type": "str", "no_log": True},
    "concurrency": ROLLING_SPEC["concurrency"],
    "max_failures": ROLLING_SPEC["max_failures"],
    "planned_moids": ROLLING_SPEC["planned_moids"],
    "planned_vmca_root": ROLLING_SPEC["planned_vmca_root"],
    "timeout_seconds": {"type": "float", "default": 900.0},
    "heal_seconds": {"type": "float", "default": 30.0},
    "in_place_seconds": {"type": "float", "default": 60.0},
    "look_seconds": {"type": "float", "default": 30.0},
}
# Each may be 0, which leaves its way out.
WAITS = ("heal_seconds", "in_place_seconds", "look_seconds")


def check(options: Mapping[str, Any]) -> None:
    """Raise InputError for numbers that cannot be meant."""
    check_rolling(options)
    for name in WAITS:
        if not 0 <= options[name] < math.inf:
            raise messages.WAIT_INVALID(option=name, value=options[name])
    if options["method"] == "register":
        for name in ("provider_username", "provider_password"):
            if not options[name]:
                raise messages.PROVIDER_ACCOUNT_EMPTY(option=name)


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """Look, bring back what is due, wait, read back."""
    if options["pending_renewal"] and not check_mode:
        raise messages.PENDING_RENEWAL_WITHOUT_CHECK_MODE()
    if options["pending_trust_repair"] and not check_mode:
        raise messages.PENDING_TRUST_REPAIR_WITHOUT_CHECK_MODE()
    planned = planned_hosts(options)
    findings = observe(
        vsphere,
        esxi_hosts=options["esxi_hosts"],
        probe=False,
        whole=False,
        vmca_root_fingerprint=options["vmca_root_fingerprint"],
        sps_patience_seconds=min(sps.PATIENCE_SECONDS, options["timeout_seconds"]),
        planned=planned,
        planned_vmca_root=options["planned_vmca_root"],
        sparing=True,
        tell=tell_progress,
    )
    outcome = reregister(
        vsphere,
        findings,
        method=options["method"],
        only_if_needed=options["only_if_needed"],
        in_thumbprint_mode=options["in_thumbprint_mode"],
        pending_renewal=tuple(by_host(findings.estate.hosts, dict.fromkeys(options["pending_renewal"]))),
        pending_trust_repair=tuple(by_host(findings.estate.hosts, dict.fromkeys(options["pending_trust_repair"]))),
        credentials=_credentials(options),
        concurrency=options["concurrency"],
        timeout_seconds=options["timeout_seconds"],
        check_mode=check_mode,
        patience=Patience(*(options[name] for name in WAITS)),
        tell=tell_progress,
    )
    result = to_module_result([*planned.results(REREGISTER), *outcome.results], options["max_failures"])
    result.values.update(sps_restarted=outcome.sps_restarted, sps_restart_possible=outcome.sps_restart_possible)
    result.changed = result.changed or bool(outcome.sps_restarted)
    if outcome.others is not None:
        result.values["other_providers"] = outcome.others.to_facts()
        result.warnings += notice.of_others(outcome.others.changed)
    return result


def _credentials(options: Mapping[str, Any]) -> Optional[Credentials]:
    if options["method"] != "register":
        return None
    return Credentials(options["provider_username"], options["provider_password"])


DEFINITION = Definition(
    SPEC,
    work,
    check,
    {
        "required_if": [("method", "register", ["provider_username", "provider_password"])],
        "required_together": [("provider_username", "provider_password")],
    },
)


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
