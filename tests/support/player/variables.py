# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a task, by Ansible's order of precedence, as far as our playbooks and roles have them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Mapping, Sequence

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from player.content import Role


@dataclass(frozen=True)
class Scope:
    """What holds where a task stands: of roles, of blocks and tasks, and of includes, from the outermost to the innermost."""

    role: str = ""
    of_play: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    of_roles: Mapping[str, Any] = field(default_factory=dict)
    of_tasks: Mapping[str, Any] = field(default_factory=dict)
    of_includes: Mapping[str, Any] = field(default_factory=dict)

    def with_role(self, role: Role) -> Scope:
        """The same within a role."""
        return replace(
            self, role=role.name, defaults={**self.defaults, **role.defaults}, of_roles={**self.of_roles, **role.variables}
        )

    def with_tasks(self, variables: Mapping[str, Any]) -> Scope:
        """The same within a block or a task that has variables."""
        return replace(self, of_tasks={**self.of_tasks, **variables}) if variables else self

    def with_include(self, variables: Mapping[str, Any]) -> Scope:
        """The same within what is included with variables, which outrank facts."""
        return replace(self, of_includes={**self.of_includes, **variables}) if variables else self


class World:
    """The inventory, and what is known of its hosts."""

    def __init__(self, loader: DataLoader, sources: Sequence[str], extra: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        self.inventory = InventoryManager(loader, list(sources))
        self.inventory.subset(options.get("ansible_limit"))
        self._extra = dict(extra)
        # Two of them: what only the inventory says is beneath the variables of plays and roles.
        self._of_inventory = VariableManager(loader, self.inventory)
        self._of_all = VariableManager(loader, self.inventory)
        self._of_all._extra_vars = self._extra
        for one in (self._of_inventory, self._of_all):
            one._options_vars = dict(options)
        # The constructor hands itself to the manager.
        HostVars(self.inventory, self._of_all, loader)
        self._facts: dict[str, dict[str, Any]] = {}
        self._fixed: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def hosts(self, pattern: str) -> list[str]:
        """The names of the hosts that a play is for."""
        return [host.get_name() for host in self.inventory.get_hosts(pattern)]

    def keep(self, host: str, facts: Mapping[str, Any]) -> None:
        """What a task registered or set for a host."""
        self._facts.setdefault(host, {}).update(facts)
        self._of_all.set_nonpersistent_facts(host, dict(facts))

    def variables(self, host: str, scope: Scope, of_play: Mapping[str, Any]) -> dict[str, Any]:
        """Those of a host's task. of_play: what Ansible itself says of the play."""
        if host not in self._fixed:
            found = self.inventory.get_host(host)
            self._fixed[host] = (
                self._of_inventory.get_vars(host=found, include_hostvars=False),
                self._of_all._get_magic_variables(play=None, host=found, task=None, include_hostvars=True),
            )
        inventory, magic = self._fixed[host]
        return {
            **scope.defaults,
            **inventory,
            **scope.of_play,
            **scope.of_roles,
            **scope.of_tasks,
            **self._facts.get(host, {}),
            **scope.of_includes,
            **self._extra,
            **magic,
            **of_play,
            **({"role_name": scope.role, "ansible_role_name": f"certops.vsphere.{scope.role}"} if scope.role else {}),
        }
