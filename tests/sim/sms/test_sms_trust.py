# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom SPS believes when it registers what is missing: a provider of any other that was unregistered is gone for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from vsphere_sim.testing import estate

from ..conftest import connect, wait_for

SOUND: dict[str, Any] = {"certificate": {"days_left": 900}}
UNKNOWN: dict[str, Any] = {"certificate": {"days_left": 900, "issuer": "unknown"}}
THUMBPRINT: dict[str, Any] = {"settings": {"vpxd.certmgmt.mode": "thumbprint"}}


@pytest.mark.parametrize(
    ("vcenter", "first", "shows_another", "returns"),
    [
        ({}, SOUND, False, True),
        # No trusted root issued it.
        ({}, UNKNOWN, False, False),
        # In mode thumbprint the entry of the store decides, and no root.
        (THUMBPRINT, UNKNOWN, False, True),
        (THUMBPRINT, SOUND, True, False),
        ({**THUMBPRINT, "sms_entries_renewed": True}, SOUND, True, True),
    ],
)
def test_what_nobody_vouches_for_does_not_come_back(
    tmp_path: Path, vcenter: dict[str, Any], first: dict[str, Any], shows_another: bool, returns: bool
) -> None:
    clusters = [{"name": "a", "hosts": [first, SOUND]}]
    with estate(tmp_path, scenario={"vcenters": [{"name": "vc01", "clusters": clusters, **vcenter}]}, speed=200) as running:
        names = [host["name"] for host in running.state()["vcenters"][0]["hosts"]]
        if shows_another:
            running.set("host", vcenter="vc01", host=names[0], impostor={"days_left": 900, "issuer": "vmca"})
        for name in names:
            running.set("provider", vcenter="vc01", host=name, registered=False)
        client = connect(running)
        client.rest("POST", "/api/vcenter/services/sps?action=restart", client.token())

        def registered() -> list[str]:
            return [one["host"] for one in running.state()["vcenters"][0]["providers"]]

        # They are registered one after another: when the second is there the first was passed over, or came before it.
        wait_for("the second provider", lambda: names[1] in registered())
        assert (names[0] in registered()) == returns
