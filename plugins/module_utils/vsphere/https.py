# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTPS request to the vCenter, over the proxy where there is one."""

from __future__ import annotations

import ssl
from http.client import HTTPSConnection
from typing import Mapping, Optional

from .connection import Connection

LARGEST_ANSWER_BYTES = 64 * 1024 * 1024


def request(
    connection: Connection,
    context: ssl.SSLContext,
    method: str,
    path: str,
    *,
    headers: Optional[Mapping[str, str]] = None,
) -> tuple[int, bytes]:
    """Send a request and return its status and body.

    Raises OSError, ssl.SSLError or http.client.HTTPException.
    """
    hostname = connection.server.strip("[]")
    if connection.proxy_host and connection.proxy_port:
        client = HTTPSConnection(
            connection.proxy_host, connection.proxy_port, context=context, timeout=connection.request_timeout_seconds
        )
        client.set_tunnel(hostname, connection.port)
    else:
        client = HTTPSConnection(hostname, connection.port, context=context, timeout=connection.request_timeout_seconds)
    try:
        client.request(method, path, headers={"Accept": "application/json", **(headers or {})})
        answer = client.getresponse()
        return answer.status, answer.read(LARGEST_ANSWER_BYTES)
    finally:
        client.close()
