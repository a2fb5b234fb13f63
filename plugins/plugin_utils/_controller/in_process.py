# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's work in the process of its task, where a process of the same Python on the same machine would do it anyway.

Ansible packs a module with all that it imports, starts a Python for it and has that unpack and compile it: a third of a second and
40 MB each, on a controller that works on many vCenters at the same time. Here it was imported once, before Ansible forked. Whatever
asks for another process gets it: another machine, Python, user or environment, async; and options that are wrong, which AnsibleModule tells.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any, Mapping, Optional

from ansible import constants
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import (
    LIBRARIES,
    TRACEBACKS,
    Definition,
    carry_out,
    without,
)
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import (
    delegate_of,
    evaluated,
    is_async,
    is_plainly_local,
    shows_diff,
)

# Ansible's own ways of choosing a Python, by which the operator names none.
DISCOVERED = ("auto", "auto_silent", "auto_legacy", "auto_legacy_silent")


@dataclass(frozen=True)
class Prepared:
    """A module's work with its options, validated and with their defaults; secrets are what is not to be shown.

    shows_options: whether the options are part of the result, as `invocation`.
    """

    definition: Definition
    options: Mapping[str, Any]
    secrets: set[str]
    check_mode: bool
    diff: bool
    shows_options: bool

    def carry_out(self, tell: Tell) -> dict[str, Any]:
        """Do it, and return what the task returns: what the module would, without what must not be shown."""
        answer = carry_out(self.definition, self.options, self.secrets, check_mode=self.check_mode, diff=self.diff, tell=tell)
        values = {"changed": False, **answer.values}
        if answer.warnings:
            values["warnings"] = answer.warnings
        if answer.failure is not None:
            values.update(failed=True, msg=answer.failure)
        if answer.traces:
            values[TRACEBACKS] = answer.traces
        shown = without(self.secrets, values)
        if self.shows_options:
            # The options have the password: were it looked for in one text with the rest, it would always be found.
            shown = {**shown, "invocation": {"module_args": remove_values(self.options, self.secrets)}}
        # As it comes out of a module: plain JSON.
        plain: dict[str, Any] = json.loads(json.dumps(shown))
        return plain


def prepare(action: ActionBase, definition: Definition, task_vars: Mapping[str, Any]) -> Optional[Prepared]:
    """The work of an action's task, or None where it is to be done by the module in a process of its own."""
    if not _is_here(action, task_vars) or any(LIBRARIES.values()):
        return None
    try:
        # Plain values: Ansible's own marks of where a text comes from are none of the work's business.
        given = json.loads(json.dumps(action._task.args, default=str))
    except (TypeError, ValueError):
        return None
    checked = ArgumentSpecValidator(definition.whole_spec, **definition.constraints).validate(given)
    if checked.error_messages or checked._warnings or checked._deprecations:
        return None
    return Prepared(
        definition,
        checked.validated_parameters,
        set(checked._no_log_values),
        bool(action._task.check_mode),
        shows_diff(action),
        _shows_options(task_vars),
    )


def _shows_options(task_vars: Mapping[str, Any]) -> bool:
    """Whether a module in a process of its own would return its options: always before ansible-core 2.21, since then by a setting."""
    if not hasattr(constants, "INJECT_INVOCATION"):
        return True
    return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=task_vars))


def _is_here(action: ActionBase, task_vars: Mapping[str, Any]) -> bool:
    return not is_async(action) and is_plainly_local(action) and _same_python(action, task_vars)


def _same_python(action: ActionBase, task_vars: Mapping[str, Any]) -> bool:
    delegate = delegate_of(action)
    variables = task_vars.get("ansible_delegated_vars", {}).get(delegate, {}) if delegate else task_vars
    given = evaluated(action, constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables))
    # Not by what it leads to: Pythons of two virtual environments lead to the same program and have other libraries.
    return given in DISCOVERED or os.path.normpath(str(given)) == os.path.normpath(sys.executable)
