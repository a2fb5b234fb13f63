# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which task may help a provider, by its status, its record and what it speaks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.provider_checks import Known
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import Provider
from ansible_collections.certops.vsphere.plugins.module_utils._storage.rungs import may_heal, next_task
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW, make, parsed

OWN, OTHER = parsed(make(ends=400)), parsed(make(ends=40))


def known(status: Optional[str], *, right: bool = True, vasa: str = "1.5", **more: Any) -> Known:
    """A provider of this status, which remembers the host's certificate or another one."""
    provider = Provider("u", "n", "url", status=status, certificate=OWN if right else OTHER, vasa_version=vasa, **more)
    return Known(certificate=OWN, provider=provider, now=NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("status", "right", "vasa", "task"),
    [
        ("disconnected", True, "1.5", "reconnect"),
        ("disconnected", True, "5.0", "reconnect"),
        # It has to be connected before it can be given another one.
        ("disconnected", False, "5.0", "reconnect"),
        # Only a new registration gives it another one.
        ("disconnected", False, "1.5", None),
        ("connected", True, "1.5", "sync"),
        ("syncError", True, "1.5", "sync"),
        ("syncError", False, "1.5", None),
        ("syncError", False, "2.0", "refresh"),
        ("online", False, "2.0", "refresh"),
        ("offline", False, "5.0", "refresh"),
        ("online", False, "1.5", None),
        ("offline", True, "1.5", None),
        ("online", True, "5.0", None),
        (None, True, "5.0", None),
        (None, False, "", None),
    ],
)
def test_the_status_says_what_may_help(status: Optional[str], right: bool, vasa: str, task: Optional[str]) -> None:
    one = known(status, right=right, vasa=vasa)
    assert one.provider is not None
    assert next_task(one.provider, one, ()) == task
    if task is not None:
        assert next_task(one.provider, one, (task,)) is None


def test_a_certificate_that_sms_calls_invalid_is_not_right_though_it_is_the_hosts() -> None:
    one = known("online", vasa="5.0", certificate_status="invalid")
    assert one.provider is not None
    assert next_task(one.provider, one, ()) == "refresh"
    assert may_heal(one.provider, one) is False


@pytest.mark.parametrize(
    ("status", "right", "may"),
    [
        ("offline", True, True),
        ("connected", True, True),
        ("offline", False, False),
        ("disconnected", True, False),
        ("syncError", True, False),
        ("online", True, False),
        (None, True, False),
    ],
)
def test_what_is_polled_may_come_back_by_itself(status: Optional[str], right: bool, may: bool) -> None:
    one = known(status, right=right)
    assert one.provider is not None
    assert may_heal(one.provider, one) is may
