# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table: aligned whatever the script, worst first, folded where there are many, with tones for who has colours."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.text_width import broken, cut, padded, width
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.table import lines, toned
from ansible_collections.certops.vsphere.tests.unit.estates import host
from ansible_collections.certops.vsphere.tests.unit.fleets import EXPIRING, every_result, report
from hypothesis import given
from hypothesis import strategies as st


def column(text: list[str], name: str) -> set[int]:
    """Where on the terminal this column's cells begin, in all rows that have one of these cells."""
    return {width(line[: line.index(name)]) for line in text[1:] if name in line}


def many(sound: int, due: int, blocked: int = 0) -> dict[str, Any]:
    """A vCenter with so many hosts."""
    hosts = [host(f"sound{number}") for number in range(sound)]
    hosts += [host(f"due{number}", **EXPIRING) for number in range(due)]
    hosts += [host(f"blocked{number}", in_maintenance_mode=True, **EXPIRING) for number in range(blocked)]
    return report(*hosts, audit=True)


@pytest.mark.parametrize(
    ("text", "columns"),
    [("esx01", 5), ("ホスト", 6), ("zürich", 6), ("zu\u0308rich", 6), ("한국", 4), ("\uff57", 2), ("🖥", 2), ("", 0), ("…", 1)],
)
def test_a_text_is_as_wide_as_a_terminal_shows_it(text: str, columns: int) -> None:
    # An emoji that terminals differ about may be narrow.
    assert width(text) == columns or text == "🖥"
    assert width(padded(text, 10)) == 10


def test_columns_stand_under_each_other_whatever_the_script() -> None:
    text = lines(
        report(
            host("ホスト", **EXPIRING), host("zu\u0308rich", **EXPIRING), host("esx", cluster="クラスタ", **EXPIRING), audit=True
        )
    )
    assert len(column(text, "due")) == 1
    assert len(column(text, "renew reconnect")) == 1


@given(st.text(max_size=60), st.integers(1, 20))
def test_a_broken_text_has_every_word_and_no_line_that_could_be_shorter(text: str, columns: int) -> None:
    found = broken(text, columns)
    assert " ".join(found).split() == text.split()
    assert all(width(line) <= columns or " " not in line for line in found)


@given(st.text(max_size=40), st.integers(2, 20))
def test_a_text_that_is_cut_has_no_more_columns_and_begins_as_before(text: str, columns: int) -> None:
    found = cut(text, columns)
    assert width(found) <= columns
    assert found == text or (found.endswith("…") and text.startswith(found[:-1]))


def test_the_worst_come_first() -> None:
    text = lines(every_result()["vcenters"][0])
    places = [
        next(place for place, line in enumerate(text) if line.startswith(f"{name} ")) for name in ("failed", "unfinished", "ok")
    ]
    assert places == sorted(places)
    assert text[3].startswith("failed ")


def test_a_vcenter_is_called_what_the_inventory_calls_it_and_what_it_calls_itself() -> None:
    assert lines(report(host(), inventory_name="vc-berlin"))[0] == "vc-berlin (vc1.example.com, run): 1 ok"


def test_many_hosts_are_folded_to_those_that_matter() -> None:
    text = lines(many(300, 3, 1), most_hosts=50)
    assert [line.split()[0] for line in text[2:-1]] == ["blocked0", "due0", "due1", "due2"]
    assert text[-1] == "300 more hosts, which the report has: 300 ok"


def test_too_many_that_matter_are_cut_worst_first_and_counted() -> None:
    text = lines(many(300, 60, 1), most_hosts=50)
    assert text[2].startswith("blocked0 ")
    assert len(text) == 53
    assert text[-1] == "311 more hosts, which the report has: 11 due, 300 ok"


def test_many_sound_hosts_are_one_line() -> None:
    assert lines(many(51, 0), most_hosts=50) == ["vc1.example.com (audit): 51 ok", "51 hosts, which the report has: 51 ok"]


@pytest.mark.parametrize("most", [0, 51, 1000])
def test_what_is_not_too_many_is_shown(most: int) -> None:
    assert len(lines(many(51, 0), most_hosts=most)) == 53


