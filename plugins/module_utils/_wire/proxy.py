# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP proxy on the way to a vCenter: the account for it, and what goes wrong with it and not with the vCenter."""

from __future__ import annotations

import base64
import re
import ssl
from contextlib import contextmanager
from http import HTTPStatus
from typing import Iterator, Optional

from .connection import Connection

# How http.client tells what a proxy answered to CONNECT.
_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})\s*(.*)", re.DOTALL)


class ProxyError(OSError):
    """The proxy could not be used. proxy: its name and port. status: what it answered to CONNECT, None where it did not get to answer."""

    def __init__(self, proxy: str, status: Optional[int], said: str) -> None:
        super().__init__(said)
        self.proxy = proxy
        self.status = status
        self.said = said

    @property
    def wants_account(self) -> bool:
        """Whether it asks for an account, or for another one."""
        return self.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED


def tunnel_headers(connection: Connection) -> dict[str, str]:
    """What is sent with CONNECT: the account for the proxy, which the vCenter behind it never sees (RFC 9110, 11.7.2, and RFC 7617)."""
    if not connection.proxy_username:
        return {}
    account = f"{connection.proxy_username}:{connection.proxy_password or ''}".encode()
    return {"Proxy-Authorization": "Basic " + base64.b64encode(account).decode("ascii")}


@contextmanager
def through_proxy(connection: Connection) -> Iterator[None]:
    """Around the connecting up to the end of CONNECT: what fails there is the proxy's, and never the vCenter's. Raises ProxyError."""
    proxy = connection.proxy
    if proxy is None:
        yield
        return
    try:
        yield
    except (ssl.SSLError, TimeoutError):
        # A handshake is the vCenter's; who was silent, it or the proxy, cannot be determined.
        raise
    except OSError as error:
        refused = _REFUSED.match(str(error))
        if refused is None:
            raise ProxyError(proxy, None, error.strerror or str(error)) from error
        raise ProxyError(proxy, int(refused[1]), f"HTTP {refused[1]} {refused[2]}".strip()) from error
