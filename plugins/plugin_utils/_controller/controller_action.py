# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An action that does all of its work on the controller: no module, no connection, the same in check mode, and never a change."""

from __future__ import annotations

from typing import Any, ClassVar, Mapping, Optional

from ansible.plugins.action import ActionBase
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import failed_with
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.own_faults import COLLECTION, done_or_told


class ControllerAction(ActionBase):  # type: ignore[misc]  # ansible-core has no type hints
    """A subclass names its options, and does its work, with the task's variables where it needs them."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    SPEC: ClassVar[Mapping[str, dict[str, Any]]] = {}
    # What besides SPEC holds of the options, as AnsibleModule takes it.
    RULES: ClassVar[Mapping[str, Any]] = {}

    def run(self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(argument_spec=dict(self.SPEC), **self.RULES)
        self.variables: Mapping[str, Any] = task_vars or {}
        task = f"the task {COLLECTION}.{self.__module__.rpartition('.')[2]}"
        try:
            return {**result, "changed": False, **done_or_told(task, lambda: self.work(options))}
        except CertopsError as error:
            return {**result, **failed_with(error)}

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Do it, and return what the task returns besides. Raises InputError with what the user can mend."""
        raise NotImplementedError
