# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An action that does all of its work on the controller: no module, no connection, the same in check mode, and never a change."""

from __future__ import annotations

from typing import Any, ClassVar, Mapping, Optional

from ansible.plugins.action import ActionBase
from ansible_collections.certops.vsphere.plugins.module_utils.core.errors import InputError, reason


class ControllerAction(ActionBase):  # type: ignore[misc]  # ansible-core has no type hints
    """A subclass names its options, and does its work on a report."""

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
        try:
            return {**result, "changed": False, **self.work(options)}
        except InputError as error:
            return {**result, "failed": True, "msg": str(error)}
        # What reading something raises that another version, or somebody else, made.
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            told = InputError(
                f"The report is not what this version of the collection made ({reason(error)})",
                cure="Make it with the filter certops.vsphere.report.",
            )
            return {**result, "failed": True, "msg": str(told)}

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Do it, and return what the task returns besides. Raises InputError with what the user can mend."""
        raise NotImplementedError
