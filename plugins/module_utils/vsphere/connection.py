# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to reach one vCenter: the connection options, checked before anything is sent."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Optional

from ..core.errors import InputError

# The longest that one request may go unanswered; waiting for tasks is another matter and has its own deadline.
LONGEST_REQUEST_SECONDS = 60.0


@dataclass(frozen=True)
class Connection:
    """One vCenter's address, account and trust. vim, SMS and REST all use it."""

    hostname: str
    username: str
    password: str = field(repr=False)
    port: int = 443
    validate_certs: bool = True
    ca_path: Optional[str] = None
    proxy_host: Optional[str] = None
    proxy_port: Optional[int] = None
    timeout_seconds: float = 60.0

    @property
    def request_timeout_seconds(self) -> float:
        """How long one request may take."""
        return min(self.timeout_seconds, LONGEST_REQUEST_SECONDS)

    def check(self) -> None:
        """Raise InputError for what cannot work, before any network."""
        for name, value in (("hostname", self.hostname), ("username", self.username), ("password", self.password)):
            if not value:
                raise InputError(
                    f"The option {name} is missing", cure=f"Give it, or set the environment variable {_VARIABLE[name]}."
                )
        if not 1 <= self.port <= 65535:
            raise InputError(f"The option port cannot be {self.port}", cure="Give a TCP port; vCenter's is 443.")
        if self.timeout_seconds <= 0:
            raise InputError(f"The option timeout_seconds cannot be {self.timeout_seconds:g}", cure="Give a number above 0.")
        if bool(self.proxy_host) != bool(self.proxy_port):
            raise InputError("The options proxy_host and proxy_port need each other", cure="Give both or neither.")
        if self.ca_path and self.validate_certs and not os.path.isfile(self.ca_path):
            raise InputError(
                f"The CA file {self.ca_path} (ca_path) is not there", cure="Give the path of a PEM file on the controller."
            )


_VARIABLE = {"hostname": "VMWARE_HOST", "username": "VMWARE_USER", "password": "VMWARE_PASSWORD"}
