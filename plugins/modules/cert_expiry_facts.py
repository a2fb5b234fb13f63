#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cert_expiry_facts
short_description: Read the certificates of ESXi hosts and of their IOFilter storage providers
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Reads a whole vCenter at once - its ESXi hosts, the certificate that it has on record for each, the one that each host serves
    on port 9080, and the one that the storage monitoring service (SMS) remembers of the host's provider; and what bears on
    renewing them.
  - Changes nothing. What the account may not read, or the server does not offer, is null and stands in RV(ansible_facts.certops.unavailable)
    with the reason; it is not a failure.
  - Without O(hostname) in a task of a vCenter of the inventory's group C(vcenters) it is that vCenter, reached by the variables C(certops_vcenter_*) that the
    playbooks take, from the controller, whatever C(ansible_connection) is. As a command of its own (C(ansible -m certops.vsphere.cert_expiry_facts VCENTER))
    it shows the table of an audit then, and returns no facts.
  - Where the providers cannot be read because SPS is being restarted, or SPS is starting or stopping, that is waited for (O(wait_for_sps_seconds)).
  - The number of calls to the vCenter is constant, plus one for each provider, and two for each host whose provider is not online though its
    certificates are sound.
extends_documentation_fragment:
  - certops.vsphere.connection
  - certops.vsphere.attributes
  - certops.vsphere.attributes.action_group
attributes:
  diff_mode:
    support: N/A
    details: It changes nothing.
  facts:
    description: Action returns an C(ansible_facts) dictionary that will update existing host facts.
    support: full