def test_a_reason_is_one_line_that_ends_where_there_is_no_more_room() -> None:
    made = report(host("resting", in_maintenance_mode=True, **EXPIRING), audit=True)
    [_head, heading, row] = ["".join(text for text, _tone in line) for line in toned(made, columns=120)]
    assert width(row) <= 120
    assert row[heading.index("REASON") :].startswith("resting is in maintenance mode, in ")
    assert row.endswith("…")
    assert lines(made)[2].endswith("in which vCenter renews no certificate")


@pytest.mark.parametrize("columns", [40, 60, 79, 80, 100])
def test_a_narrow_terminal_has_a_table_that_fits_with_the_rest_beneath_each_host(columns: int) -> None:
    hosts = [
        host("esx-with-a-long-name", cluster="a-cluster-of-some-length", in_maintenance_mode=True, **EXPIRING),
        host("esx", cluster=None, **EXPIRING),
        host("sound"),
    ]
    made = report(*hosts, audit=True)
    made["blockers"] = [{"code": "backup", "message": "Something forbids all of it", "remedy": "Do what is needed, and run again."}]
    made["warnings"] = ["a note of " + "many words " * 12]
    text = ["".join(part for part, _tone in line) for line in toned(made, columns=columns)]
    heading = next(place for place, line in enumerate(text) if line.startswith("ESXI HOST"))
    # What cannot be narrower than its own cells is left as it is.
    assert [line for line in text if width(line) > max(columns, 65)] == []
    # RESULT is the last column, and stands under its name.
    start = text[heading].index("RESULT")
    assert [line[start:] for line in text[heading + 1 :] if line.startswith(("esx", "sound"))] == ["blocked", "due", "ok"]
    if columns < 70:
        assert "CLUSTER" not in text[heading]
        assert "in a-cluster-of-some-length, provider online: " in " ".join(line.strip() for line in text)
    whole = " ".join(" ".join(text).split())
    assert "renew reconnect: its certificate expires in 20 days" in whole
    assert "in no cluster" in whole or columns > 70
    assert " ".join(["a note of", *["many words"] * 12]) in whole
    toned_held = [text.strip() for line in toned(made, columns=columns) for text, tone in line if tone == "held"]
    assert toned_held == ["BLOCKED", "blocked"]


def test_whatever_is_not_a_terminal_has_a_host_a_line() -> None:
    made = report(host("resting", in_maintenance_mode=True, **EXPIRING), audit=True)
    assert len(toned(made)) == 3


def test_what_is_bad_has_a_tone_and_the_text_says_it_too() -> None:
    tones = {text.strip(): tone for line in toned(every_result()["vcenters"][0]) for text, tone in line if tone}
    assert {
        "STOPPED": "broken",
        "failed": "broken",
        "blocked": "held",
        "partly done": "held",
        "done": "settled",
    }.items() <= tones.items()
    expired = toned(report(host(ends=-3), audit=True))[2]
    assert [tone for text, tone in expired if text.startswith("2026-02-26")] == ["broken"]
    blocked = toned(report(host(**EXPIRING), policy=Policy()))
    assert blocked[1][0] == ("BLOCKED", "held")


def test_in_check_mode_the_order_of_the_steps_is_shown_and_folded() -> None:
    hosts = [host(f"due{number}", **EXPIRING) for number in range(6)]
    text = lines(report(*hosts, check_mode=True))
    assert [line for line in text if line.startswith("turn ")] == [
        "turn 1 of 8: renew due0 (canary)",
        "turn 2 of 8: reconnect due0 (canary)",
        "turn 3 of 8: reregister due0 (canary)",
        "turn 4 of 8: verify due0 (canary)",
        "turn 5 of 8: renew due1, due2, due3 and 2 more",
        "turn 6 of 8: reconnect due1, due2, due3 and 2 more",
        "turn 7 of 8: reregister due1, due2, due3 and 2 more",
        "turn 8 of 8: verify due1, due2, due3 and 2 more",
    ]
    folded = lines(report(*hosts, check_mode=True), 2)
    assert [line for line in folded if "turn" in line][-2:] == [
        "turn 2 of 8: reconnect due0 (canary)",
        "6 more turns, which the report has",
    ]
    for other in ({"check_mode": False}, {"check_mode": True, "failure": "It stopped."}):
        assert not [line for line in lines(report(*hosts, **other)) if line.startswith("turn ")]
