# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which way of bringing a provider back comes next: the gentlest that can help, by its status. Nothing is asked or changed here.

What each status means is the SMS API reference's (VasaProviderStatus): an offline provider goes on being polled, a disconnected one does not, until
it is reconnected; a connected one has not been synchronised. Below VASA 2 a provider has no way to be given another certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence

from .._deciding.provider_checks import RECORD, Known, first
from .._estate.provider import (
    DISCONNECTED,
    OFFLINE,
    OWN_CERTIFICATE_SINCE_VASA,
    SYNC_ERROR,
    SYNCHRONISING,
    Provider,
    leading_number,
)
from .._estate.step_result import RECONNECT, REFRESH, SYNC

# The methods of VasaProvider, by pyVmomi's names.
METHODS = {SYNC: "Sync", RECONNECT: "Reconnect", REFRESH: "RefreshCertificate"}


@dataclass(frozen=True)
class Patience:
    """How long each way is tried, in seconds; 0 leaves it out.

    heal: how long a provider whose record is right is given to come back by itself. in_place: the most that a task of SMS's for a provider
    may take. look: how long it is looked whether vCenter registers by itself what was unregistered, since the last one that it did.
    """

    heal_seconds: float = 0.0
    in_place_seconds: float = 60.0
    look_seconds: float = 0.0


def next_task(provider: Provider, known: Known, tried: Sequence[str]) -> Optional[str]:
    """The task of SMS's that may help a provider next; None where none can that was not tried."""
    found = _helpful(provider, known)
    return None if found in tried else found


def may_heal(provider: Provider, known: Known) -> bool:
    """Whether a provider may come back by itself: SMS polls it, or is about to synchronise it, and has nothing wrong on record."""
    return first(RECORD, known) is None and provider.status in (OFFLINE, SYNCHRONISING)


def _helpful(provider: Provider, known: Known) -> Optional[str]:
    right = first(RECORD, known) is None
    refreshable = leading_number(provider.vasa_version) >= OWN_CERTIFICATE_SINCE_VASA
    if not right and not refreshable:
        # Only a new registration gives SMS another certificate.
        return None
    if provider.status == DISCONNECTED:
        return RECONNECT
    if not right:
        return REFRESH
    return SYNC if provider.status in (SYNCHRONISING, SYNC_ERROR) else None
