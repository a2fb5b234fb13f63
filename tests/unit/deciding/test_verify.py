# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verifying: a host is as it should be where the host, port 9080 and SMS show one sound certificate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.verify import verify
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Served
from ansible_collections.certops.vsphere.tests.unit.estates import HOST, NOW, certificate, estate, host, provider

OWN = certificate(400)


def test_a_host_on_which_all_agree_is_verified() -> None:
    assert verify(estate(host()), [HOST], NOW) == [{"esxi_host": HOST, "verified": True, "problems": []}]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"connection_state": "notResponding"}, ["it is notResponding"]),
        ({"connection_state": None}, ["it is in no known connection state"]),
        ({"certificate": None}, ["vCenter shows no certificate for it"]),
        ({"ends": -1}, ["its certificate is not valid now (until 2026-02-28)"]),
        ({"served": None}, ["port 9080 was not asked"]),
        ({"served": Served(error="timed out")}, ["port 9080 does not serve it: timed out"]),
        ({"served": Served(certificate=OWN, problems=("stranger", "expired"))}, ["port 9080 does not serve it: stranger; expired"]),
        ({"provider": None}, ["SMS has no provider for it"]),
        ({"status": "offline"}, ["its provider is offline"]),
        ({"status": None}, ["its provider is without a status"]),
        ({"status": "odd"}, ["its provider is odd"]),
        ({"remembered": 200}, ["SMS shows another certificate (until 2026-09-17)"]),
        ({"duplicate_providers": (provider(OWN, uid="2"),)}, ["SMS has 2 providers for it"]),
        # Another certificate that ends on the same day.
        (
            {"provider": provider(certificate(400, starts=-20))},
            ["SMS shows another certificate (until 2027-04-05)"],
        ),
        ({"provider": provider(None)}, ["SMS shows neither the certificate that it remembers nor when that expires"]),
        (
            {"provider": replace(provider(None), certificate_expires_at=OWN.expires_at - timedelta(seconds=1))},
            ["SMS shows another certificate (until 2027-04-05)"],
        ),
        # Some versions of SMS show a day and no time.
        ({"provider": replace(provider(None), certificate_expires_at=OWN.expires_at.replace(hour=0))}, []),
        # vCenter registers no provider for a host outside of clusters, and what is left of one says nothing.
        ({"cluster": None, "provider": None}, []),
        ({"cluster": None, "remembered": 200, "status": "offline"}, []),
        ({"cluster": "", "provider": None}, ["SMS has no provider for it"]),
        # Port 9080 is the provider's, and need not answer where there is none; what it serves is not to be another's all the same.
        ({"cluster": None, "provider": None, "served": Served(error="refused")}, []),
        ({"cluster": None, "provider": None, "served": None}, []),
        (
            {"cluster": None, "served": Served(certificate=OWN, problems=("stranger",))},
            ["port 9080 does not serve it: stranger"],
        ),
        ({"provider": replace(provider(None), certificate_expires_at=OWN.expires_at)}, []),
        ({"connection_state": "disconnected", "provider": None}, ["it is disconnected", "SMS has no provider for it"]),
    ],
)
def test_every_disagreement_is_told(changes: dict[str, Any], problems: list[str]) -> None:
    assert verify(estate(host(**changes)), [HOST], NOW) == [{"esxi_host": HOST, "verified": not problems, "problems": problems}]


def test_a_certificate_that_is_not_valid_yet_is_told() -> None:
    early = certificate(400, starts=1)
    [answer] = verify(estate(host(certificate=early, provider=provider(early))), [HOST], NOW)
    assert answer["problems"] == ["its certificate is not valid now (until 2027-04-05)"]


def test_hosts_are_found_however_they_are_spelled_and_told_as_they_were_asked() -> None:
    answers = verify(estate(host("ESX01.example.com"), host("other", status="offline")), ["esx01.example.com.", "gone"], NOW)
    assert [(one["esxi_host"], one["verified"], one["problems"]) for one in answers] == [
        ("esx01.example.com.", True, []),
        ("gone", False, ["vCenter no longer shows it"]),
    ]
    assert verify(estate(), [], NOW) == []


def test_a_host_is_recognised_by_its_id_where_the_plan_has_told_it() -> None:
    here = estate(host("new.example", moid="host-1"), host("again.example", moid="host-22"), host("same.example", moid="host-3"))
    names = ["old.example", "again.example", "same.example", "gone.example"]
    moids = {"old.example": "host-1", "again.example": "host-2", "same.example": "host-3", "gone.example": "host-4"}
    told = {one["esxi_host"]: one["problems"] for one in verify(here, names, NOW, moids)}
    assert told == {
        "old.example": ["it was renamed to new.example in vCenter since the plan was made"],
        "again.example": ["it was removed from vCenter and added again since the plan was made"],
        "same.example": [],
        "gone.example": ["vCenter no longer shows it"],
    }
