# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call of a host's program, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Callable

from ...estate.esxi_host import EsxiHost
from ...estate.vcenter import VCenter
from ..files import HostFiles


@dataclass
class Answer:
    """Exit status, standard output and standard error."""

    status: int = 0
    output: str = ""
    error: str = ""


@dataclass
class Invocation:
    """A program of a host that was started."""

    vcenter: VCenter
    host: EsxiHost
    files: HostFiles
    program: str
    arguments: list[str]

    def now(self) -> datetime:
        """The time by the host's own clock."""
        return self.vcenter.clock.now() + timedelta(seconds=self.host.clock_offset_seconds)

    def rest(self, seconds: float) -> None:
        """Take so many seconds of the estate."""
        self.vcenter.clock.rest(self.vcenter.clock.scaled(seconds))


Run = Callable[[Invocation], Answer]
