# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy: every option, its defaults, and what is none."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy, choosing, refusal
from hypothesis import given
from hypothesis import strategies as st


def test_the_defaults_are_those_of_the_design() -> None:
    assert Policy.from_options({}).to_facts() == {
        "renew_before_days": 45.0,
        "force": False,
        "refresh_display": False,
        "remove_orphans": False,
        "canary": 1,
        "batch": 12,
        "per_cluster": 1,
        "max_failures": 0,
        "protection": None,
        "protection_covers": [],
        "hosts": None,
        "skip": [],
        "inventory_hosts": None,
        "inventory_addresses": {},
        "inventory_skip": [],
        "limited_to": None,
        "left_out": [],
        "reregister_method": "sps_restart",
        "clock_tolerance_seconds": 300.0,
        "vmca_root_fingerprint": None,
        "method": "auto",
        "host_methods": {},
        "ssh_hosts": [],
        "custom_ca": False,
        "audit": False,
        "reregister_in_thumbprint_mode": False,
        "repair_host_trust": False,
        "ha": "warn",
        "vsan": "warn",
    }


@pytest.mark.parametrize(
    ("option", "given_value", "value"),
    [
        ("renew_before_days", "30", 30.0),
        ("renew_before_days", 0, 0.0),
        ("renew_before_days", 0.5, 0.5),
        ("renew_before_days", 36500, 36500.0),
        ("force", "Yes", True),
        ("force", 1, True),
        ("force", "off", False),
        ("force", False, False),
        ("refresh_display", "True", True),
        ("remove_orphans", "1", True),
        ("canary", "0", 0),
        ("canary", 2.0, 2),
        ("batch", 1, 1),
        ("per_cluster", "2", 2),
        ("max_failures", "3", 3),
        ("protection", "snapshot", "snapshot"),
        ("protection", "none", "none"),
        ("protection", "confirmed", "confirmed"),
        ("protection_covers", ["vc1", "vc2"], ("vc1", "vc2")),
        ("hosts", "esx01, esx02 ,,", ("esx01", "esx02")),
        ("hosts", [], ()),
        ("skip", ("esx*",), ("esx*",)),
        ("inventory_hosts", {"esx01"}, ("esx01",)),
        ("inventory_addresses", {"esx01": "192.0.2.1"}, {"esx01": "192.0.2.1"}),
        ("inventory_hosts", frozenset(["esx01"]), ("esx01",)),
        ("reregister_method", "register", "register"),
        ("clock_tolerance_seconds", "10", 10.0),
        ("vmca_root_fingerprint", "AA:BB", "AA:BB"),
    ],
)
def test_an_option_is_read_as_ansible_gives_it(option: str, given_value: Any, value: Any) -> None:
    read = getattr(Policy.from_options({option: given_value}), option)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("given_options", "kept"),
    [
        ({"force": True, "host_methods": {"esx01": "cli"}}, {}),
        ({"hosts": ["*"], "ssh_hosts": ["esx01"]}, {}),
        ({"hosts": []}, {"hosts": []}),
        ({"limited_to": []}, {"limited_to": []}),
        ({"skip": ["a"], "batch": 3}, {"skip": ["a"]}),
        (
            {"inventory_hosts": ["a"], "inventory_addresses": {"a": "192.0.2.1"}, "hosts": ["*"]},
            {"inventory_hosts": ["a"], "inventory_addresses": {"a": "192.0.2.1"}},
        ),
    ],
)
def test_what_chooses_hosts_can_be_handed_on_by_itself(given_options: dict[str, Any], kept: dict[str, Any]) -> None:
    policy = Policy.from_options(given_options)
    assert choosing(policy.to_facts()) == kept


@pytest.mark.parametrize("option", Policy().to_facts())
def test_an_option_that_is_null_has_its_default(option: str) -> None:
    assert Policy.from_options({option: None}) == Policy()


