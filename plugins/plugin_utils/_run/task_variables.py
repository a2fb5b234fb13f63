# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a task, as an action looks at them."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import evaluated

# What a task of this collection left as a fact: plain data, which is no template, and is not looked through for one.
_PLAIN = frozenset({"certops_after", "certops_plan", "certops_report", "certops_results", "__certops_run", "certops_verified"})

# What the roles have as defaults of variables, for where no role is.
REPORT_DIR, FAIL_ON, SHOWN_HOSTS, KEEP_REPORTS = "./certops-report", "unknown", 50, 30


class VariablesAction(ActionBase):  # type: ignore[misc]  # ansible-core has no type hints
    """An action that looks at variables of its task by their names."""

    def variable(self, task_vars: Mapping[str, Any], name: str, otherwise: Any = None) -> Any:
        """A variable's value, with what it refers to."""
        value = task_vars.get(name, otherwise)
        return value if isinstance(value, (dict, list)) and name in _PLAIN else evaluated(self, value)

    def names(self, task_vars: Mapping[str, Any], name: str) -> list[str]:
        """The names of hosts that a variable has, as the argument spec of a role takes them: a list, or one text with commas."""
        value = self.variable(task_vars, name) or []
        return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else [str(one) for one in value]

    def yes(self, task_vars: Mapping[str, Any], name: str, otherwise: bool = False) -> bool:
        """Whether a variable says yes, in whatever way Ansible takes for one."""
        return bool(boolean(self.variable(task_vars, name, otherwise), strict=False))
