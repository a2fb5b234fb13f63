# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which variables a rehearsal takes: each by its name, and none that leads to anything real."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing import copied
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import known_variables

DEFAULTS = dict.fromkeys(copied.PAUSES | copied.LIMITS, 300.0)
NAMES = {"esx01.a.example": "host-0001", "esx02.a.example": "host-0002", "esx01.b.example": "host-0003"}
DANGEROUS = re.compile(
    r"certops_(vcenter_|protection|custom_ca|connection|provider_(user|pass)|ssh|.*(host_?name|password|username|port|proxy|ca_path|fingerprint)).*"
)


def test_somebody_decided_of_each_variable_whether_it_is_taken() -> None:
    groups = (copied.COPIED, copied.PAUSES, copied.LIMITS, copied.JUDGED, copied.NEVER)
    assert sorted(known_variables().for_users - frozenset().union(*groups)) == []
    assert sum(map(len, groups)) == len(frozenset().union(*groups))


def test_none_is_taken_that_says_where_who_by_which_ca_or_how_protected() -> None:
    assert [name for name in copied.READ if DANGEROUS.fullmatch(name)] == []
    assert len([name for name in copied.NEVER if DANGEROUS.fullmatch(name)]) > 15


def read(**given: Any) -> dict[str, Any]:
    """What is taken of these variables."""
    asked: list[str] = []

    def value_of(name: str) -> Any:
        asked.append(name)
        return given[name]

    found = copied.read("vc01", value_of, given.__contains__)
    # The others are not even looked at: a password may be a look-up that asks somebody.
    assert set(asked) <= copied.READ
    return found


def test_what_is_set_is_taken_by_its_name() -> None:
    given = {"certops_canary": 2, "certops_batch": None, "certops_window_end": "3h", "certops_ha": "suspend", "vsan": "require"}
    taken = read(**given, certops_vcenter_password="secret", certops_protection="confirmed", ansible_host="10.0.0.1")
    assert taken == {"certops_canary": 2, "certops_window_end": "3h", "certops_ha": "suspend"}


@pytest.mark.parametrize("text", ["{{ lookup('pipe', 'id') }}", "{% set x = 1 %}", "{# x #}"])
def test_what_would_be_evaluated_once_more_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="The variable certops_skip of vc01 holds a template"):
        read(certops_skip=[{"a": text}])


def test_a_twin_has_pauses_and_limits_that_are_as_fast_as_its_time() -> None:
    given = {
        "certops_canary": 2,
        "certops_window_end": "3h",
        "certops_reregister_heal_seconds": 60,
        "certops_vsan_timeout_seconds": 9000,
    }
    made = copied.of_twin(given, DEFAULTS, speed=100, hosts=100)
    assert made == {
        "certops_canary": 2,
        "certops_reregister_heal_seconds": 0.6,
        "certops_reregister_look_seconds": 3.0,
        "certops_vsan_timeout_seconds": 90.0,
        # Not shorter than what a machine takes for so many hosts.
        "certops_ha_timeout_seconds": 40.0,
        "certops_reregister_timeout_seconds": 40.0,
    }


def test_hosts_are_looked_up_where_they_are_called_otherwise() -> None:
    given = {"certops_hosts": ["esx01.*"], "certops_skip": "esx01.b.example", "certops_canary": 2}
    others = {"esx09.example": "host-0009"}
    assert copied.all_renamed([given, given, {"certops_skip": True}], [NAMES, others, others]) == [
        {"certops_hosts": ["host-0001", "host-0003"], "certops_skip": ["host-0003"], "certops_canary": 2},
        # They are another vCenter's.
        {"certops_hosts": [], "certops_skip": [], "certops_canary": 2},
        {"certops_skip": True},
    ]


def test_a_host_of_another_vcenter_is_somebody() -> None:
    given = {"certops_hosts": ["esx09.example"]}
    assert copied.all_renamed([given, given], [NAMES, {"esx09.example": "host-0009"}]) == [
        {"certops_hosts": []},
        {"certops_hosts": ["host-0009"]},
    ]


@pytest.mark.parametrize("entry", ["nobody", "esx01"])
def test_a_name_that_means_nobody_or_several_is_refused(entry: str) -> None:
    with pytest.raises(InputError, match=f"{entry} in certops_hosts means no single ESXi host of the report"):
        copied.all_renamed([{"certops_hosts": [entry]}], [NAMES])
