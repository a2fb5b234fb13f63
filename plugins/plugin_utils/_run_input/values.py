# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of variables, all of them before the first call: types and choices as the roles declare them, and the ranges that these cannot say."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any, Callable, Mapping, Optional

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._common.notice import few
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import refusal, shown
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca import given as custom_ca
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import PREFIX
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.window_end import WindowProblem, window_end

MOST = 10
# The smallest and the largest value, None where there is no end; those of the policy are its own (_deciding/policy.py).
RANGES: Mapping[str, tuple[float, Optional[float]]] = {
    "certops_concurrency": (1, None),
    "certops_shown_hosts": (0, None),
    "certops_keep_reports": (0, None),
    "certops_progress_seconds": (0, None),
    "certops_reregister_heal_seconds": (0, None),
    "certops_reregister_in_place_seconds": (0, None),
    "certops_reregister_look_seconds": (0, None),
    "certops_vcenter_port": (1, 65535),
    "certops_vcenter_proxy_port": (1, 65535),
}
# Where a time is waited for, none at all is no time.
ABOVE_NOTHING = "_timeout_seconds"
# An empty text is no value of these: it would be the current folder, no vCenter, and not one host.
NEVER_EMPTY = frozenset({"certops_report_dir", "certops_vcenter_hostname", "certops_hosts"})
_OF_ESXI = ("certops_skip", "certops_ssh")


class Values:
    """Collects what cannot be meant, over all hosts that are looked at.

    options: how each option is declared, by its name. signs: whether certificates are to be signed on this controller, so that it has to have what
    that takes. changes: whether the run changes anything, as one does that is neither an audit nor in check mode.
    """

    def __init__(self, options: Mapping[str, Mapping[str, Any]], *, signs: bool = False, changes: bool = False) -> None:
        self._options = options
        self._signs = signs
        self._changes = changes
        self._found: dict[str, list[str]] = {}
        self._lists: set[str] = set()

    def look(self, host: str, name: str, value: Any) -> None:
        """Look at the value that an option has for a vCenter."""
        if name == "certops_skip":
            # An ESXi host may inherit it too.
            self._lists.add(str(value))
        self._note(host, name, value, self._refusal(name, value))

    def look_at_esxi(self, host: str, variables: Mapping[str, Any]) -> None:
        """Look at what an ESXi host of the inventory says of itself; vCenters come before."""
        for name in _OF_ESXI:
            value = variables.get(name)
            # A list is inherited, and no word about this host.
            if value is None or isinstance(value, (list, tuple)) or value == "" or str(value) in self._lists:
                continue
            self._note(host, name, value, None if _is_boolean(value) else "it must be true or false")
        method = variables.get("certops_method")
        self._note(host, "certops_method", method, None if method is None else refusal("method", method))

    def problem(self) -> Optional[InputError]:
        """All that was found, in one sentence; None where nothing was."""
        told = [f"{what}; {few(hosts)})" for what, hosts in self._found.items()]
        if not told:
            return None
        more = f" and {len(told) - MOST} more" if len(told) > MOST else ""
        return messages.VARIABLE_VALUE_INVALID(problems=", ".join(told[:MOST]) + more)

    def _note(self, host: str, name: str, value: Any, why: Optional[str]) -> None:
        if why is not None:
            # There may be a password in a dictionary; a secret by itself is a text, and any text will do.
            what = f"cannot be {shown(value)}" if isinstance(value, (str, int, float)) else "has no value that it can have"
            self._found.setdefault(f"{name} {what} ({why}", []).append(host)

    def _refusal(self, name: str, value: Any) -> Optional[str]:
        """What the value would have to be; None where it may be what it is."""
        option = self._options[name]
        kind = option.get("type", "str")
        if value is None or value == "":
            if name in NEVER_EMPTY and (value == "" or name != "certops_hosts"):
                return "it must not be empty"
            return "it must not be empty" if value == "" and (kind in _KINDS or "choices" in option) else None
        if name == "certops_skip":
            return None if isinstance(value, (bool, str, list, tuple)) else "it must be a list, true or false"
        if name == "certops_save_plan" and self._changes:
            return "a plan is saved in check mode only: add --check"
        if name == "certops_window_end":
            return _window_refusal(value)
        if name == "certops_custom_ca":
            return _custom_ca_refusal(option, value, signs=self._signs)
        if "choices" in option and value not in option["choices"]:
            return f"it must be one of: {', '.join(map(str, option['choices']))}"
        return _KINDS[kind](name, value) if kind in _KINDS else refusal(name.removeprefix(PREFIX), value)


def _window_refusal(value: Any) -> Optional[str]:
    try:
        window_end(value, datetime.now(timezone.utc))
    except WindowProblem as problem:
        return str(problem)
    return None


def _custom_ca_refusal(option: Mapping[str, Any], value: Any, *, signs: bool) -> Optional[str]:
    """Nothing of its values is shown but files and a program: a passphrase may be among them."""
    known = option.get("options") or {}
    strange = [str(key) for key in value if key not in known] if isinstance(value, Mapping) else []
    if strange:
        return f"it has no {', '.join(strange)}, only {', '.join(known)}"
    return custom_ca.problem(value) if signs else custom_ca.shape_problem(value)


def _number_refusal(name: str, value: Any, *, whole: bool) -> Optional[str]:
    key = name.removeprefix(PREFIX)
    lowest, highest = RANGES.get(name, (None, None))
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    if math.isnan(number) or isinstance(value, bool):
        return refusal(key, value) or f"it must be a {'whole ' if whole else ''}number"
    if whole and number not in (float("inf"), float("-inf")) and number != int(number):
        return "it must be a whole number"
    if name.endswith(ABOVE_NOTHING):
        return None if 0 < number < float("inf") else "it must be a number above 0"
    if lowest is not None and not (lowest <= number < float("inf") and (highest is None or number <= highest)):
        return (
            f"it must be a number of {lowest:g} or more"
            if highest is None
            else f"it must be a number from {lowest:g} to {highest:g}"
        )
    return refusal(key, value)


def _is_boolean(value: Any) -> bool:
    try:
        boolean(value)
    except TypeError:
        return False
    return True


_KINDS: Mapping[str, Callable[[str, Any], Optional[str]]] = {
    "int": lambda name, value: _number_refusal(name, value, whole=True),
    "float": lambda name, value: _number_refusal(name, value, whole=False),
    "bool": lambda name, value: refusal(name.removeprefix(PREFIX), value) if _is_boolean(value) else "it must be true or false",
    "dict": lambda name, value: None if isinstance(value, Mapping) else "it must be a dictionary",
}
