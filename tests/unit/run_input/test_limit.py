# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a limit means where the unit is the vCenter: whom it takes, and which limit is to be typed where it takes nobody.

Ansible's own inventory says whom a pattern matches.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.limit import Limit
from hypothesis import given
from hypothesis import strategies as st

# a and b are vc1's, c is vc2's, and of x nobody says whose it is.
VCENTER_OF: dict[str, Optional[str]] = {"a": "vc1", "b": "vc1", "c": "vc2", "x": None}
GROUPS = {
    "vcenters": ["vc1", "vc2"],
    "esxi": list(VCENTER_OF),
    "due": ["a", "c"],
    "due_with_vcenters": ["a", "c", "vc1", "vc2"],
    "old": ["b", "c"],
    "old_with_vcenters": ["b", "c", "vc1", "vc2"],
    "site": ["a", "b", "vc1"],
}


def inventory() -> InventoryManager:
    """The inventory of these groups."""
    made = InventoryManager(DataLoader(), parse=False)
    for group, hosts in GROUPS.items():
        made.add_group(group)
        for host in hosts:
            made.add_host(host, group)
    made.reconcile_inventory()
    return made


INVENTORY = inventory()


def matching(pattern: str) -> frozenset[str]:
    """The hosts that a pattern matches."""
    return frozenset(host.name for host in INVENTORY.list_hosts(pattern))


def judged(text: str) -> dict[str, Any]:
    """What a limit means."""
    limited = inventory()
    limited.subset(text)
    left = frozenset(host.name for host in limited.list_hosts("all"))
    limit = Limit(text, left, GROUPS["vcenters"], VCENTER_OF, frozenset(GROUPS), matching)
    return limit.judge().to_facts()


def refused(text: str) -> str:
    """Why it is refused."""
    with pytest.raises(InputError) as caught:
        judged(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("limit", "only", "left_out", "narrows"),
    [
        ("vc1", {}, [], False),
        ("vcenters", {}, [], False),
        ("vcenters:!vc2", {}, [], False),
        ("vcenters:&site", {}, [], False),
        ("all", {}, [], False),
        ("*", {}, [], False),
        ("!vc2", {}, [], False),
        ("all:&vcenters", {}, [], False),
        ("a,vc1", {"vc1": ["a"]}, [], True),
        ("a:vc1:vc2", {"vc1": ["a"]}, [], True),
        ("due_with_vcenters", {"vc1": ["a"], "vc2": ["c"]}, [], True),
        ("due_with_vcenters:!vc2:!c", {"vc1": ["a"]}, [], True),
        ("all:&due_with_vcenters", {"vc1": ["a"], "vc2": ["c"]}, [], True),
        ("!c:!vc2:&due_with_vcenters", {"vc1": ["a"]}, [], True),
        ("site", {"vc1": ["a", "b"]}, [], False),
        ("!a", {}, ["a"], True),
        ("all:!a:!vc2", {}, ["a"], True),
    ],
)
def test_whom_a_limit_takes(limit: str, only: dict[str, list[str]], left_out: list[str], narrows: bool) -> None:
    assert judged(limit) == {"only": only, "left_out": left_out, "narrows": narrows}


@pytest.mark.parametrize(
    ("limit", "typed"),
    [
        ("a", "a,vc1"),
        ("a,c", "a,c,vc1,vc2"),
        ("due", "due_with_vcenters"),
        ("old:!c", "b,vc1"),
        ("old:&due", "c,vc2"),
        ("[ac]", "[ac],vc1,vc2"),
        ("~^(a|b)$", "~^(a|b)$,vc1"),
        ("esxi:!x:!vcenters", "a,b,c,vc1,vc2"),
        ("a,vc2", "a,vc2,vc1"),
        ("due,vc1", "due_with_vcenters,vc1"),
    ],
)
def test_the_limit_to_type_is_told_where_an_esxi_host_s_vcenter_is_not_in_it(limit: str, typed: str) -> None:
    assert refused(limit).endswith(f"Type --limit '{typed}'.")
    assert judged(typed)["only"].keys() >= {VCENTER_OF[name] for name in matching(limit) if VCENTER_OF.get(name)} - {"vc2"} - {None}


def test_where_there_is_none_to_type_it_is_told_what_to_name() -> None:
    assert refused("x") == (
        "The limit x selects no vCenter of the group vcenters, so nothing would be done. Name vCenters in it: a vCenter by itself selects all of"
        " its ESXi hosts, a vCenter with some of its ESXi hosts selects only these."
    )


def test_a_limit_that_nobody_could_type_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"esx{number:03}.example.com": "vc1" for number in range(100)}
    left = frozenset(many)
    for limit, extra in (("esx*:&esxi", frozenset[str]()), ("esx*:&esxi:vc2", frozenset({"vc2"}))):
        judge = Limit(limit, left | extra, ["vc1", "vc2"], many, frozenset(), lambda pattern: frozenset()).judge
        with pytest.raises(InputError, match=r"Name (vCenters|these vCenters)"):
            judge()


def test_hosts_of_no_vcenter_of_the_inventory_are_refused() -> None:
    assert refused("x,vc1").startswith(
        "The limit x,vc1 names x, and the inventory does not say which of its vCenters manages each."
    )


@pytest.mark.parametrize(
    "limit", ["site:!esxi", "due_with_vcenters:&old_with_vcenters:!c:!vc2", "!a:!b", "all:&due_with_vcenters:!c", "site:!a:!b"]
)
def test_a_vcenter_is_not_taken_whole_because_all_of_its_hosts_that_were_named_are_taken_away(limit: str) -> None:
    assert "selects vc" in refused(limit)
    assert "and none of the ESXi hosts that it names under it" in refused(limit)


def test_a_file_of_a_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.retry").write_text("vc1\na\n\n", encoding="utf-8")
    assert judged(f"@{tmp_path}/x.retry")["only"] == {"vc1": ["a"]}
    (tmp_path / "x.retry").write_text("a\n", encoding="utf-8")
    assert refused(f"@{tmp_path}/x.retry").endswith(f"Type --limit '@{tmp_path}/x.retry,vc1'.")


TERMS = st.sampled_from([*GROUPS, *VCENTER_OF, "vc1", "vc2", "all"])
SIGNS = st.sampled_from(["", "", "&", "!"])


@given(st.lists(st.tuples(SIGNS, TERMS), min_size=1, max_size=4))
def test_whatever_the_limit_nobody_is_taken_whom_it_does_not_leave(terms: list[tuple[str, str]]) -> None:
    text = ",".join(sign + term for sign, term in terms)
    limited = inventory()
    limited.subset(text)
    left = {host.name for host in limited.list_hosts("all")}
    try:
        found = judged(text)
    except InputError:
        return
    names_some = any(sign != "!" and set(GROUPS.get(term, [term])) & set(VCENTER_OF) for sign, term in terms if term != "all")
    for vcenter in left & {"vc1", "vc2"}:
        own = {name for name, whose in VCENTER_OF.items() if whose == vcenter}
        taken = set(found["only"].get(vcenter, own)) - set(found["left_out"])
        # All of a vCenter only where no host of it was spoken of, or all are left.
        assert taken == own & left or (not own & left and taken == own and (vcenter not in found["only"])), text
        if not names_some and not any(sign == "!" for sign, _term in terms):
            assert taken == own, text
