# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An exception that nobody foresaw becomes an error that says so, and its traceback goes to whoever asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InputError, InternalError
from ansible_collections.certops.vsphere.plugins.module_utils._common.unforeseen import LOGGER, Traces, foreseen


def broken() -> None:
    secret = "canary"
    assert secret
    {}["missing"]


def test_what_is_done_is_returned() -> None:
    assert foreseen("a sum", lambda: 1 + 1, consequence="None.") == 2


def test_an_error_of_ours_stays_what_it_is() -> None:
    told = InputError("The option is wrong", code="broken", remedy="Give another.")

    def refuse() -> None:
        raise told

    with pytest.raises(InputError) as caught:
        foreseen("anything", refuse, consequence="None.")
    assert caught.value is told


@pytest.mark.parametrize(
    "kind", [AttributeError, KeyError, TypeError, ValueError, OSError, MemoryError, RecursionError, AssertionError]
)
def test_any_other_is_told_as_a_defect(kind: type[Exception]) -> None:
    def fail() -> None:
        raise kind("it broke")

    with pytest.raises(InternalError) as caught:
        foreseen("the step renew of esx01", fail, consequence="Look at the host in vCenter.")
    text = str(caught.value)
    assert text.startswith(f"An internal error in certops.vsphere stopped the step renew of esx01 ({kind.__name__}: ")
    assert "it broke" in text
    assert "Look at the host in vCenter." in text
    assert "please report it" in text
    assert isinstance(caught.value, CertopsError)
    assert isinstance(caught.value.__cause__, kind)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_ends_a_run_passes(kind: type[BaseException]) -> None:
    def end() -> None:
        raise kind

    with pytest.raises(kind):
        foreseen("anything", end, consequence="None.")


def test_the_traceback_is_kept_for_whoever_listens_without_local_variables(capsys: Any) -> None:
    with Traces() as traces, pytest.raises(InternalError):
        foreseen("anything", broken, consequence="None.")
    assert len(traces) == 1
    assert traces[0].startswith("Traceback (most recent call last):")
    assert traces[0].endswith("KeyError: 'missing'")
    assert "in broken" in traces[0]
    assert "canary" not in traces[0].replace('secret = "canary"', "")
    with pytest.raises(InternalError):
        foreseen("anything", broken, consequence="None.")
    assert len(traces) == 1
    # Python's last resort would print it; a handler of the root logger would have it in Ansible's log file.
    assert capsys.readouterr() == ("", "")
    assert not LOGGER.propagate
