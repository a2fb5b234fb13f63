# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: estate
short_description: vCenters and their ESXi hosts, grouped by what is due
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Reads a list of vCenters, all at the same time, and makes an inventory of the vCenters and of every ESXi host that they know,
    disconnected ones too. The playbooks of the collection run on it as it is.
  - The file must be named C(estate.yml) or C(estate.yaml), or end with that, as in C(berlin.estate.yml).
  - What a host needs is decided as the playbooks decide it. Nothing is changed, and each vCenter takes the calls of one
    M(certops.vsphere.cert_expiry_facts).
  - The values of O(policy), O(vcenters) and of the options that lead to a vCenter may be templates, and may be encrypted with
    ansible-vault. Templates can use lookups and extra variables; other variables are not known yet when an inventory is made.
extends_documentation_fragment:
  - certops.vsphere.connection
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Says that the file is meant for this plugin.
    type: str
    required: true
    choices: [certops.vsphere.estate]
  vcenters:
    description:
      - The vCenters. An entry may be just a hostname.
      - What an entry does not say is taken from the option of the same name of the file, and then from the environment variable.
      - If not given, the file has one vCenter, O(hostname).
    type: list
    elements: dict
    suboptions:
      name:
        description: The inventory's name of the vCenter. Its hostname if not given.
        type: str
      hostname:
        description: Its name or address. Its name in the inventory if not given.
        type: str
      username:
        description: As O(username). C(admin) and C(user) are accepted too.
        type: str
      password:
        description: As O(password). C(pass) and C(pwd) are accepted too.
        type: str
      port:
        description: As O(port).
        type: int
      validate_certs:
        description: As O(validate_certs).
        type: bool
      ca_path:
        description: As O(ca_path).
        type: path
      proxy_host:
        description: As O(proxy_host).
        type: str
      proxy_port:
        description: As O(proxy_port).
        type: int
      proxy_username:
        description: As O(proxy_username).
        type: str
      proxy_password:
        description: As O(proxy_password).
        type: str
      request_timeout_seconds:
        description: As O(request_timeout_seconds).
        type: float
      vmca_root_fingerprint:
        description: As O(vmca_root_fingerprint).
        type: str
  hostname:
    description:
      - Name or address of the one vCenter, where O(vcenters) is not given.
      - If not given either, the environment variable E(VMWARE_HOST) is used.
  vmca_root_fingerprint:
    description:
      - SHA-256 fingerprint of VMCA's root among the vCenter's trusted roots, where it cannot be determined automatically.
      - A playbook gets it as C(certops_vmca_root_fingerprint).
    type: str
  concurrency:
    description: How many vCenters are read at the same time.
    type: int
    default: 8
  probe:
    description:
      - Whether to ask port 9080 of each ESXi host which certificate it serves.
      - Without it the certificate of a host that vCenter lost is not known, and nothing speaks against re-registering a provider whose
        host does not answer; a playbook, which asks unless C(certops_probe) is false, may decide otherwise.
    type: bool
    default: true
  policy:
    description:
      - What is due, any of C(renew_before_days) (45), C(force), C(refresh_display), C(hosts), C(skip), C(method),
        C(clock_tolerance_seconds) and C(custom_ca), which mean what the variables of the role P(certops.vsphere.observe#role) of these names with
        C(certops_) before them mean.
      - What is given here is also set as these variables on each vCenter, so that a playbook goes by the same. Extra variables of
        these names go before it, for the inventory too.
      - C(custom_ca) says, by true or false, whether playbooks are given C(certops_custom_ca), so that hosts of a vCenter in certificate mode C(custom)
        are due. How your CA signs belongs into C(group_vars/vcenters.yml); it is no variable that the inventory sets.
    type: dict
    default: {}
  ssh:
    description:
      - Whether SSH to the ESXi hosts is configured, so that a host that vCenter cannot renew is due for its own CLI.
      - It is set as C(certops_ssh) on each ESXi host. User and key belong into C(group_vars/esxi.yml).
      - If not given, the inventory takes it that there is no SSH, and a playbook looks at the variables of each host.
    type: bool
  strict:
    description:
      - Whether an entry of O(compose), O(groups) or O(keyed_groups) that cannot be evaluated is an error; otherwise it is passed over.
      - Unless O(on_unreachable) says something else, it is also an error then that a vCenter cannot be read.
  on_unreachable:
    description:
      - What it is that a vCenter cannot be read, because it does not answer, refuses the account or does not prove who it is.
      - With V(warn) there is a warning, and the vCenter is in the group C(unreachable) and without ESXi hosts. A playbook tries it again.
      - With V(fail) the file gives no inventory. Ansible itself goes on without it, with a warning, unless C(any_unparsed_is_failed) is
        set in the section C(inventory) of its configuration (E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED)).
      - If not given, V(fail) where O(strict) is true, and V(warn) otherwise.
    type: str
    choices: [warn, fail]
  compose:
    description: Create variables of ESXi hosts from Jinja2 expressions.
  groups:
    description: Add ESXi hosts to groups by Jinja2 conditions.
  keyed_groups:
    description: Add ESXi hosts to groups by the values of expressions.
  cache:
    description:
      - Whether to keep what was read for the next time, in an entry for each vCenter. What is due is decided anew each time.
      - A vCenter that could not be read is not kept, and is asked again. No entry has a user name or password in it.
