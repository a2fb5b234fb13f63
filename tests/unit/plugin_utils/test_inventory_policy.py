# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy of an inventory: what it may say, and what a playbook's extra variables make of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.inventory_policy import (
    OF_HOSTS,
    as_variables,
    check_policy,
    with_extra_variables,
)


def test_what_is_given_is_kept_as_it_was_given() -> None:
    assert check_policy(None) == {}
    assert check_policy({"renew_before_days": "30", "skip": None}) == {"renew_before_days": "30"}
    assert as_variables({"renew_before_days": "30"}) == {"certops_renew_before_days": "30"}


def test_whether_there_is_a_custom_ca_is_said_and_never_how_it_signs() -> None:
    custom_ca = {"method": "key", "ca_passphrase": "secret"}
    assert with_extra_variables({}, {"certops_custom_ca": custom_ca}, lambda value: value) == {"custom_ca": True}
    assert with_extra_variables({"custom_ca": True}, {"certops_custom_ca": {}}, lambda value: value) == {"custom_ca": False}
    assert as_variables({"custom_ca": True, "force": True}) == {"certops_force": True}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"protection": "none"}, "The policy of an inventory has no option protection"),
        ({"canary": 0}, "has no option canary"),
        ({"renew_before_days": "soon"}, "renew_before_days.* cannot be 'soon'"),
        (["renew_before_days"], "is not a dictionary"),
    ],
)
def test_what_is_none_of_an_inventorys_is_refused(options: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        check_policy(options)


def test_every_option_is_a_policys() -> None:
    assert set(OF_HOSTS) <= set(Policy().to_facts())


def test_extra_variables_go_before_it_as_they_do_in_a_playbook() -> None:
    def evaluate(value: Any) -> Any:
        if value == "{{ groups.due }}":
            raise AnsibleError("'groups' is undefined")
        return value

    extra = {"certops_renew_before_days": 10, "certops_hosts": "{{ groups.due }}", "certops_protection": "confirmed", "other": 1}
    assert with_extra_variables({"renew_before_days": 90, "force": True}, extra, evaluate) == {
        "renew_before_days": 10,
        "force": True,
    }
