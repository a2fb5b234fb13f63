# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often, and in which words, it is said how many vCenters have been read."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.survey import SoFar
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.survey_lines import seconds_between, sentence


def same(value: Any) -> Any:
    """An expression that is none."""
    return value


@pytest.mark.parametrize(
    ("given", "seconds"),
    [({}, 13.5), ({"certops_progress_seconds": "2"}, 1.8), ({"certops_progress_seconds": 0}, None)]
    + [({"certops_progress_seconds": odd}, 13.5) for odd in ("soon", "nan", -1, "1e99", None, [])],
)
def test_it_is_said_as_often_as_progress_is(given: dict[str, Any], seconds: Optional[float]) -> None:
    assert seconds_between(given, same) == seconds


def test_an_expression_that_cannot_be_evaluated_yet_is_passed_over() -> None:
    def undefined(value: Any) -> Any:
        raise AnsibleError("undefined")

    assert seconds_between({"certops_progress_seconds": "{{ x }}"}, undefined) == 13.5


@pytest.mark.parametrize(
    ("waited_for", "told"),
    [
        (("vc1",), "inventory: 2 of 9 vCenters read, waiting for vc1, running for 30 s"),
        ((), "inventory: 2 of 9 vCenters read, running for 30 s"),
        (tuple("abcdefg"), "inventory: 2 of 9 vCenters read, waiting for a, b, c, d, e and 2 more, running for 30 s"),
    ],
)
def test_it_says_whom_it_waits_for(waited_for: tuple[str, ...], told: str) -> None:
    assert sentence(SoFar(9, 2, waited_for, 30.2)) == told
