# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wherever a run is killed, the next one brings the estate to where an undisturbed run would have brought it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Callable

import pytest
from crash_points import CALLS, RENEW, chosen
from killing import PHASES, kill_in
from player import play
from small_estates import EVERY_KIND, small_estate
from truth import NEVER, assert_all_sound, calls_made, foreign_providers, renewals

CASES = [
    pytest.param(index, phase, id=f"{index:02}-{CALLS[index][0]}-{CALLS[index][1]}-{phase}") for index, phase in chosen(PHASES)
]
PROMISE = "A run that is killed at any call that changes something is finished by the next run"


@pytest.mark.parametrize(("index", "phase"), CASES)
def test_a_killed_run_is_finished_by_the_next(
    index: int, phase: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("promise", PROMISE)
    with small_estate(tmp_path, EVERY_KIND) as (running, known):
        foreign = foreign_providers(running, known)
        made = kill_in(running, tmp_path, known, CALLS, index, phase, certops_concurrency=1)
        before = renewals(running)
        assert before == Counter({known[host]: 1 for call, host in made if call == RENEW})

        again = play(running, tmp_path, certops_concurrency=1)
        assert again.returncode == 0, again.printed
        assert_all_sound(running, known)
        assert renewals(running) == Counter({known[host]: 1 for call, host in CALLS if call == RENEW})
        assert foreign_providers(running, known) == foreign
        assert not [call for call in running.journal() if call["method"] in NEVER]


def test_these_are_all_the_calls_of_an_undisturbed_run(tmp_path: Path) -> None:
    with small_estate(tmp_path, EVERY_KIND) as (running, known):
        foreign = foreign_providers(running, known)
        played = play(running, tmp_path, certops_concurrency=1)
        assert played.returncode == 0, played.printed
        assert "transient errors" not in played.printed, "what a restart of SPS brings with it is told as a fault"
        assert calls_made(running, known) == CALLS
        assert_all_sound(running, known)
        assert foreign_providers(running, known) == foreign
