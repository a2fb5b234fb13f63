# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shortest time in which vSphere itself lets a vCenter's hosts be renewed."""

from __future__ import annotations

import math

from vsphere_sim.estate.storage_service import (
    INITIALIZING_SECONDS,
    REGISTERING_SECONDS,
    STARTING_SECONDS,
    STOPPING_SECONDS,
    SYNCING_SECONDS,
)
from vsphere_sim.sms.storage_manager import UNREGISTER_SECONDS
from vsphere_sim.vim.host.certificate_manager import RENEW_SECONDS
from vsphere_sim.vim.host.host_system import DISCONNECT_SECONDS, RECONNECT_SECONDS

HOST_SECONDS = RENEW_SECONDS + DISCONNECT_SECONDS + RECONNECT_SECONDS


def seconds(hosts: int, canary: int, concurrency: int) -> float:
    """Of one vCenter, in seconds of real life: the canary through all the steps, then the others, so many at a time.

    Batches have no part in it: they are the collection's own, and their cost counts against it.
    """
    return sum(_round(part, concurrency) for part in (canary, hosts - canary) if part > 0)


def _round(hosts: int, concurrency: int) -> float:
    """So many hosts through all the steps, with one restart of SPS, which registers one provider after another."""
    at_once = math.ceil(hosts / concurrency)
    restart = STOPPING_SECONDS + STARTING_SECONDS + INITIALIZING_SECONDS + hosts * REGISTERING_SECONDS + SYNCING_SECONDS
    return at_once * (HOST_SECONDS + UNREGISTER_SECONDS) + restart
