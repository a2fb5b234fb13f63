# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host's recent tasks tell: what goes on, and whether it was reconnected after it was renewed."""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._estate.host_now import HostNow, HostState, HostTask

STATE = HostState("connected", None, None)
RENEWED = HostTask("task-1", "CertificateManager.refreshCertificates", "success", "2026-03-01T02:00:00")
RECONNECTED = HostTask("task-2", "HostSystem.reconnect", "success", "2026-03-01T02:01:00")
RUNNING = HostTask("task-3", "HostSystem.enterMaintenanceMode", "running", "2026-03-01T02:02:00")
QUEUED = HostTask("task-4", "", "queued", "2026-03-01T02:03:00")


def test_what_goes_on() -> None:
    now = HostNow(STATE, (RENEWED, RECONNECTED, RUNNING, QUEUED))
    assert now.in_progress == (RUNNING, QUEUED)
    assert [str(task) for task in now.in_progress] == ["HostSystem.enterMaintenanceMode (task-3)", "a task (task-4)"]
    assert now.reconnects == {"task-2"}


def test_a_reconnect_counts_after_the_last_renewal_only() -> None:
    again = HostTask("task-5", RENEWED.kind, "success", "2026-03-01T02:05:00")
    failed = HostTask("task-6", RECONNECTED.kind, "error", "2026-03-01T02:06:00")
    assert HostNow(STATE, (RENEWED, RECONNECTED)).reconnected_since_renewal
    assert not HostNow(STATE, (RENEWED, RECONNECTED, again, failed)).reconnected_since_renewal
    assert not HostNow(STATE, (RECONNECTED,)).reconnected_since_renewal
