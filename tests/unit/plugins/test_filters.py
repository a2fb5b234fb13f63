# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters, given what another version of the collection, another program or a typing error made: a result or one sentence."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible_collections.certops.vsphere.plugins.filter import decision
from ansible_collections.certops.vsphere.plugins.module_utils._common.packed import pack
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import own_faults
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, estate, host, provider
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined, UndefinedError

FILTERS = decision.FilterModule().filters()
FACTS = estate(
    host(ends=-3), host("esx02.example.com", status="offline"), orphans=(provider(None, "offline", uid="gone"),)
).to_facts()
PLAN = FILTERS["plan"](FACTS, {"protection": "confirmed", "remove_orphans": True})
NAMES = [one["esxi_host"] for one in PLAN["hosts"]]
VERIFIED = FILTERS["verify"](FACTS, NAMES)
RESULTS = [
    {"esxi_host": NAMES[0], "step": "renew", "status": "changed", "error": None},
    {"esxi_host": NAMES[1], "step": "reregister", "status": "failed", "error": "It broke."},
]
REPORT = FILTERS["report"](PLAN, RESULTS, VERIFIED, FACTS, failure="It stopped.")


def with_odd(whole: Any, *path: Any) -> Any:
    """A copy that has at this place what is none of the values that it may have."""
    copied = copy.deepcopy(whole)
    place = copied
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = 5
    return copied


ODD: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([None, "", "odd", 0, -1, 10**30, 1.5, float("nan"), float("inf"), True, [], {}, [None], ["x"], {"a": 1}, [{}]]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
        max_leaves=5,
    ),
)


def answered(name: str, *given_: Any, **named: Any) -> Any:
    """What a filter returned, which must be plain data; None where it refused, which must be told in a sentence."""
    try:
        result = FILTERS[name](*given_, **named)
    except AnsibleFilterError as error:
        told = str(error)
        assert told.startswith(f"certops.vsphere.{name}: "), told
        assert told.endswith("."), told
        assert "\n" not in told
        assert "Error(" not in told, "Python's own words for it"
        assert "internal error" not in told, "what was given is told as a defect of ours"
        return None
    json.dumps(result)
    return result


def changed(whole: Any, data: st.DataObject) -> Any:
    """A copy in which up to three places are gone, odd, or have a key too many."""
    copied = copy.deepcopy(whole)
    for _change in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(_places(copied)))
        place = copied
        for part in path[:-1]:
            place = place[part]
        kind = data.draw(st.sampled_from(["odd", "odd", "missing", "more"]))
        if kind == "odd":
            place[path[-1]] = copy.deepcopy(data.draw(ODD))
        elif kind == "missing":
            del place[path[-1]]
        elif isinstance(place, dict):
            place["of_a_newer_version"] = copy.deepcopy(data.draw(ODD))
        if not copied:
            break
    return copied