notes:
  - The groups C(vcenters) and C(esxi) have the vCenters and the ESXi hosts. Each vCenter has a group C(vcenter_NAME) with itself and its
    hosts, in it C(datacenter_NAME_DATACENTER) and in these C(cluster_NAME_DATACENTER_CLUSTER); they begin with the vCenter's
    name because names of datacenters and clusters repeat.
  - By their state, ESXi hosts are in C(due) (the playbook would take steps on it, given an account that may), C(blocked) (something that is
    due is blocked, whatever the account), C(expired) (its certificate), C(provider_offline) (its provider is known and not online),
    C(healthy) (all certificates agree, nothing ends soon), C(asleep) (in standby) and C(unknown) (nothing is due as far as is known,
    and what it takes to say that all is well could not be read). These groups are there without a member too, and so is C(unreachable), of vCenters.
  - Each group of ESXi hosts, one of O(groups) and O(keyed_groups) too, has a sibling with C(_with_vcenters) after its name, which has the vCenters of
    its hosts as well. A playbook's unit is the vCenter, so that it is these that a run can be limited to, as in C(--limit due_with_vcenters).
  - A vCenter has the variables that lead a playbook to it (C(ansible_host), C(certops_vcenter_port), C(certops_vcenter_ca_path) and so on), and
    what C(cert_expiry_facts) shows of it. It has neither user name nor password - a playbook takes them from C(certops_vcenter_username) and
    C(certops_vcenter_password), for instance in C(group_vars/vcenters.yml) beside the file, or from E(VMWARE_USER) and E(VMWARE_PASSWORD).
  - An ESXi host has C(vcenter), C(esxi_host) (its name there), all that C(cert_expiry_facts) shows of it under the same names, and
    C(certops_rule), C(certops_reason), C(certops_unknown), C(certops_due), C(certops_steps), C(certops_blockers) and C(certops_warnings) of the plan.
  - While vCenters are read, a line on standard error says every 15 seconds how many of them have been, and which are waited for; the extra
    variable C(certops_progress_seconds) sets how often, 0 for never.
  - Two ESXi hosts of one name under two vCenters, also of two files of an inventory, are in it as C(NAME@VCENTER), each with its own state,
    and a warning says so.
  - Variables of ESXi hosts from elsewhere (C(certops_skip), C(certops_method), a user for SSH) are not known yet when an inventory is made.
    What they change shows in the playbook's plan.
"""

EXAMPLES = r"""
# berlin.estate.yml: one vCenter, its account from VMWARE_USER and VMWARE_PASSWORD
plugin: certops.vsphere.estate
hostname: vcenter.example.com
ca_path: /etc/ssl/vcenter-ca.pem

---
# all.estate.yml: several, with what they share, and one that differs
plugin: certops.vsphere.estate
username: auditor@vsphere.local
password: "{{ lookup('ansible.builtin.env', 'ESTATE_PASSWORD') }}"
ca_path: /etc/ssl/vcenter-ca.pem
vcenters:
  - name: vc-berlin
    hostname: vcenter.berlin.example.com
  - name: vc-lisbon
    hostname: vcenter.lisbon.example.com
    password: "{{ vault_lisbon_password }}" # with -e @vault.yml; or !vault and the encrypted text
policy:
  renew_before_days: 90
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/certops
cache_timeout: 3600
compose:
  ansible_host: addresses | first
keyed_groups:
  - key: certops_rule
    prefix: rule
  - key: version.split('.') | first
    prefix: esxi