@pytest.mark.parametrize(
    ("option", "value", "remedy"),
    [
        ("renew_before_days", -1, "It must be a number from 0 to 36500."),
        ("renew_before_days", 36501, "It must be a number from 0 to 36500."),
        ("renew_before_days", "soon", "It must be a number from 0 to 36500."),
        ("renew_before_days", float("nan"), "It must be a number from 0 to 36500."),
        ("renew_before_days", True, "It must be a number from 0 to 36500."),
        ("force", "perhaps", "It must be true or false."),
        ("force", 2, "It must be true or false."),
        ("canary", 1.5, "It must be a whole number."),
        ("batch", 0, "It must be a number from 1 to 100000."),
        ("per_cluster", 0, "It must be a number from 1 to 100000."),
        ("per_cluster", 1.5, "It must be a whole number."),
        ("max_failures", -1, "It must be a number from 0 to 100000."),
        ("protection", "maybe", "It must be one of: confirmed, snapshot, none."),
        ("protection", True, "It must be one of: confirmed, snapshot, none."),
        ("reregister_method", "", "It must be one of: sps_restart, register."),
        ("hosts", {"esx01": 1}, "It must be a list."),
        ("skip", 7, "It must be a list."),
        ("inventory_addresses", ["esx01"], "It must be a dictionary."),
        ("clock_tolerance_seconds", float("inf"), "It must be a number from 0 to 86400."),
    ],
)
def test_a_value_that_is_none_is_refused_with_what_it_may_be(option: str, value: Any, remedy: str) -> None:
    with pytest.raises(InputError) as caught:
        Policy.from_options({option: value})
    assert str(caught.value) == f"certops_{option} (the policy's option {option}) cannot be {value!r}. {remedy}"


def test_a_number_too_large_to_be_written_is_refused_too() -> None:
    with pytest.raises(InputError, match="certops_canary \\(the policy's option canary\\) cannot be"):
        Policy.from_options({"canary": 10**5000})


def test_an_option_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match="The policy has no option 7, certops_batch") as caught:
        Policy.from_options({"certops_batch": 1, 7: 2, "force": True})
    assert caught.value.remedy.startswith("Its options are: renew_before_days, force,")


@pytest.mark.parametrize("options", [None, [], "force", 7])
def test_what_is_no_dictionary_is_refused(options: Any) -> None:
    with pytest.raises(InputError, match="The policy is not a dictionary"):
        Policy.from_options(options)


def test_an_empty_text_says_nothing_where_old_ansible_makes_one_of_none() -> None:
    vsphere_fault = Policy.from_options({"protection": "", "inventory_hosts": "", "vmca_root_fingerprint": "", "hosts": ""})
    assert (vsphere_fault.protection, vsphere_fault.inventory_hosts, vsphere_fault.vmca_root_fingerprint) == (None, None, None)
    assert vsphere_fault.hosts == (), "to name no host is not to name all"


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.binary(max_size=5)
    | st.sampled_from(["yes", "1", "-1", "1e400", "confirmed", "register", " 5 ", "٣", 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def _hashable(value: Any) -> bool:
    return not isinstance(value, (list, dict))


@given(st.one_of(ANYTHING, st.dictionaries(st.sampled_from(sorted(Policy().to_facts())) | ANYTHING.filter(_hashable), ANYTHING)))
def test_any_options_are_a_policy_or_an_input_error(options: Any) -> None:
    try:
        policy = Policy.from_options(options)
    except InputError:
        return
    assert 0 <= policy.renew_before_days <= 36500
    assert policy.batch >= 1
    assert policy.canary >= 0
    assert policy.protection in ("confirmed", "snapshot", "none", None)
    assert Policy.from_options(policy.to_facts()) == policy


def test_a_value_is_refused_by_itself_as_in_a_whole_policy() -> None:
    assert refusal("canary", -1) == "it must be a number from 0 to 100000"
    assert refusal("canary", "3") is None
    assert refusal("no option", -1) is None
