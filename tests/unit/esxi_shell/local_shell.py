# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ESXi host's shell that is this machine's own sh, with the host's folder of certificates in a temporary one."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.pair_files import FOLDER
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import Output


class LocalShell:
    """Runs lines. generates: what stands in the place of /sbin/generate-certificates, as a line."""

    address = "192.0.2.1"

    def __init__(self, folder: Path, generates: str = "false") -> None:
        self.lines: list[str] = []
        self._folder = folder
        self._generates = generates

    def run(self, command: str, _seconds: float) -> Output:
        """Run one, as a user with the umask that ESXi's root has."""
        self.lines.append(command)
        line = command.replace("/sbin/generate-certificates", self._generates).replace(FOLDER, str(self._folder))
        done = subprocess.run(
            ["/bin/sh", "-c", f"umask 022; {line}"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        return Output(done.returncode, done.stdout, done.stderr)

    def renew(self) -> None:
        """There is no connection."""
