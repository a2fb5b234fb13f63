# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ESXi host's shell, over whatever connection: one-line commands of busybox ash, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Protocol

from .._common.errors import CertopsError
from .._common.printable import on_one_line

LONGEST_SHOWN = 300


def shorten(text: str) -> str:
    """A text on one line, printable, short enough for a message."""
    text = on_one_line(text)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


@dataclass(frozen=True)
class Output:
    """What a command ended with."""

    exit_status: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.exit_status == 0

    @property
    def said(self) -> str:
        """What it said of a failure, short enough for a message."""
        text = shorten(self.stderr or self.stdout)
        return f"exit status {self.exit_status}" + (f" ({text})" if text else "")


class ShellUnreachable(CertopsError):
    """No shell was to be had: the host did not answer, or let nobody in."""


class ShellDropped(CertopsError):
    """The connection ended, or nothing came back in time, while a command ran: what the command did is not known."""


class CommandFailed(CertopsError):
    """A command on the host ended with a failure."""


class Shell(Protocol):
    """Where commands are run. Every one of them is one line, and nothing is ever copied to the host."""

    @property
    def address(self) -> str:
        """What the connection leads to: a name or address."""

    def run(self, command: str, seconds: float) -> Output:
        """Run one line and wait so long for its end. Raises ShellUnreachable, ShellDropped."""

    def renew(self) -> None:
        """Forget the connection: the next command opens another."""


def must(shell: Shell, command: str, seconds: float, refused: Callable[[str], CommandFailed]) -> Output:
    """Run a line that has to succeed. refused: makes the error of what the host answered. Raises that error."""
    output = shell.run(command, seconds)
    if not output.ok:
        raise refused(output.said)
    return output
