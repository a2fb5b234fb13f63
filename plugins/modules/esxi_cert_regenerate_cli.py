#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: esxi_cert_regenerate_cli
short_description: Have an ESXi host make its own certificate
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Has one ESXi host make a new certificate by its own command line (the CLI step of Broadcom's KB 320568), and sees that its services
    serve it. It is for hosts that vCenter can't renew.
  - It works over the connection of the task, usually with C(delegate_to) the host over SSH. It sends one-line commands of the host's own
    shell and copies nothing to it. The old certificate and key are copied, with their modes, to a dated folder on the host, and put back
    if anything fails.
  - No CA that vCenter trusts issued that certificate. Reconnect the host then with M(certops.vsphere.esxi_reconnect) against
    RV(hosts[].certificate_pem), and unless the vCenter is in mode C(thumbprint) renew it with M(certops.vsphere.esxi_cert_regenerate).
    The role C(certops.vsphere.renew_cli) does the former, the playbook C(certops.vsphere.renew_iofilter) both.
  - When Ansible is told to end (Ctrl-C, SIGTERM), a host whose certificate is being replaced is brought to an end first, and SSH that was
    switched on is switched off.
extends_documentation_fragment:
  - certops.vsphere.connection
  - certops.vsphere.attributes
  - certops.vsphere.attributes.action_group
options:
  esxi_host:
    description: The ESXi host, by the name that vCenter shows.
    type: str
    required: true
  planned_moid:
    description:
      - For a caller that made a plan - the id (moid) that the host had in it.
      - A host that was renamed, removed, or removed and added again since is not touched. A vCenter that cannot be asked says nothing of that.
    type: str
  renew_before_days:
    description: A certificate that ends within so many days is renewed.
    type: float
    default: 45
  force:
    description: Renew whatever the certificate's age is. What is refused is refused all the same.
    type: bool
    default: false
  reload:
    description:
      - The most disruptive way in which the host's daemons may be made to take up the new certificate. Less disruptive ones are tried
        first, until ports 443 and 9080 serve it.
      - V(notify) has vCenter notify them (C(NotifyAffectedServices)), which needs a host that is connected and runs 8.0.3 or later.
      - V(agents) restarts hostd and vpxa, before ESXi 8 also rhttpproxy, and then iofiltervpd.
      - V(all) in the end runs C(services.sh restart), unless the host uses vSAN, LACP or NSX. It may start virtual machines that are
        set to start with the host.
    type: str
    choices: [notify, agents, all]
    default: agents
  switch_ssh:
    description:
      - Whether SSH (the service C(TSM-SSH)) is switched on through vCenter where it is off, and off again afterwards. It needs O(hostname)
        and a vCenter that has a connection to the host.
      - In check mode it stays off. The host itself is not asked then, and what is returned is what its renewal would be.
      - It is switched off through vCenter, or over the host's own shell where vCenter has lost the host over its new certificate.
    type: bool
    default: false
  accept_unverified_host:
    description:
      - Whether a connection will do that is not known to check the host's key.
      - What is known is what C(ssh -G) resolves of the arguments that Ansible's plugin C(ansible.builtin.ssh) gives it and of the files of
        ssh_config. Of other connection plugins it is not known.
      - With V(true) the host key is not verified, and RV(hosts[].trusted_by) is V(first_use).
    type: bool
    default: false
  host_timeout_seconds:
    description:
      - How long the renewal of the host may take, in seconds. A single request to the vCenter never takes longer than
        O(request_timeout_seconds).
      - Putting the old certificate back after a failure may take 300 more.
    type: float
    default: 300
seealso:
  - module: certops.vsphere.esxi_cert_regenerate
  - module: certops.vsphere.esxi_reconnect
  - name: How to renew an IOFilter certificate
    description: Broadcom's knowledge base, article 320568.
    link: https://knowledge.broadcom.com/external/article/320568
"""

EXAMPLES = r"""
- name: Have a host that vCenter lost make its own certificate
  certops.vsphere.esxi_cert_regenerate_cli:
    esxi_host: esx-a07.example.com
  delegate_to: esx-a07.example.com

- name: Switch SSH on for it, through vCenter, and off again
  certops.vsphere.esxi_cert_regenerate_cli:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    esxi_host: esx-a07.example.com
    switch_ssh: true
  delegate_to: esx-a07.example.com
"""

RETURN = r"""
hosts:
  description:
    - The result of the host, whether the module failed or not.
    - Where SSH could not be switched off again, a second result of the host is failed and says so.
  returned: once the options are checked
  type: list
  elements: dict
  contains:
    esxi_host:
      description: The host.
      type: str
    step:
      description: V(renew_cli).
      type: str
    status:
      description: One of V(changed), V(unchanged), V(failed).
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
      description: What happened, and what to do; null where nothing failed.
      type: str
    error_code:
      description: The name of that error, which stays the same when its words change; null where nothing failed.
      type: str
    before:
      description: The certificate before.
      type: dict
    after:
      description: The certificate as it was read back.
      type: dict
    trusted_by:
      description: How the certificate is known to be the host's - V(ssh), a connection that checks the host's key, or V(first_use).
      type: str
    notes:
      description: Further remarks.
      type: list
      elements: str
    vsphere_fault:
      description: Empty.
      type: str
    certificate_pem:
      description: The certificate that the host has now, for O(certops.vsphere.esxi_reconnect#module:certificates).
      type: str
      returned: always
    backup:
      description: The folder on the host that the old certificate and key were copied to; null where nothing was replaced.
      type: str
      returned: always
    reloaded_by:
      description: What was notified or restarted, in order.
      type: list
      elements: str
      returned: always
error_code:
  description:
    - The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
    - Where hosts failed, it is that of the first.
  returned: failure
  type: str
"""

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._entry import messages
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run, whole_spec
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import check_days
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell

SPEC: dict[str, dict[str, Any]] = {
    "esxi_host": {"type": "str", "required": True},
    "planned_moid": {"type": "str"},
    "renew_before_days": {"type": "float", "default": 45.0},
    "force": {"type": "bool", "default": False},
    "reload": {"type": "str", "choices": ["notify", "agents", "all"], "default": "agents"},
    "switch_ssh": {"type": "bool", "default": False},
    "accept_unverified_host": {"type": "bool", "default": False},
    "host_timeout_seconds": {"type": "float", "default": 300.0},
}
WHOLE_SPEC = whole_spec(SPEC)


def check(options: Mapping[str, Any]) -> None:
    """Raise InputError for what cannot be meant."""
    check_days(options)
    name = str(options["esxi_host"])
    if not name.strip() or any(sign in name for sign in "*?["):
        raise messages.CLI_HOST_INVALID(value=name)
    if options["host_timeout_seconds"] <= 0:
        raise messages.CLI_TIMEOUT_INVALID(value=options["host_timeout_seconds"])
    if options["switch_ssh"] and not options["hostname"]:
        raise messages.SWITCH_SSH_WITHOUT_VCENTER()


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """The action of this name does it: a module would run on the ESXi host, with no more than busybox around it."""
    raise messages.CLI_RUN_AS_MODULE()


def main() -> None:
    """Run the module."""
    run(Definition(SPEC, work, check))


if __name__ == "__main__":
    main()
