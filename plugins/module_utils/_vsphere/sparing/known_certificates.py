# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates that a session has seen of hosts, by the thumbprint that vCenter has on record.

vCenter sends a certificate as an array of bytes, one XML element each: 22 KB of the 25 KB that it sends of a host. A step that looks at a host five times
needs it once, unless it changes; the thumbprint, by which vCenter itself verifies a host, tells whether it did.
"""

from __future__ import annotations

import threading
from typing import Optional

from ..._certificates.certificate import Certificate


class KnownCertificates:
    """What hosts have by their ids. Only what agrees with the thumbprint on record is kept, so that one that does not is read each time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Certificate] = {}

    def note(self, moid: str, thumbprint: Optional[str], certificate: Optional[Certificate]) -> None:
        """A host was seen with a certificate, and vCenter has a thumbprint on record."""
        if certificate is not None and certificate.has_thumbprint(thumbprint):
            with self._lock:
                self._known[moid] = certificate

    def has(self, moid: str) -> bool:
        """Whether a certificate of a host was seen."""
        with self._lock:
            return moid in self._known

    def of(self, moid: str, thumbprint: Optional[str]) -> Optional[Certificate]:
        """The certificate of a host, where the thumbprint on record is that of the one that was seen."""
        with self._lock:
            known = self._known.get(moid)
        return known if known is not None and known.has_thumbprint(thumbprint) else None
