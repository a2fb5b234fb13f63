# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An array of another vendor, with a VASA provider of its own."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from typing import Optional

from ..pki.certificate import Certificate
from ..server.tls import server_context

PORT = 8443


@dataclass
class StorageArray:
    """Where it answers, as whom, and to whom."""

    name: str
    address: str
    certificate: Certificate
    username: str
    password: str = field(repr=False)
    reachable: bool = True
    _context: Optional[ssl.SSLContext] = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def provider_url(self) -> str:
        """Where its provider is."""
        return f"https://{self.address}:{PORT}/version.xml"

    def tls_context(self) -> ssl.SSLContext:
        """A TLS context, made when it is first needed."""
        with self._lock:
            if self._context is None:
                self._context = server_context(self.certificate)
            return self._context