"""

from dataclasses import replace
from typing import Any, Mapping, Optional

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._common.unforeseen import Traces
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import LIBRARIES, spellings, unread_proxy, without
from ansible_collections.certops.vsphere.plugins.module_utils._inventory.group_names import WITH_VCENTERS
from ansible_collections.certops.vsphere.plugins.module_utils._inventory.inventory import (
    VCENTERS,
    Inventory,
    InventoryHost,
    Source,
    arrange,
    sibling,
)
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import SYSTEM_CLOCK
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.libraries import require_libraries
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.own_faults import done_or_told
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.estate_cache import EstateCache
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.inventory_policy import (
    as_variables,
    check_policy,
    with_extra_variables,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.survey import Look, Seen, look_at_all
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.survey_lines import seconds_between, speak
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.vcenter_list import (
    ListedVCenter,
    is_connection_option,
    is_secret_option,
    listed_vcenters,
)

ENDINGS = ("estate.yml", "estate.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # ansible-core has no type hints
    """What Ansible asks for an inventory."""

    NAME = "certops.vsphere.estate"

    def verify_file(self, path: str) -> bool:
        """Whether the file is meant for this plugin, by its name."""
        return bool(super().verify_file(path)) and path.endswith(ENDINGS)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Make the inventory. Nothing is put into it before all of it is known, so that a failure leaves no half of it."""
        super().parse(inventory, loader, path, cache=cache)
        self._given: dict[str, Any] = {}

        def arrange() -> Inventory:
            self._read_options(path)
            return self._arranged(path, cache)

        try:
            arranged = done_or_told(f"the inventory plugin {self.NAME}", arrange)
        except CertopsError as error:
            # Ansible names the file with what it says of a failure.
            raise AnsibleParserError(str(error)) from None
        for warning in arranged.warnings:
            self.display.warning(warning)
        self._populate(arranged)

    def _read_options(self, path: str) -> None:
        try:
            self._read_config_data(path)
        except AttributeError:
            # Ansible asks a list for the plugin's name before it looks whether it is a dictionary.
            raise messages.INVENTORY_FILE_INVALID() from None

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Optional[Mapping[str, Any]] = None) -> None:
        """Take what leads to vCenters out of the file's options: Ansible would show a value that it cannot convert, a password too."""
        given = dict(direct or {})
        mine = {key: given.pop(key) for key in list(given) if key in ("vcenters", "policy") or is_connection_option(str(key))}
        self._given = mine
        known = {name for name, option in self.option_definitions.items() for name in (name, *(option.get("aliases") or ()))}
        unknown = sorted(str(key) for key in given if key not in known)
        if unknown:
            raise messages.INVENTORY_OPTION_UNKNOWN(names=", ".join(unknown))
        super().set_options(task_keys=task_keys, var_options=var_options, direct=given)

    def _arranged(self, path: str, cache: bool) -> Inventory:
        """All of the inventory, what the cache has not from the vCenters. Raises CertopsError, AnsibleError."""
        require_libraries(*LIBRARIES)
        concurrency = self.get_option("concurrency")
        if concurrency < 1:
            raise messages.INVENTORY_CONCURRENCY_INVALID(value=concurrency)
        given = {key: self._evaluated(key, value) for key, value in self._given.items()}
        policy = check_policy(given.pop("policy", None))
        listed = listed_vcenters(given.pop("vcenters", None), given)
        self._refuse_others(listed)
        effective = with_extra_variables(policy, self._vars, self._template)
        for text in {text for one in listed for text in unread_proxy(vars(one.connection))}:
            self.display.warning(text)
        looks = [Look(one.connection, self.get_option("probe"), one.vmca_root_fingerprint) for one in listed]
        seen = self._seen(looks, EstateCache(self._store(), self.get_cache_key(path), fresh=not cache), concurrency)
        self._refuse_unreachable(listed, seen)
        sources = [
            Source(
                name=one.name,
                variables={**one.variables(), **as_variables(policy)},
                policy=Policy.from_options({**effective, "vmca_root_fingerprint": one.vmca_root_fingerprint}),
                ssh=self.get_option("ssh"),
                estate=found.estate,
                problem=found.problem,
            )
            for one, found in zip(listed, seen, strict=True)
        ]
        return arrange(sources, SYSTEM_CLOCK.now(), self._sanitize_group_name, self._vcenter_before, self._names_before())

    def _vcenter_before(self, name: str) -> Any:
        """The vCenter that another file of the inventory gives to an ESXi host; None where there is no such host, or it names none."""
        return self._variable_before(name, "vcenter")

    def _names_before(self) -> dict[str, str]:
        """The vCenters that other files of the inventory were read from, by their instance UUIDs."""
        group = self.inventory.groups.get(VCENTERS)
        uuids = {host.name: host.get_vars().get("instance_uuid") for host in (group.get_hosts() if group else ())}
        return {str(uuid): str(name) for name, uuid in uuids.items() if uuid}

    def _variable_before(self, name: str, variable: str) -> Any:
        host = self.inventory.get_host(name)
        return None if host is None else host.get_vars().get(variable)

    def _refuse_others(self, listed: list[ListedVCenter]) -> None:
        """Raise InputError where another file of the inventory has another vCenter by the name of one of these."""
        for one in listed:
            before = self._variable_before(one.name, "ansible_host")
            if before not in (None, one.connection.hostname):
                raise messages.VCENTER_NAME_TAKEN(vcenter=one.name, other_hostname=before, hostname=one.connection.hostname)

    def _seen(self, looks: list[Look], kept: EstateCache, concurrency: int) -> list[Seen]:
        known = [kept.recall(look) for look in looks]
        unknown = [look for look, estate in zip(looks, known, strict=True) if estate is None]
        with Traces() as traces:
            found = look_at_all(unknown, concurrency, speak, seconds_between(self._vars, self._template))
        secrets = {text for look in looks for text in _secrets(look)}
        for trace in traces:
            self.display.vvv(without(secrets, trace))
        read = iter(replace(one, problem=without(secrets, one.problem)) for one in found)
        seen = []
        for look, estate in zip(looks, known, strict=True):
            if estate is not None:
                seen.append(Seen(estate=estate))
                continue
            seen.append(next(read))
            kept.keep(look, seen[-1].estate)
        return seen

    def _store(self) -> Any:
        return self._cache if self.get_option("cache") else None

    def _refuse_unreachable(self, listed: list[ListedVCenter], seen: list[Seen]) -> None:
        """Warn of vCenters that could not be read; raise InputError where that is an error."""
        problems = {one.name: found.problem for one, found in zip(listed, seen, strict=True) if found.problem is not None}
        if not problems:
            return
        if (self.get_option("on_unreachable") or ("fail" if self.get_option("strict") else "warn")) == "fail":
            told = " ".join(f"{name}: {problem}" for name, problem in problems.items())
            raise messages.VCENTERS_UNREACHABLE(unreachable=len(problems), total=len(listed), problems=told)
        for name, problem in problems.items():
            self.display.warning(notice.UNREACHABLE.of(vcenter=name, problem=problem))

    def _evaluated(self, where: str, value: Any) -> Any:
        """An option with its templates evaluated and what is encrypted decrypted. Raises InputError with where it is in the file."""
        if isinstance(value, Mapping):
            return {str(key): self._evaluated(f"{where}.{key}", item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._evaluated(f"{where}[{index}]", item) for index, item in enumerate(value)]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        try:
            # What is encrypted is no text yet, and nothing to be evaluated when it is: a password may look like a template.
            return self._template(value) if isinstance(value, str) else str(value)
        except AnsibleError as error:
            if is_secret_option(where.rpartition(".")[2]):
                # Ansible quotes what it cannot evaluate.
                raise messages.INVENTORY_OPTION_NOT_EVALUATED(option=where) from None
            raise messages.INVENTORY_OPTION_NOT_TEMPLATED(option=where, reason=" ".join(str(error).split())) from None

    def _template(self, value: Any) -> Any:
        """A template with what is known while an inventory is made: lookups and extra variables. Raises AnsibleError."""
        self.templar.available_variables = self._vars
        return self.templar.template(value)

    def _populate(self, arranged: Inventory) -> None:
        for group in arranged.groups:
            self.inventory.add_group(group)
        for parent, child in arranged.children:
            self.inventory.add_child(parent, child)
        for host in arranged.vcenters:
            self._add(host)
        strict = self.get_option("strict")
        for host in arranged.esxi_hosts:
            variables = {**self._add(host), "inventory_hostname": host.name}
            before = self._groups_of(host.name)
            self._set_composite_vars(self.get_option("compose"), variables, host.name, strict=strict)
            self._add_host_to_composed_groups(self.get_option("groups"), variables, host.name, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host.name, strict=strict)
            self._add_siblings(host, before)

    def _add_siblings(self, host: InventoryHost, before: set[str]) -> None:
        """Give the groups that a host has come to by expressions their siblings with its vCenter, as all the others have them."""
        for group in (one for one in self._groups_of(host.name) - before if not one.endswith(WITH_VCENTERS)):
            self.inventory.add_group(sibling(group))
            self.inventory.add_child(sibling(group), group)
            self.inventory.add_child(sibling(group), host.variables["vcenter"])

    def _groups_of(self, name: str) -> set[str]:
        return {group.name for group in self.inventory.get_host(name).get_groups()}

    def _add(self, host: InventoryHost) -> dict[str, Any]:
        """Add a host; its variables, none of which is a template, whatever somebody called a cluster."""
        self.inventory.add_host(host.name)
        for group in host.groups:
            self.inventory.add_child(group, host.name)
        variables: dict[str, Any] = wrap_var(dict(host.variables))
        for name, value in variables.items():
            self.inventory.set_variable(host.name, name, value)
        return variables


def _secrets(look: Look) -> set[str]:
    """What must not be shown of a vCenter, in all of its spellings."""
    known = look.connection
    accounts = ((known.username, known.password), (known.proxy_username, known.proxy_password))
    return {text for name, secret in accounts if secret for text in (secret, *spellings(name, secret))}
