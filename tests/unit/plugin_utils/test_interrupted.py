# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible's main process says when it is told to end, and that it ends as it did before."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible import constants, context
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.interruption import NOTHING_IN_FLIGHT, head
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import interrupted


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Ansible's temporary folder. Signals are as they were, afterwards."""
    before = {number: signal.getsignal(number) for number in interrupted.SIGNALS}
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    yield tmp_path
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", interrupted.SIGNALS)
def test_it_is_said_once_and_then_the_signal_does_what_it_did(
    folder: Path, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    ended = []
    signal.signal(number, lambda *given: ended.append(given[0]))
    before = signal.getsignal(number)
    (folder / f"{interrupted.FILE_PREFIX}x").write_text(head("vc01", Progress("renew", begun=("esx01",))), encoding="utf-8")
    (folder / "others").write_text(head("vc02", Progress("renew")), encoding="utf-8")
    interrupted.take_signals()
    interrupted.take_signals()
    os.kill(os.getpid(), number)
    assert (ended, signal.getsignal(number)) == ([number], before)
    os.kill(os.getpid(), number)
    said = capfd.readouterr().err
    assert said.startswith("\nvc01: renew was interrupted. In flight, and being finished: esx01.\n")
    assert (said.count("\n"), ended) == (3, [number, number])


@pytest.mark.parametrize(("forked", "said"), [(False, f"\n{NOTHING_IN_FLIGHT}"), (True, "")])
def test_what_had_no_handler_ends_as_it_would_have_and_a_worker_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], forked: bool, said: str
) -> None:
    sent: list[tuple[int, int]] = []
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    interrupted.take_signals()
    handler = signal.getsignal(signal.SIGTERM)
    process = os.getpid() + forked
    monkeypatch.setattr(os, "getpid", lambda: process)
    monkeypatch.setattr(os, "kill", lambda *given: sent.append(given))
    assert callable(handler)
    handler(signal.SIGTERM, None)
    assert (sent, signal.getsignal(signal.SIGTERM)) == ([(process, signal.SIGTERM)], signal.SIG_DFL)
    assert capfd.readouterr().err.partition("\nNothing")[0] == said


def test_what_is_ignored_stays_so_and_what_goes_wrong_ends_the_run_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(interrupted, "stood", lambda _texts: 1 / 0)
    interrupted.take_signals()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("arguments", "taken"), [({}, False), ({"args": ["book.yml"]}, True)])
def test_only_a_command_of_ansibles_is_told_of(monkeypatch: pytest.MonkeyPatch, arguments: dict[str, object], taken: bool) -> None:
    found: list[bool] = []
    monkeypatch.setattr(context, "CLIARGS", arguments)
    monkeypatch.setattr(interrupted, "take_signals", lambda: found.append(True))
    interrupted.say_when_interrupted()
    assert bool(found) is taken
