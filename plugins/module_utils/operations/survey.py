# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at several vCenters at the same time. One that cannot be read spoils no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Optional, Sequence

from ..core.errors import CertopsError
from ..core.estate import Estate
from ..vsphere.connection import Connection
from ..vsphere.session import VSphereSession
from .observe import observe


@dataclass(frozen=True)
class Look:
    """A vCenter to be looked at, with the options that cert_expiry_facts takes."""

    connection: Connection
    probe: bool = True
    vmca_root_fingerprint: Optional[str] = None


@dataclass(frozen=True)
class Seen:
    """What was observed of a vCenter, or why it could not be read."""

    estate: Optional[Estate] = None
    problem: Optional[str] = None


def look_at_all(looks: Sequence[Look], concurrency: int) -> list[Seen]:
    """Look at each once, in a session of its own, never at more than `concurrency` at a time; in the order in which they are given."""
    if not looks:
        return []
    with ThreadPoolExecutor(max_workers=min(concurrency, len(looks))) as pool:
        return list(pool.map(_look_at, looks))


def _look_at(look: Look) -> Seen:
    try:
        with VSphereSession(look.connection) as session:
            findings = observe(session, probe=look.probe, vmca_root_fingerprint=look.vmca_root_fingerprint)
    except CertopsError as error:
        return Seen(problem=str(error))
    return Seen(estate=findings.estate)
