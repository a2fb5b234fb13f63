# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS as a server."""

from __future__ import annotations

import os
import socket
import ssl
import tempfile

from ..pki.certificate import Certificate

HANDSHAKE_SECONDS = 30.0


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """A context that shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # ssl reads keys from files only; this one is not there for longer than that.
    descriptor, path = tempfile.mkstemp(prefix="vsphere-sim-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(certificate.key_pem + certificate.chain_pem.encode())
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
    return context


def handshake(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """The server's side of a handshake. Raises OSError."""
    connection.settimeout(HANDSHAKE_SECONDS)
    return context.wrap_socket(connection, server_side=True)