options:
  esxi_hosts:
    description:
      - The ESXi hosts, by the names that vCenter shows, or fnmatch patterns of them. All of them if not given.
      - A name or pattern that means no host of the vCenter is an error.
    type: list
    elements: str
  probe:
    description:
      - Whether to ask port 9080 of each host which certificate it serves, many at the same time, each with its own timeout
        of 5 seconds. A host that does not answer is a finding, not a failure.
      - The controller must be able to reach that port; the name of the host is tried first, then its management address.
    type: bool
    default: true
  ssh:
    description:
      - Whether to read of each host whether its service SSH (C(TSM-SSH)) runs, and by which policy.
      - The filter P(certops.vsphere.plan#filter) has a notice for each ESXi host of the inventory whose SSH runs though vSphere never starts it, as a
        run that was ended may have left it.
    type: bool
    default: false
  client_certificates:
    description:
      - Whether to read of each host when the certificate ends by which it logs in to VASA providers (kind C(VASAClient) of
        C(HostCertificateManager), 8.0.1 and newer).
      - It is one call for each host, and wants C(Certificate.Manage) on it.
    type: bool
    default: false
  vsan:
    description:
      - Whether to read how the objects of clusters with vSAN are, what is resynchronised, which hosts are their witnesses, and which hosts the others
        do not see.
      - Three calls for each such cluster.
    type: bool
    default: false
  vmca_root_fingerprint:
    description:
      - SHA-256 fingerprint of VMCA's root among the vCenter's trusted roots.
      - No API names it. If not given, it is found as the root that issued the hosts' certificates and vCenter's token-signing
        certificate; give it where that cannot be determined.
      - A vCenter older than 6.7 U2 shows its trusted roots to nobody. There the root of this fingerprint counts as the only one, if it is among the
        CA certificates that the vCenter publishes at C(/afd/vecs/ca).
    type: str
  wait_for_sps_seconds:
    description:
      - How long a restart of SPS is waited for that keeps the providers from being read; one that goes well takes half a minute.
      - 0 shows at once what can be read.
    type: float
    default: 60
  vm_restarts_since:
    description:
      - Look for virtual machines that vSphere HA restarted since this time, by the controller's clock, in ISO 8601. A run gives the time at which its
        plan was made.
      - It takes a call more, and none where no cluster has HA.
    type: str
  planned_moids:
    description:
      - For a caller that made a plan - the ids (moid) that the hosts had in it, by the names in O(esxi_hosts). Where all of these are here, and
        are still what they were, no other host of the vCenter is read, and no orphans are told. Else the whole vCenter is read.
    type: dict
    default: {}
  chosen_by:
    description:
      - For a caller that makes a plan - which hosts it chooses, by the options of its policy that say so (as the option O(certops.vsphere.plan#filter:policy)
        has them). Only these are asked themselves, on port 9080 among others; of the others it is read what vCenter has on record.
    type: dict
    default: {}
  planned_vmca_root:
    description:
      - For a caller that made a plan - the SHA-256 fingerprint of VMCA's root in it. While the vCenter trusts that root, the certificates of its other
        hosts need not be read to find it.
    type: str
"""

EXAMPLES = r"""
- name: Read everything
  certops.vsphere.cert_expiry_facts:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
  delegate_to: localhost

- name: Which hosts have a certificate that ends within 60 days
  ansible.builtin.debug:
    msg: "{{ item.name }} until {{ item.certificate.expires_at }}"
  loop: "{{ ansible_facts.certops.hosts | selectattr('certificate') | selectattr('certificate.days_left', 'lt', 60) }}"
  loop_control:
    label: "{{ item.name }}"

- name: Read one cluster's hosts, without asking port 9080
  certops.vsphere.cert_expiry_facts:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    esxi_hosts: ["esx-a*.example.com"]
    probe: false
  delegate_to: localhost
"""

RETURN = r"""
ansible_facts:
  description: What was observed. Times are ISO 8601 in UTC.
  returned: always
  type: dict
  contains:
    certops:
      description: The vCenter at one time.
      type: dict
      contains:
        schema_version:
          description: Version of this structure.
          type: int
          sample: 1
        observed_at:
          description: When it was observed; the time that days_left counts from.
          type: str
          sample: "2026-03-01T02:00:00Z"
        vcenter:
          description:
            - The vCenter - hostname, name, version, build, instance_uuid, certificate_settings (vpxd.certmgmt.*), trusted_roots,
              vmca_root, machine_ssl, signing_chain (the active token-signing chain, its certificate first; null before 7.0 U3),
              sps (state, health and startup_type), may_restart_sps (whether the account is in the SSO group whose
              members may restart services; null where its groups were not told), linked_nodes, backups (count, last_succeeded_at),
              clock_offset_seconds (its clock minus the controller's), missing_privileges.
          type: dict
        hosts:
          description:
            - The ESXi hosts, disconnected ones too - name, exact_name (null, or the name as a JSON string where it holds control characters,
              which name has as escapes), moid, cluster, cluster_moid, datacenter, version, connection_state,
              in_maintenance_mode,
              partial_maintenance (its kinds, since vSphere 8.0.3), in_quarantine_mode, power_state, standby_mode, ha_state (how its
              agent of vSphere HA is, null where HA is off or does not count on it now), lockdown_mode,
              ssh (running, policy; null where it was not asked for), addresses, certificate (vCenter's record), record_thumbprint,
              issuer (vmca, self_signed for one that the host made itself, other, unknown), issuer_problem (null, or why its issuer cannot be
              told, or why nobody would trust what VMCA issues),
              served (certificate, error, trusted, trusted_by, problems, root - the fingerprint of the trusted root that it leads to,
              of_provider - whether it is one that SMS gave the provider),
              provider (provider_uid, name, url, status, status_fault, certificate
              as SMS remembers it, certificate_expires_at, certificate_status, vasa_version, last_sync, retains_certificate - false where SMS
              gives it a certificate of its own, null where SMS does not say),
              duplicate_providers, provider_unavailable (why it is not known whether it has a provider), missing_privileges,
              sms_trust (trusts - null where it cannot be determined - reason, and missing, the fingerprints of what the host's list of trusted CAs
              lacks; null for hosts for which there was no reason to look, since that takes two calls),
              client_certificate (expires_at, days_left, issuer, status as vCenter rates it; null where it was not asked for),
              alarms (name and status of those that vCenter has raised on it and not cleared).
            - A certificate has subject, issuer, serial_number, not_before, expires_at, days_left, sha256_fingerprint,
              sha1_thumbprint, names, key, self_signed, hash (of its signature, as in SHA-256).
          type: list
          elements: dict
        clusters:
          description:
            - The clusters that these hosts stand in - name, moid, datacenter, ha (enabled, host_monitoring as vCenter has it - null where it is unset, which
              means enabled - and noted, what a run wrote down before it switched that off), drs and dpm (enabled, behavior), vsan (enabled, and where
              O(vsan) is set health, and missing - the hosts that the others do not see),
              lifecycle_managed, missing_privileges (to switch host monitoring), readable.
          type: list
          elements: dict
        vm_restarts:
          description:
            - The virtual machines that vSphere HA restarted since O(vm_restarts_since) - virtual_machine, esxi_host, at. Null where that was not asked
              for, where no cluster has HA, and where the events could not be read.
          type: list
          elements: dict
        orphans:
          description: IOFilter providers whose url leads to no host of the vCenter.
          type: list
          elements: dict
        unavailable:
          description: What could not be read - what, subject, reason.
          type: list
          elements: dict
        retries:
          description: How many calls failed with transient errors and were retried.
          type: int
error_code:
  description: The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
  returned: failure
  type: str
"""

from datetime import datetime
from functools import partial
from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common import times
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._entry import messages
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.selection import Planned

SPEC: dict[str, dict[str, Any]] = {
    "esxi_hosts": {"type": "list", "elements": "str"},
    "probe": {"type": "bool", "default": True},
    "ssh": {"type": "bool", "default": False},
    "client_certificates": {"type": "bool", "default": False},
    "vsan": {"type": "bool", "default": False},
    "vmca_root_fingerprint": {"type": "str"},
    "wait_for_sps_seconds": {"type": "float", "default": 60.0},
    "vm_restarts_since": {"type": "str"},
    "planned_moids": {"type": "dict", "default": {}},
    "chosen_by": {"type": "dict", "default": {}},
    "planned_vmca_root": {"type": "str"},
}


def check(options: Mapping[str, Any]) -> None:
    """Look at what was given before anything is sent."""
    _since(options)
    Policy.from_options(options.get("chosen_by", {}))


def _since(options: Mapping[str, Any]) -> Optional[datetime]:
    given = options["vm_restarts_since"]
    try:
        return times.from_text(given) if given else None
    except ValueError as error:
        raise messages.MOMENT_INVALID(option="vm_restarts_since", problem=error) from error


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """Observe; nothing differs in check mode."""
    planned = Planned({str(name): str(moid) for name, moid in options["planned_moids"].items()})
    look = partial(
        observe,
        vsphere,
        probe=options["probe"],
        with_ssh=options["ssh"],
        with_client_certificates=options["client_certificates"],
        with_vsan=options["vsan"],
        vmca_root_fingerprint=options["vmca_root_fingerprint"],
        sps_patience_seconds=options["wait_for_sps_seconds"],
        chosen_by=Policy.from_options(options["chosen_by"]) if options["chosen_by"] else None,
        vm_restarts_since=_since(options),
        tell=tell_progress,
    )
    if planned.moids:
        findings = look(esxi_hosts=options["esxi_hosts"], planned=planned, planned_vmca_root=options["planned_vmca_root"])
    # What became of a host that is not there any more is told by all that are.
    if not planned.moids or planned.gone:
        findings = look(esxi_hosts=None if planned.gone else options["esxi_hosts"])
    return Result(values={"ansible_facts": {"certops": findings.estate.to_facts()}})


DEFINITION = Definition(SPEC, work, check)


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
