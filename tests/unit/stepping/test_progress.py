# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a step has got: as a line of text and back, as a sentence, and how long it may take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import (
    Progress,
    duration,
    estimate,
    in_the_run,
    last,
    sentence,
)

HALF = Progress("reconnect", total=10, done=5, failed=1, seconds_left=60.0)


def test_what_is_written_is_read_again_and_what_is_half_written_is_not() -> None:
    waiting = Progress("reregister", doing="SPS is restarting", seconds_allowed=900.0)
    assert [Progress.from_line(one.to_line()) for one in (HALF, waiting)] == [HALF, waiting]
    assert last(HALF.to_line() + waiting.to_line()[:-9]) == HALF
    assert last(HALF.to_line() + waiting.to_line()) == waiting
    assert [last(text) for text in ("", "{}\n", "[]\n", '{"step": 1}\n', "no JSON\n")] == [None] * 5


@pytest.mark.parametrize(
    ("taken", "rounds", "seconds"), [([], 3, None), ([10.0], 3, 30.0), ([10.0, 20.0], 2, 30.0), ([5.0], 0, 0.0)]
)
def test_what_is_left_is_reckoned_from_what_others_took(taken: list[float], rounds: int, seconds: Optional[float]) -> None:
    assert estimate(taken, rounds) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (0.4, "0 s"), (89, "89 s"), (90, "2 min"), (240, "4 min"), (5399, "90 min"), (5400, "1.5 h"), (9000, "2.5 h")],
)
def test_a_length_of_time_is_told_as_one_says_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("progress", "age", "text"),
    [
        (None, 0, "vc01: reconnect has been running for 40 s"),
        (Progress("observe"), 0, "vc01: reconnect has been running for 40 s"),
        (replace(HALF, done=12, total=50, seconds_left=250), 10, "vc01: reconnect 12 of 50 hosts done, 1 failed, about 4 min left"),
        (HALF, 60, "vc01: reconnect 5 of 10 hosts done, 1 failed, almost done"),
        (Progress("renew", total=3), 5, "vc01: renew 0 of 3 hosts done, 0 failed, running for 40 s"),
        (Progress("observe", doing="reading the hosts"), 1, "vc01: observe reading the hosts, running for 40 s"),
        (
            Progress("reregister", total=3, doing="SPS is restarting", seconds_allowed=900),
            300,
            "vc01: reregister 0 of 3 hosts done, 0 failed, SPS is restarting, at most 10 min more",
        ),
    ],
)
def test_the_line_says_who_which_step_how_many_and_how_long(progress: Optional[Progress], age: float, text: str) -> None:
    assert sentence("vc01", "reconnect", progress, running_seconds=40, age_seconds=age) == text


def planned(*names: str, steps: tuple[str, ...] = ("renew", "reconnect")) -> list[dict[str, Any]]:
    """Hosts in a plan."""
    return [{"esxi_host": name, "steps": list(steps)} for name in names]


def test_in_a_run_the_hosts_of_other_batches_count_too() -> None:
    hosts = planned(*(f"esx{number}" for number in range(30))) + planned("other", steps=("reregister",))
    done = [
        {"esxi_host": "esx0", "step": "reconnect", "failed": True},
        {"esxi_host": "esx1", "step": "reconnect", "failed": False},
        {"esxi_host": "esx2", "step": "renew", "failed": False},
        {"esxi_host": "stranger", "step": "reconnect", "failed": False},
    ]
    # 18 more hosts come later, and the 5 of this call that are left are reckoned to take 60 seconds.
    assert in_the_run(HALF, {"hosts": hosts}, done) == Progress("reconnect", total=30, done=7, failed=2, seconds_left=60 + 18 * 12)
    whole = replace(HALF, seconds_left=None)
    assert in_the_run(whole, {"hosts": hosts}, None) == Progress("reconnect", total=30, done=5, failed=1)
    ended = replace(HALF, done=10)
    assert in_the_run(ended, {"hosts": hosts}, []).seconds_left == 60


@pytest.mark.parametrize("plan", [None, {}, {"hosts": planned("esx0")}, "text"])
def test_without_a_plan_that_fits_it_is_told_as_it_is(plan: Any) -> None:
    assert in_the_run(HALF, plan, []) == HALF
    assert in_the_run(Progress("observe", doing="x"), {"hosts": planned("a")}, []) == Progress("observe", doing="x")
