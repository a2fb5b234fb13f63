# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every filter, action and inventory plugin does its work in: a defect of ours is told as ours, and shows its traceback at -vvv only.

Filters and actions parse what they are given first, and raise InputError where the user has to mend it. What Ansible or Jinja raises while a value
is looked at (an undefined variable, a template that fails, a vault that does not open) is the user's as well, and passes as it is.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Mapping, TypeVar

from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.utils.display import Display
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InternalError
from ansible_collections.certops.vsphere.plugins.module_utils._common.unforeseen import Traces, foreseen
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import messages
from jinja2 import TemplateError, Undefined

T = TypeVar("T")

COLLECTION = "certops.vsphere"
NOTHING_CHANGED = "It changes nothing by itself; what other tasks did stays done."

display = Display()


def done_or_told(doing: str, work: Callable[[], T], *, consequence: str = NOTHING_CHANGED) -> T:
    """Do some work; arguments as of foreseen. Raises CertopsError, or what Ansible or Jinja raised."""
    with Traces() as traces:
        try:
            return foreseen(doing, work, consequence=consequence, passing=(AnsibleError, TemplateError))
        except InternalError:
            # Where the work itself caught it, it shows it as well.
            for trace in traces:
                display.vvv(trace)
            raise


def as_filters(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Filters by their names, as Ansible is given them: what they raise becomes AnsibleFilterError, in one sentence or two."""
    return {name: _as_filter(f"{COLLECTION}.{name}", work) for name, work in filters.items()}


def _as_filter(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(work)

    @functools.wraps(work)
    def carried_out(*given: Any, **named: Any) -> Any:
        try:
            signature.bind(*given, **named)
        except TypeError as error:
            raise AnsibleFilterError(f"{name}: {messages.FILTER_ARGUMENTS_WRONG(reason=error, filter_name=name)}") from None
        for value in (*given, *named.values()):
            if isinstance(value, Undefined):
                # Jinja's own word for it, which names the variable.
                str(value)
        try:
            return done_or_told(f"the filter {name}", lambda: work(*given, **named))
        # Ansible would say again what caused the error: the sentence has it already.
        except CertopsError as error:
            raise AnsibleFilterError(f"{name}: {error}") from None

    return carried_out
