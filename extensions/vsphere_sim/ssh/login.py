# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One SSH connection: who may log in, and what of it the journal hears."""

from __future__ import annotations

import asyncio
import hmac
from typing import Optional

import asyncssh

from ..estate.esxi_host import EsxiHost
from ..estate.vcenter import VCenter
from ..journal import session_label
from .files import AUTHORIZED_KEYS, HostFiles
from .gate import Gate, Passage

ROOT = "root"
LOGIN = "login"
LOCKDOWN_DISABLED = "lockdownDisabled"


class HostLogin(asyncssh.SSHServer):
    """Logs root in by the host's password, or by a key in the host's authorized_keys."""

    def __init__(self, vcenter: VCenter, host: EsxiHost, files: HostFiles, gate: Gate, number: int) -> None:
        self._vcenter = vcenter
        self._host = host
        self._files = files
        self._gate = gate
        self._passage: Optional[Passage] = None
        self._way = ""
        self.session = session_label(f"ssh-{host.uuid}-{number}")
        self.username = ROOT
        self._connection: Optional[asyncssh.SSHServerConnection] = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """A client is there."""
        self._connection = conn

    def connection_lost(self, exc: Optional[Exception]) -> None:
        """It is gone; perhaps before it was let in."""
        self._leave("refused")

    async def begin_auth(self, username: str) -> bool:
        """Somebody says who it is. Everybody has to prove it."""
        self.username = username
        self._leave("refused")
        self._passage = self._gate.enter(LOGIN, None, self.session, username)
        effect = self._passage.effect
        await asyncio.sleep(float(effect.get("delay_seconds") or 0))
        if "hang_seconds" in effect:
            await asyncio.sleep(float(effect["hang_seconds"]))
        if "hang_seconds" in effect or effect.get("drop") == "before":
            self._leave("hung" if "hang_seconds" in effect else "dropped before")
            self.drop()
        return True

    def password_auth_supported(self) -> bool:
        """As on ESXi."""
        return True

    def public_key_auth_supported(self) -> bool:
        """As on ESXi."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Whether it is root's."""
        self._way = "password"
        return self._admits(username) and hmac.compare_digest(password.encode(), self._host.password.encode())

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether the host's own list has this key."""
        if not self._admits(username):
            return False
        content = await asyncio.get_running_loop().run_in_executor(None, self._authorized_keys)
        known = content.decode("utf-8", "replace").splitlines()
        offered = key.export_public_key().split()[:2]
        if not any(line.split()[:2] == [word.decode() for word in offered] for line in known):
            return False
        self._way = "publickey"
        return True

    def auth_completed(self) -> None:
        """It was let in."""
        passage = self._passage
        if passage is None:
            return
        passage.entry.detail = self._way
        dropped = passage.effect.get("drop") == "after"
        self._leave("dropped after" if dropped else "ok")
        if dropped:
            self.drop()

    def drop(self) -> None:
        """Cut the connection."""
        if self._connection is not None:
            self._connection.abort()

    def _admits(self, username: str) -> bool:
        if self._passage is None or self._passage.refusal is not None or username != ROOT:
            return False
        return self._host.lockdown_mode == LOCKDOWN_DISABLED or username in self._host.exception_users

    def _authorized_keys(self) -> bytes:
        try:
            return self._files.read(AUTHORIZED_KEYS)
        except OSError:
            return b""  # Somebody took it away.

    def _leave(self, outcome: str) -> None:
        if self._passage is not None:
            self._gate.leave(self._passage, outcome)
            self._passage = None
