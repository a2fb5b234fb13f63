# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's services are told again where nobody knows whether they were: twice does no harm."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import AccessDenied, CertopsError, TransientError
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell import hosts_vcenter
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell.hosts_vcenter import HostsVCenter

LOST = TransientError("The answer was lost", code="broken")
REFUSED = AccessDenied("It was refused", code="broken")


@pytest.mark.parametrize(
    ("answers", "told", "calls"),
    [
        ([None], None, 1),
        ([LOST, None], None, 2),
        ([LOST, LOST, LOST], "The answer was lost.", 3),
        ([REFUSED], "It was refused.", 1),
    ],
)
def test_a_lost_answer_is_no_refusal(
    monkeypatch: pytest.MonkeyPatch, answers: list[Optional[CertopsError]], told: Optional[str], calls: int
) -> None:
    made: list[Any] = []

    def notify(_session: Any, name: str, _manager: Any) -> None:
        made.append(name)
        answer = answers[len(made) - 1]
        if answer is not None:
            raise answer

    monkeypatch.setattr(hosts_vcenter.vsphere_hosts, "notify_services", notify)
    monkeypatch.setattr(hosts_vcenter.waiting, "rest", lambda _seconds: None)
    one = HostsVCenter({}, "esx01")
    one.__dict__["_found"] = ("session", "esx01", "manager")
    assert one.notify() == told
    assert made == ["esx01"] * calls
