# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every call of a whole run that changes something, in its order, and which of them are tried in the reduced form."""

from __future__ import annotations

import os

# True for all cases (make test-matrix); else a few, chosen by step and by when the run is killed.
EVERYTHING = os.environ.get("CERTOPS_MATRIX") == "all"

# A test holds this to the journal of an undisturbed run, so that a new call gets its cases.
RENEW = "CertMgrRefreshCertificates_Task"
DISCONNECT = "DisconnectHost_Task"
RECONNECT = "ReconnectHost_Task"
UNREGISTER = "UnregisterProvider_Task"
RESTART = "POST /api/vcenter/services/sps?action=restart"
CALLS: list[tuple[str, str]] = [
    # The canary's cluster lacks this host: it is brought back first.
    (DISCONNECT, "lost"),
    (RECONNECT, "lost"),
    (RENEW, "canary"),
    (DISCONNECT, "canary"),
    (RECONNECT, "canary"),
    (UNREGISTER, "canary"),
    (UNREGISTER, "lost"),
    (RESTART, "-"),
    (RENEW, "expiring"),
    (RENEW, "expiring9"),
    (DISCONNECT, "expiring"),
    (RECONNECT, "expiring"),
    (DISCONNECT, "expiring9"),
    (RECONNECT, "expiring9"),
    ("VasaProviderRefreshCertificate_Task", "expiring9"),
    (UNREGISTER, "expiring"),
    (UNREGISTER, "remembers_expired"),
    (RESTART, "-"),
]
# Each moment once, where most is left undone: disconnected, renewed and not known to be, unregistered.
REDUCED = {(4, "before"), (8, "unanswered"), (16, "answered")}


def chosen(phases: tuple[str, ...]) -> list[tuple[int, str]]:
    """Positions in CALLS, and when the run is killed."""
    every = [(index, phase) for index in range(len(CALLS)) for phase in phases]
    # At each call at least one.
    return every if EVERYTHING else [case for case in every if case in REDUCED or case[1] == phases[case[0] % len(phases)]]
