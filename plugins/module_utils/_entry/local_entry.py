# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and a module that looks at the machine it runs on: no vCenter session, and no library besides Python's own.

It runs on a vCenter appliance, whose Python has neither pyVmomi nor cryptography, so nothing here may lead to them.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.module_utils.basic import AnsibleModule

from .._common.errors import CertopsError
from .._common.unforeseen import Traces, foreseen


def run_locally(
    argument_spec: Mapping[str, Mapping[str, Any]], work: Callable[[Mapping[str, Any]], tuple[dict[str, Any], list[str]]]
) -> None:
    """Run a module that changes nothing: work is given its options, and gives what it returns and its warnings."""
    module = AnsibleModule(argument_spec=argument_spec, supports_check_mode=True)
    with Traces() as traces:
        try:
            values, warnings = foreseen("this task", lambda: work(module.params), consequence="Nothing was changed.")
        except CertopsError as error:
            # The traceback is Ansible's to show, or not to show, by how talkative it is.
            more = {"exception": "\n".join(traces)} if traces else {}
            module.fail_json(msg=str(error), error_code=error.code, **more)
    for warning in warnings:
        module.warn(warning)
    module.exit_json(changed=False, **values)
