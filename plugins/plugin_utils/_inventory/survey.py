# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at several vCenters at the same time. One that cannot be read spoils no other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Callable, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._common.unforeseen import foreseen
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.port import SessionPort
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.session import VSphereSession
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.signals import ending_in_order
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection


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


@dataclass(frozen=True)
class SoFar:
    """How far it has got: how many were looked at, and the hostnames of those that are being looked at."""

    total: int
    done: int
    waited_for: tuple[str, ...]
    running_seconds: float


def look_at_all(
    looks: Sequence[Look], concurrency: int, tell: Callable[[SoFar], None], tell_seconds: Optional[float] = None
) -> list[Seen]:
    """Look at each once, in a session of its own, never at more than `concurrency` at a time; in the order in which they are given.

    tell: called after each tell_seconds, None for never. Who interrupts it waits for those that are being looked at, which log out.
    """
    if not looks:
        return []
    begun = time.monotonic()
    # Signals reach the main thread only, and the sessions are in others.
    with ending_in_order(), ThreadPoolExecutor(max_workers=min(concurrency, len(looks))) as pool:
        going = {pool.submit(_look_at, look): look for look in looks}
        try:
            waiting = wait(going, timeout=tell_seconds).not_done
            while waiting:
                names = tuple(look.connection.hostname for future, look in going.items() if future.running())
                tell(SoFar(len(looks), len(looks) - len(waiting), names, time.monotonic() - begun))
                waiting = wait(waiting, timeout=tell_seconds).not_done
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in going]


def _look_at(look: Look) -> Seen:
    doing = f"reading {look.connection.hostname}"
    try:
        return Seen(estate=foreseen(doing, lambda: _read(look), consequence="Nothing was changed."))
    except CertopsError as error:
        return Seen(problem=str(error))


def _read(look: Look) -> Estate:
    with VSphereSession(look.connection) as session:
        return observe(SessionPort(session), probe=look.probe, vmca_root_fingerprint=look.vmca_root_fingerprint).estate
