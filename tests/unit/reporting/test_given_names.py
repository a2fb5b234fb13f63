# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What plans of vCenters have as names, handed on from task to task: what it is not is told as that."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import given_names


def test_a_vcenter_that_was_not_read_has_none() -> None:
    assert given_names({"vc01": None}) == {"vc01": None}


@pytest.mark.parametrize("value", [[], "x", {"vc01": "esx*"}, {"vc01": {"only": 7}}])
def test_what_is_no_names_is_refused(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        given_names(value)
    assert caught.value.code == "plan_names_unusable"
