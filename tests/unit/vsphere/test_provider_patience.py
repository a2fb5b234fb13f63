# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long an SMS is asked for its providers when it answers no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import providers
from pyVmomi import sms

MANY = 500


def read(answer: Callable[[int], Any]) -> tuple[int, Any]:
    """Read many providers, of which the call of a number is answered so. How many were asked for, and what was unread."""
    asked: list[str] = []
    references = [sms.provider.VasaProvider(f"provider-{number}") for number in range(MANY)]

    def call(what: str, _call: Any) -> Any:
        if what == "Reading the storage providers of vc01":
            return references
        asked.append(what)
        return answer(len(asked))

    session: Any = SimpleNamespace(name="vc01", read=call)
    _found, unavailable = providers.read_providers(session)
    return len(asked), unavailable


def lost(_number: int) -> Any:
    raise TransientError("It was lost", code="broken")


def test_an_sms_that_answers_no_more_is_not_asked_for_each() -> None:
    asked, unavailable = read(lost)
    assert providers.MOST_LOST <= asked <= providers.MOST_LOST + providers.CONCURRENT_READS
    assert len(unavailable) == MANY
    assert len([one for one in unavailable if "it was not asked for, as 16 others had been lost" in one.reason]) == MANY - asked


@pytest.mark.parametrize("error", [CertopsError("It was refused", code="broken"), None])
def test_one_that_is_answered_begins_the_count_anew(monkeypatch: pytest.MonkeyPatch, error: Any) -> None:
    def now_and_then(number: int) -> Any:
        if number % 8:
            raise TransientError("It was lost", code="broken")
        if error is not None:
            raise error

    monkeypatch.setattr(providers, "CONCURRENT_READS", 1)
    asked, unavailable = read(now_and_then)
    assert asked == MANY
    assert len(unavailable) == MANY
