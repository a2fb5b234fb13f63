# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a run stood when it was interrupted: hosts that a step has finished, those in flight, and that running again goes on."""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.interruption import GO_ON, NOTHING_IN_FLIGHT, head, stood
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Course


def told(subject: str, *progress: Progress) -> str:
    """A file of a task's progress."""
    return head(subject, progress[0]) + "".join(one.to_line() for one in progress[1:])


def test_hosts_are_named_by_how_far_they_are() -> None:
    lines: list[Progress] = []
    course = Course(lines.append, "reconnect", 5)
    for name in "abc":
        course.begun(f"host-{name}", name)
    course.ended("host-b", failed=True, rounds_left=1)
    course.ended("host-a", failed=False, rounds_left=1)
    course.begun("host-d", "d")
    assert stood([told("vc01", Progress("reconnect"), *lines)]) == (
        "vc01: reconnect was interrupted. Finished: b, a (1 failed). In flight, and being finished: c, d. Not started: 1.\n"
        + GO_ON
        + "\n"
    )


def test_a_line_for_each_step_that_was_at_work_and_one_for_all() -> None:
    guard = Progress("guard", doing="taking a snapshot of vc02")
    several = [told("vc01", Progress("renew"), Progress("renew", total=2)), "", "no JSON\n{}\n[]\n", told("vc02", guard)]
    assert stood(several).splitlines() == [
        "vc01: renew was interrupted.",
        "vc02: guard was interrupted (taking a snapshot of vc02).",
        GO_ON,
    ]
    assert stood([]).splitlines() == [NOTHING_IN_FLIGHT, GO_ON]


def test_of_unregistered_providers_it_is_not_said_that_they_are_finished() -> None:
    gone = Progress("reregister", total=3, doing="SPS is restarting", begun=("a", "b", "c"))
    back = Progress("reregister", total=3, done=1, doing="waiting", ended=("b",))
    assert stood([told("vc01", Progress("reregister"), gone, back)]).startswith(
        "vc01: reregister was interrupted (waiting). Finished: b. Not seen back yet: a, c.\n"
    )


def test_many_names_are_counted_and_none_steers_the_terminal() -> None:
    many = Progress("renew", total=40, begun=tuple(f"esx{number}" for number in range(30)))
    assert "esx9 and 20 more. Not started: 10.\n" in stood([told("vc01", many)])
    hostile = stood([told("vc\x1b[2J\n", Progress("renew", begun=("a\nb",)))])
    assert hostile.count("\n") == 2
    assert "\x1b" not in hostile


def test_a_line_that_is_half_written_is_passed_over() -> None:
    half = Progress("renew", total=2, begun=("b",)).to_line()[:-4]
    text = told("vc01", Progress("renew", total=2, begun=("a",))) + half
    assert stood([text]).startswith("vc01: renew was interrupted. In flight, and being finished: a. Not started: 1.")
