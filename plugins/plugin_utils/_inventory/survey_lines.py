# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines about how many vCenters have been read, while an inventory is made: Ansible itself says nothing until it has ended."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from ansible.errors import AnsibleError
from ansible.utils.display import Display
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import duration
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.progress_seconds import (
    DEFAULT_SECONDS,
    MARGIN,
    VARIABLE,
    as_seconds,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.survey import SoFar

# With more names than these a line says only how many there are besides.
NAMES = 5

display = Display()


def seconds_between(variables: Mapping[str, Any], evaluate: Callable[[Any], Any]) -> Optional[float]:
    """How long to be silent, by the extra variables; None for ever.

    What is no number of seconds is passed over here: the first task of a playbook warns of it.
    """
    try:
        seconds = as_seconds(evaluate(variables.get(VARIABLE, DEFAULT_SECONDS)))
    except (AnsibleError, TypeError, ValueError):
        seconds = None
    return (DEFAULT_SECONDS if seconds is None else seconds) * (1 - MARGIN) or None


def speak(so_far: SoFar) -> None:
    """Say it. To standard error: what `ansible-inventory --list` prints is one JSON document."""
    display.display(sentence(so_far), stderr=True)


def sentence(so_far: SoFar) -> str:
    """The line that is shown."""
    names = ", ".join(so_far.waited_for[:NAMES])
    more = len(so_far.waited_for) - NAMES
    waited_for = f"{names} and {more} more" if more > 0 else names
    told = f", waiting for {waited_for}" if waited_for else ""
    return f"inventory: {so_far.done} of {so_far.total} vCenters read{told}, running for {duration(so_far.running_seconds)}"
