# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's own SSH service, over its shell: for when vCenter has no connection to the host."""

from __future__ import annotations

from . import messages
from .shell import Shell, must

STOP = "vim-cmd hostsvc/stop_ssh"
SECONDS = 60.0


def stop_ssh(shell: Shell) -> None:
    """Stop TSM-SSH. Sessions that are open go on, this one among them. Raises CommandFailed, ShellUnreachable, ShellDropped."""
    must(shell, STOP, SECONDS, lambda answer: messages.SSH_NOT_STOPPED(address=shell.address, answer=answer))