def _places(whole: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = whole.items() if isinstance(whole, dict) else enumerate(whole) if isinstance(whole, list) else ()
    return [place for key, value in inner for place in ((*path, key), *_places(value, (*path, key)))]


def test_what_the_filters_made_they_take() -> None:
    assert answered("table", REPORT)
    assert [one["result"] for one in REPORT["hosts"]] == ["unfinished", "failed"]
    assert answered("verify", FACTS, (name for name in NAMES)) == VERIFIED, "what Jinja's map makes is no list"


def test_what_was_read_at_the_end_may_be_the_text_that_a_step_leaves() -> None:
    assert FILTERS["report"](PLAN, RESULTS, VERIFIED, pack(FACTS), failure="It stopped.") == REPORT
    with pytest.raises(AnsibleFilterError, match=r"certops.vsphere.report: This collection did not pack the text"):
        FILTERS["report"](PLAN, after="odd")


@given(ODD, ODD, ODD)
def test_anything_at_all_is_answered_or_refused_in_a_sentence(first: Any, second: Any, third: Any) -> None:
    answered("plan", first, second, third)
    answered("plan", FACTS, second)
    answered("plan", FACTS, None, third)
    answered("verify", FACTS, second)
    answered("report", first, second, third)
    answered("report", PLAN, first, second, third)
    answered("report", PLAN, after=first, failure=second)
    answered("table", first)
    answered("outcome", first, second, third)


@given(st.data())
def test_facts_of_another_version_are_planned_and_verified_or_refused(data: st.DataObject) -> None:
    facts = changed(FACTS, data)
    made = answered("plan", facts, {"protection": "confirmed"})
    verified = answered("verify", facts, NAMES)
    assert (made is None) == (verified is None)
    if made is not None:
        assert answered("table", answered("report", made, [], verified))
        answered("report", made, [], verified, facts)


@given(st.data())
def test_a_plan_of_another_version_is_reported_or_refused(data: st.DataObject) -> None:
    report = answered("report", changed(PLAN, data), changed(RESULTS, data), changed(VERIFIED, data), changed(FACTS, data))
    if report is not None:
        answered("table", report)


@given(st.data())
def test_a_report_of_another_version_is_shown_or_refused(data: st.DataObject) -> None:
    lines = answered("table", changed(REPORT, data))
    assert lines is None or all(line.isprintable() for line in lines)
    answered("outcome", changed(REPORT, data), "vc01")


@given(
    st.dictionaries(st.sampled_from([*PLAN["policy"], "renew_before"]), ODD | st.sampled_from(["60", "yes", " 1 ", "1e3", "60d"]))
)
def test_a_policy_of_texts_is_understood_or_refused(policy: dict[str, Any]) -> None:
    made = answered("plan", FACTS, policy)
    if made is not None:
        assert set(policy) <= set(made["policy"])


@pytest.mark.parametrize(
    ("option", "text", "meant"),
    [
        ("renew_before_days", "30", 30.0),
        ("renew_before_days", " 1e2 ", 100.0),
        ("canary", "2", 2),
        ("force", "Yes", True),
        ("remove_orphans", "0", False),
        ("hosts", "esx01.example.com, esx02*", ["esx01.example.com", "esx02*"]),
    ],
)
def test_a_text_means_what_it_says(option: str, text: str, meant: Any) -> None:
    assert FILTERS["plan"](FACTS, {option: text})["policy"][option] == meant


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        (
            "renew_before_days",
            "sixty",
            "certops_renew_before_days (the policy's option renew_before_days) cannot be 'sixty'. It must be a number from 0 to 36500.",
        ),
        ("renew_before_days", "nan", "It must be a number from 0 to 36500."),
        ("renew_before_days", -1, "It must be a number from 0 to 36500."),
        ("batch", "0", "It must be a number from 1 to 100000."),
        ("canary", "1.5", "It must be a whole number."),
        ("force", "maybe", "It must be true or false."),
        ("protection", "yes", "It must be one of: confirmed, snapshot, none."),
        ("hosts", 5, "It must be a list."),
    ],
)
def test_a_text_that_means_nothing_is_refused_with_what_would(option: str, value: Any, told: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS["plan"](FACTS, {option: value})
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("plan", ({**FACTS, "schema_version": 0},), "The facts have schema version 0 and not 1. Read them again"),
        (
            "plan",
            ({key: value for key, value in FACTS.items() if key != "vcenter"},),
            "The facts cannot be read ('vcenter' is missing)",
        ),
        ("plan", (FACTS, None, "tomorrow"), "now is not an ISO 8601 time: 'tomorrow'."),
        ("plan", (FACTS, None, 5), "now is not an ISO 8601 time: 5."),
        ("verify", (FACTS, "esx01.example.com"), "esxi_hosts is not a list of names of ESXi hosts."),
        ("verify", (FACTS, [None]), "esxi_hosts is not a list of names of ESXi hosts."),
        ("report", ({},), "The plan is not what this version of the collection made (vcenter is missing). Make it with"),
        ("report", (with_odd(PLAN, "hosts", 1, "steps"),), "(hosts[1].steps is no list)"),
        (
            "report",
            (PLAN, [{**RESULTS[0], "step": 5}]),
            "The results are not what this version of the collection made ([0].step is not text)",
        ),
        ("report", (PLAN, 5), "The results are not what this version of the collection made (it is no list)"),
        (
            "report",
            (PLAN, [], [{}]),
            "What was verified is not what this version of the collection made ([0].esxi_host is missing)",
        ),
        ("report", (PLAN, [], [], {"hosts": [{}]}), "(hosts[0].name is missing). Read them with"),
        ("report", (PLAN, [], [], None, False, None, False, None, 5), "notes is not a list."),
        (
            "outcome",
            ({"hosts": [{}]}, "vc01"),
            "The report is not what this version of the collection made (schema_version is missing)",
        ),
        ("outcome", ([], "vc01"), "The report is not what this version of the collection made (it is not a dictionary)"),
        ("table", ({},), "The report is not what this version of the collection made (schema_version is missing)."),
        (
            "table",
            (with_odd(REPORT, "hosts", 0, "certificates", "sms", "problem"),),
            "(hosts[0].certificates.sms.problem is not text)",
        ),
        ("table", (REPORT, "many"), "most_hosts is not a whole number."),
        ("verify", (FACTS, NAMES, 5), "moids is not a dictionary."),
        (
            "table",
            (),
            "The arguments of the filter are wrong (missing a required argument: 'the_report'). See ansible-doc -t filter certops.vsphere.table.",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong(name: str, arguments: tuple[Any, ...], told: str) -> None:
    refuse: Callable[..., Any] = FILTERS[name]
    with pytest.raises(AnsibleFilterError) as caught:
        refuse(*arguments)
    assert told in str(caught.value)
    assert "internal error" not in str(caught.value)


# What each filter does its work with, and what it takes.
WORKS: dict[str, tuple[Any, str, tuple[Any, ...]]] = {
    "plan": (decision, "decide", (FACTS,)),
    "verify": (decision, "core_verify", (FACTS, NAMES)),
    "report": (decision, "build", (PLAN, RESULTS, VERIFIED, FACTS)),
    "outcome": (decision.core_outcome, "build", (REPORT, "vc01")),
    "table": (decision.core_table, "lines", (REPORT,)),
}


def test_every_filter_is_among_them() -> None:
    assert set(WORKS) == set(FILTERS)


@pytest.mark.parametrize("kind", [KeyError, TypeError, ValueError, AttributeError, RecursionError])
@pytest.mark.parametrize("name", WORKS)
def test_a_defect_of_ours_is_told_as_ours(name: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    place, work, given_ = WORKS[name]
    shown: list[str] = []

    def broken(*_given: Any, **_named: Any) -> None:
        raise kind("it broke")

    monkeypatch.setattr(place, work, broken)
    monkeypatch.setattr(own_faults.display, "vvv", shown.append)
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS[name](*given_)
    told = str(caught.value)
    assert told.startswith(
        f"certops.vsphere.{name}: An internal error in certops.vsphere stopped the filter certops.vsphere.{name} ({kind.__name__}: "
    )
    assert "please report it" in told
    assert "Traceback" not in told
    assert [text.partition("\n")[0] for text in shown] == ["Traceback (most recent call last):"], "for -vvv, and once"


def test_what_is_undefined_is_told_by_its_name() -> None:
    with pytest.raises(UndefinedError, match="'certops_report' is undefined"):
        FILTERS["table"](StrictUndefined(name="certops_report"))


@pytest.mark.parametrize("error", [AnsibleError("It cannot be decrypted."), UndefinedError("'domain' is undefined")])
def test_what_ansible_says_of_a_value_passes(error: Exception) -> None:
    def unreadable() -> Iterator[str]:
        yield NAMES[0]
        raise error

    with pytest.raises(type(error)) as caught:
        FILTERS["verify"](FACTS, unreadable())
    assert caught.value is error


@settings(max_examples=50)
@given(st.sampled_from([None, NOW.isoformat(), "2026-03-01", "2026-03-01T02:00:00Z", "2026-03-01T16:00:00+14:00"]))
def test_now_may_be_given_in_any_zone(now: Any) -> None:
    made = answered("plan", FACTS, None, now)
    assert made["decided_at"] in ("2026-03-01T02:00:00Z", "2026-03-01T00:00:00Z")
