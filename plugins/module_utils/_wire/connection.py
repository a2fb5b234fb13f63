# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to reach one vCenter: the connection options, checked before anything is sent."""

from __future__ import annotations

import math
import os
import re
import stat
from dataclasses import dataclass, field
from functools import cached_property
from typing import Mapping, Optional

from . import messages
from .journal.journal import Journal

# A name or an address, and nothing of a url; brackets are for IPv6.
_HOSTNAME = re.compile(r"[^\s/@?#\[\]\x00-\x20\x7f]+|\[[0-9A-Fa-f:.]+(%\w+)?\]")
_LONGEST_HOSTNAME = 253
_LONGEST_LABEL = 63
_PORTS = range(1, 65536)

# The longest that one request may take as a whole; waiting for tasks is another matter and has its own deadline.
REQUEST_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Connection:
    """One vCenter's address, account and trust. vim, SMS and REST all use it.

    journal_path: a file that is told what is asked and answered (journal.py).
    timeouts: by the names of their options how long a request may take, and what it is a part of; the shortest of them counts.
    """

    hostname: str
    username: str
    password: str = field(repr=False)
    port: int = 443
    validate_certs: bool = True
    ca_path: Optional[str] = None
    proxy_host: Optional[str] = None
    proxy_port: Optional[int] = None
    proxy_username: Optional[str] = None
    proxy_password: Optional[str] = field(default=None, repr=False)
    journal_path: Optional[str] = None
    timeouts: Mapping[str, float] = field(default_factory=lambda: {"request_timeout_seconds": REQUEST_TIMEOUT_SECONDS})

    @property
    def server(self) -> str:
        """The hostname as certificates have it, which TLS asks for and compares: a trailing dot, which only DNS knows, is no part of it."""
        return self.hostname.rstrip(".")

    @property
    def proxy(self) -> Optional[str]:
        """The proxy's name and port, for messages; None where there is none."""
        return f"{self.proxy_host}:{self.proxy_port}" if self.proxy_host else None

    @property
    def request_timeout_seconds(self) -> float:
        """How long one request may take, from connecting to the last byte of its answer; a login with all its attempts."""
        return min(self.timeouts.values())

    @cached_property
    def journal(self) -> Optional[Journal]:
        """The journal; None where none is wanted. Raises InputError where it cannot be written."""
        if not self.journal_path:
            return None
        try:
            return Journal(self.journal_path, [self.password, self.proxy_password or ""])
        except (OSError, ValueError) as error:
            raise messages.JOURNAL_UNWRITABLE(path=self.journal_path, problem=getattr(error, "strerror", None) or error) from error

    def check(self) -> None:
        """Raise InputError for what cannot work, before any network."""
        for name, value in (("hostname", self.hostname), ("username", self.username), ("password", self.password)):
            if not value:
                raise messages.CONNECTION_OPTION_MISSING(option=name, variable=_VARIABLE[name])
        for name, value in (("hostname", self.hostname), ("proxy_host", self.proxy_host or "")):
            if "@" in value:
                # What stands before it may be a password: it is shown to nobody.
                raise messages.HOSTNAME_WITH_ACCOUNT(option=name, account_options=_ACCOUNT[name])
            if value and not _names_a_host(value):
                raise messages.HOSTNAME_INVALID(option=name, value=value)
        if self.port not in _PORTS:
            raise messages.PORT_INVALID(port=self.port)
        for name, seconds in self.timeouts.items():
            if not (math.isfinite(seconds) and seconds > 0):
                raise messages.CONNECTION_TIMEOUT_INVALID(option=name, value=seconds)
        if bool(self.proxy_host) != (self.proxy_port is not None):
            raise messages.PROXY_INCOMPLETE()
        if self.proxy_port is not None and self.proxy_port not in _PORTS:
            raise messages.PROXY_PORT_INVALID(port=self.proxy_port)
        if self.proxy_username and not self.proxy_host:
            raise messages.PROXY_ACCOUNT_WITHOUT_PROXY()
        if bool(self.proxy_username) != bool(self.proxy_password):
            raise messages.PROXY_ACCOUNT_INCOMPLETE()
        if ":" in (self.proxy_username or ""):
            raise messages.PROXY_USERNAME_INVALID()
        problem = _problem_of_file(self.ca_path) if self.ca_path and self.validate_certs else None
        if problem:
            raise messages.CA_FILE_MISSING(path=self.ca_path, problem=problem)


def _problem_of_file(path: str) -> Optional[str]:
    """Why a path leads to no file; None where it does. Whether the file can be read shows when it is."""
    try:
        return None if stat.S_ISREG(os.stat(path).st_mode) else "is not a file"
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return "is not there"
    except OSError as error:
        return f"cannot be looked at ({error.strerror})"


def _names_a_host(text: str) -> bool:
    """Whether a text can be a name or an address. One colon is a port's, more are an IPv6 address's."""
    if not _HOSTNAME.fullmatch(text) or len(text) > _LONGEST_HOSTNAME or text.count(":") == 1:
        return False
    labels = text[:-1].split(".") if text.endswith(".") else text.split(".")
    return all(0 < len(label) <= _LONGEST_LABEL for label in labels)


_ACCOUNT = {"hostname": "username and password", "proxy_host": "proxy_username and proxy_password"}
_VARIABLE = {"hostname": "VMWARE_HOST", "username": "VMWARE_USER", "password": "VMWARE_PASSWORD"}
