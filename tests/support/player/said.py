# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says what became of a task, with the words of Ansible's default callback, as far as tests look for them."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Mapping

from ansible.plugins.callback import CallbackBase
from ansible.utils.display import Display

display = Display()
_CALLBACK = CallbackBase()
# Told by themselves, or shown at -vvv only.
_HIDDEN = ("invocation", "diff", "warnings", "deprecations", "exception")
# In the order of a recap.
COUNTED = ("ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored")


def say_result(host: str, result: Mapping[str, Any], *, failed: bool, diff: bool, ignored: bool = False) -> dict[str, Any]:
    """Say it, and return what is shown of it."""
    for warning in result.get("warnings", ()):
        display.warning(str(warning))
    if diff and result.get("diff"):
        display.display(_CALLBACK._get_diff(result["diff"]))
    shown = {key: value for key, value in result.items() if key not in _HIDDEN and not key.startswith("_ansible_")}
    if failed:
        display.display(f"fatal: [{host}]: FAILED! => {json.dumps(shown, ensure_ascii=False, sort_keys=True, default=str)}")
        if ignored:
            display.display("...ignoring")
    else:
        display.display(f"{'changed' if result.get('changed') else 'ok'}: [{host}]")
    return shown


def say_recap(counted: Mapping[str, Counter[str]]) -> None:
    """Say how many tasks of each host came to what."""
    display.display("\nPLAY RECAP " + "*" * 69)
    for host, numbers in sorted(counted.items()):
        display.display(f"{host:<26} : " + " ".join(f"{name}={numbers[name]:<4}" for name in COUNTED))
