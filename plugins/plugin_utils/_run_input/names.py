# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that begin with certops_ and are none of the collection's: a name that is misspelt would silently leave the default."""

from __future__ import annotations

from typing import Iterable, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._common.notice import few
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import PREFIX, KnownVariables

MOST = 10


class UnknownNames:
    """Collects them, over all hosts of an inventory.

    extra: the names of all extra variables, which every host has. play: those of the play, which it has from its playbook.
    """

    def __init__(self, known: KnownVariables, extra: Iterable[str], play: Iterable[str]) -> None:
        self._known = known
        self._extra = [name for name in extra if name.startswith(PREFIX)]
        self._of_all = {*self._extra, *play}
        self._hosts: dict[str, list[str]] = {name: [] for name in play if self._strange(name)}

    def look(self, host: str, names: Iterable[str]) -> None:
        """Look at the names of a host's variables."""
        for name in names:
            if name.startswith(PREFIX) and not self._known.knows(name) and name not in self._of_all:
                self._hosts.setdefault(name, []).append(host)

    def problem(self) -> Optional[InputError]:
        """All that was found, in one sentence; None where nothing was."""
        told = [self._told(name, "an extra variable") for name in self._extra if not self._known.knows(name)]
        told += [self._told(name, f"of {few(hosts)}" if hosts else "of the play") for name, hosts in self._hosts.items()]
        if told:
            more = f" and {len(told) - MOST} more" if len(told) > MOST else ""
            return messages.VARIABLE_UNKNOWN(names=", ".join(told[:MOST]) + more)
        own = [name for name in self._extra if not self._known.may_be_extra(name)]
        if own:
            return messages.VARIABLE_SET_BY_THE_RUN(names=", ".join(own))
        return None

    def _strange(self, name: str) -> bool:
        return name.startswith(PREFIX) and not self._known.knows(name) and name not in self._extra

    def _told(self, name: str, where: str) -> str:
        nearest = self._known.nearest(name)
        return f"{name} ({where}; {nearest} is the nearest)" if nearest else f"{name} ({where})"
