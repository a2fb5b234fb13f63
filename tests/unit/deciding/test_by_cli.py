# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom the host's own CLI renews where vCenter refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.by_cli import refused

REFUSED = {
    "esxi_host": "a1",
    "step": "renew",
    "failed": True,
    "changed": False,
    "vsphere_fault": "SystemError: the host gave no CSR",
}


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({}, True),
        ({"esxi_host": "a2"}, False),
        ({"failed": False}, False),
        ({"vsphere_fault": ""}, False),
        ({"changed": True}, False),
        ({"vsphere_fault": "SystemError: Start Time Error (70034)"}, False),
        ({"vsphere_fault": "NoPermission: Certificate.Manage"}, False),
        ({"vsphere_fault": "InvalidLogin"}, False),
        ({"step": "reconnect", "changed": True, "vsphere_fault": "NoHost: a1"}, True),
        ({"step": "reconnect", "vsphere_fault": "Start Time Error (70034)"}, True),
        ({"step": "reconnect", "vsphere_fault": "NotAuthenticated"}, False),
    ],
)
def test_what_vcenter_refused_the_hosts_own_cli_does(change: dict[str, Any], counts: bool) -> None:
    result = {**REFUSED, **change}
    assert refused([result], ["a1"]) == ([result] if counts else [])


def test_a_result_without_an_answer_of_vsphere_is_no_refusal() -> None:
    assert refused([{key: value for key, value in REFUSED.items() if key != "vsphere_fault"}], ["a1"]) == []
