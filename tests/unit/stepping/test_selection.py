# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts a call is for: a typing error is refused, a host of the plan that is gone is that host's failure."""

from __future__ import annotations

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.selection import Planned, choose, named
from ansible_collections.certops.vsphere.tests.unit.estates import host

A01 = host("ESX-A01.corp.example", addresses=("192.0.2.1",))
A02 = host("esx-a02.corp.example", addresses=("192.0.2.2",))
TWIN = host("esx-a02.lab.example")
HOSTS = (A01, A02, TWIN)
MOIDS = {one.name: one.moid for one in HOSTS}


@pytest.mark.parametrize("entry", ["esx-a01", "192.0.2.1", "esx-a01.CORP.example.", "*a01*"])
def test_a_host_is_asked_for_by_any_of_its_names(entry: str) -> None:
    assert choose(HOSTS, [entry], "vc") == [A01]
    assert choose(HOSTS, None, "vc") == list(HOSTS)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            ["esx-a01", "esx-a0l"],
            "vc knows no ESXi host esx-a0l. Use the names that vCenter shows; it knows ESX-A01.corp.example, ",
        ),
        (["esx-a02"], "esx-a02 may be esx-a02.corp.example, esx-a02.lab.example of vc. Give the whole name"),
        ([" "], "The option esxi_hosts has an empty name in it."),
    ],
)
@pytest.mark.parametrize("planned", [None, Planned(), Planned({A01.name: A01.moid})])
def test_a_typing_error_is_refused_whatever_else_was_planned(wanted: list[str], told: str, planned: Planned) -> None:
    with pytest.raises(InputError) as caught:
        choose(HOSTS, wanted, "vc", planned)
    assert told in str(caught.value)


def test_a_host_of_the_plan_is_recognised_by_its_id() -> None:
    planned = Planned(MOIDS)
    assert choose(HOSTS, list(MOIDS), "vc", planned) == list(HOSTS)
    assert planned.gone == {}


def test_who_is_gone_fails_alone_and_says_how() -> None:
    planned = Planned({**MOIDS, "old.example": "host-9", A02.name: "host-8"})
    renamed = host("new.example", moid="host-9")
    wanted = [A01.name, "old.example", A02.name, "gone.example"]
    planned.moids = {**planned.moids, "gone.example": "host-7"}
    assert choose((*HOSTS, renamed), wanted, "vc", planned) == [A01]
    assert [(one.esxi_host, one.step, one.status, str(one.error).partition(" since")[0]) for one in planned.results("renew")] == [
        ("old.example", "renew", "failed", "old.example was renamed to new.example in vc"),
        (A02.name, "renew", "failed", f"{A02.name} was removed from vc and added again"),
        ("gone.example", "renew", "failed", "gone.example was removed from vc"),
    ]
    assert (planned.left(3, False), planned.left(0, False), planned.left(0, True)) == (0, -3, 0)


def test_one_host_is_found_where_one_is_meant() -> None:
    assert named(HOSTS, "ESX-A01") == A01
    assert named(HOSTS, "esx-a02") is None
    assert named(HOSTS, "esx-a03") is None
