# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server on loopback that poses as a vCenter, with any certificate and any version of TLS, and remembers what it was sent."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from ansible_collections.certops.vsphere.tests.unit.certificates import PrivateKey, pem
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ADDRESS = "127.0.0.1"
PATIENCE_SECONDS = 10.0


def private_pem(key: PrivateKey) -> str:
    """A private key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


@dataclass
class Impostor:
    """Where it listens, and what clients said to it once TLS was there."""

    port: int
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0


@contextmanager
def impostor(folder: Path, made: x509.Certificate, key: PrivateKey, newest: Optional[ssl.TLSVersion] = None) -> Iterator[Impostor]:
    """Serve with this certificate until the end; newest: the highest version of TLS that it speaks."""
    path = folder / "impostor.pem"
    path.write_text(pem(made) + private_pem(key), encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Weak keys and old versions are what it is here to show.
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        if newest is not None:
            context.maximum_version = newest
    context.load_cert_chain(path)
    with socket.create_server((ADDRESS, 0)) as listening:
        seen = Impostor(listening.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(listening, context, seen), daemon=True)
        thread.start()
        yield seen
        # Closing alone does not wake a thread that accepts.
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE_SECONDS)


def _serve(listening: socket.socket, context: ssl.SSLContext, seen: Impostor) -> None:
    while True:
        try:
            plain, _address = listening.accept()
        except OSError:
            return
        seen.connections += 1
        plain.settimeout(PATIENCE_SECONDS)
        try:
            with context.wrap_socket(plain, server_side=True) as secured:
                vsphere_fault = secured.recv(65536)
                if vsphere_fault:
                    seen.heard.append(vsphere_fault)
        except OSError:
            plain.close()
