# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a signal does to a process that has sessions: an exception, once, and everything as it was afterwards."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.signals import SIGNALS, ending_in_order, ending_later
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory import survey
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.survey import Look, Seen, SoFar, look_at_all


@pytest.fixture(autouse=True)
def _as_in_a_module() -> Iterator[None]:
    """Signals as a module is started with them; as they were, afterwards."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_an_exception_and_the_next_one_is_nothing(number: signal.Signals) -> None:
    cleaned_up = []

    def work() -> None:
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            cleaned_up.append(True)

    with pytest.raises(SystemExit) as ended, ending_in_order():
        work()
    assert cleaned_up
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) == signal.SIG_DFL


def test_what_is_ignored_stays_so_and_ctrl_c_is_what_it_was() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with ending_in_order():
        os.kill(os.getpid(), signal.SIGHUP)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_it_takes_the_place_of_a_handler_that_would_end_the_process_and_gives_it_back() -> None:
    def die(_number: int, _frame: object) -> None:
        raise AssertionError("the process would have ended at once")

    signal.signal(signal.SIGINT, die)
    with pytest.raises(SystemExit), ending_in_order():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is die


def test_in_another_thread_it_does_nothing() -> None:
    seen = []

    def work() -> None:
        with ending_in_order():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]


def test_a_survey_that_is_ended_finishes_what_it_has_begun_and_begins_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended, go_on = [], [], threading.Event()

    def look_at(look: Look) -> Seen:
        begun.append(look.connection.hostname)
        go_on.wait(30)
        ended.append(look.connection.hostname)
        return Seen()

    def told(so_far: SoFar) -> None:
        if len(begun) < 2:
            return
        assert so_far.waited_for == ("vc0", "vc1")
        threading.Timer(0.2, go_on.set).start()
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(survey, "_look_at", look_at)
    with pytest.raises(SystemExit):
        look_at_all([Look(Connection(f"vc{number}", "x", "x")) for number in range(5)], 2, told, 0.1)
    assert sorted(begun) == sorted(ended) == ["vc0", "vc1"]


@pytest.mark.parametrize("number", SIGNALS)
def test_what_must_not_stop_is_done_before_the_end(number: signal.Signals) -> None:
    done = []
    # Whoever starts the tests in the background has Ctrl-C ignored, and what is ignored stays so.
    before = signal.signal(number, signal.SIG_DFL)

    def work() -> None:
        with ending_later() as ending:
            ending.end_if_told()
            # What has a session meanwhile does not stop it either.
            with ending_in_order():
                os.kill(os.getpid(), number)
                os.kill(os.getpid(), signal.SIGTERM)
                done.append("the work")
            with pytest.raises(SystemExit):
                ending.end_if_told()
            done.append("the rest")

    try:
        with pytest.raises(SystemExit) as ended:
            work()
    finally:
        signal.signal(number, before)
    assert done == ["the work", "the rest"]
    assert ended.value.code == 128 + number
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_who_is_told_nothing_ends_nothing() -> None:
    seen = []

    def work() -> None:
        with ending_later() as ending:
            ending.end_if_told()
            seen.append(signal.getsignal(signal.SIGTERM))

    with ending_later() as ending:
        assert signal.getsignal(signal.SIGTERM) is ending
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
