# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of the collection's variables, against where each of them is declared and told of; and what a name is called that is none of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Optional

import pytest
import yaml
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import KnownVariables, known_variables
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.names import UnknownNames

ROOT = Path(__file__).resolve().parents[3]
ROLES = sorted(path.parents[1].name for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
VARIABLE = re.compile(r"\bcertops_\w+")
KNOWN = known_variables()


def read(*parts: str) -> str:
    """A file of the collection."""
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def specs(role: str) -> dict[str, dict[str, Any]]:
    """The options of a role by its entry points."""
    points = yaml.safe_load(read("roles", role, "meta", "argument_specs.yml"))["argument_specs"]
    return {name: point.get("options") or {} for name, point in points.items()}


def rows(text: str) -> set[str]:
    """The variables that the first cells of a page's tables name."""
    cells = re.findall(r"^\| (`certops_[^|]+) \|", text, re.MULTILINE)
    return {name for cell in cells for name in VARIABLE.findall(cell)}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_s_options_are_known_and_have_a_row_of_its_readme(role: str) -> None:
    points = specs(role)
    options = {name for point in points.values() for name in point}
    assert options <= set(KNOWN.options)
    shown = rows(read("roles", role, "README.md"))
    assert (set(points["main"]) - shown, shown - options) == (set(), set())
    defaults = ROOT / "roles" / role / "defaults" / "main.yml"
    assert set(yaml.safe_load(defaults.read_text(encoding="utf-8")) if defaults.is_file() else ()) <= options


@pytest.mark.parametrize("role", ROLES)
def test_an_option_of_several_roles_is_the_same_in_each(role: str) -> None:
    for name, option in ((name, option) for point in specs(role).values() for name, option in point.items()):
        told = {key: KNOWN.options[name].get(key) for key in ("type", "elements", "choices", "default")}
        assert {key: option.get(key) for key in told} == told, name


def test_the_page_of_variables_has_all_that_somebody_may_set_and_no_other() -> None:
    page = read("docs", "variables.md")
    assert sorted(KNOWN.for_users - set(VARIABLE.findall(page))) == []
    assert sorted(rows(page) - KNOWN.for_users) == []


def test_the_policy_s_options_are_variables() -> None:
    # What the role puts together from the inventory is none of its own.
    made = {"inventory_hosts", "inventory_addresses", "inventory_skip", "ssh_hosts", "host_methods", "limited_to", "left_out"}
    assert {f"certops_{name}" for name in Policy().to_facts() if name not in made} <= KNOWN.for_users


def test_what_a_run_sets_is_told_of_as_an_output_or_has_the_prefix_of_what_is_internal() -> None:
    pages = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("roles/*/README.md"), *ROOT.glob("roles/*/meta/argument_specs.yml")]
    told = {name for page in pages for name in VARIABLE.findall(page.read_text(encoding="utf-8"))}
    assert sorted(KNOWN.own - told) == []


@pytest.mark.parametrize("folder", ["playbooks", "docs", "extensions/eda", "extensions/molecule"])
def test_whatever_is_named_there_is_known(folder: str) -> None:
    # What loops and included roles hand on is no variable of a host.
    passed = {"certops_esxi_host"}
    for path in (one for ending in ("yml", "md") for one in ROOT.joinpath(folder).rglob(f"*.{ending}")):
        if "collections" not in path.relative_to(ROOT).parts:
            names = [name for name in VARIABLE.findall(path.read_text(encoding="utf-8")) if not name.endswith("_")]
            assert [name for name in names if not KNOWN.knows(name) and name not in passed] == [], path


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("certops_canery", "certops_canary"),
        ("certops_host", "certops_hosts"),
        ("certops_skpi", "certops_skip"),
        ("certops_prot", "certops_protection"),
        ("certops_report_folder", "certops_report_dir"),
        ("certops_team", None),
        ("certops_", None),
    ],
)
def test_the_nearest_name_is_what_was_probably_meant(name: str, nearest: Optional[str]) -> None:
    assert not KNOWN.knows(name)
    assert KNOWN.nearest(name) == nearest


def unknown(*, extra: tuple[str, ...] = (), play: tuple[str, ...] = (), **hosts: list[str]) -> str:
    """What is said of the names of variables, empty where nothing is."""
    names = UnknownNames(KNOWN, extra, play)
    for host, variables in hosts.items():
        names.look(host, [*extra, *variables])
    found = names.problem()
    return "" if found is None else str(found)


def test_what_may_be_there_is_no_problem() -> None:
    assert (
        unknown(
            extra=("certops_outcome_vc01", "certops_canary", "certops_on_alarm", "certops_skip", "canery", "certops_signed_pem"),
            play=("__certops_taken", "certops_protection", "inventory_hostname"),
            vc01=["certops_results", "certops_counts", "certops_plan", "__certops_planned", "certops_problem", "ansible_host"],
            esx01=["certops_ssh", "certops_rule", "certops_vcenter_username", "vcenter"],
        )
        == ""
    )


def test_each_name_is_told_once_with_where_it_is_and_the_nearest() -> None:
    vsphere_fault = unknown(
        extra=("certops_canery",),
        play=("certops_canery", "certops_Batch"),
        vc01=["certops_hots", "certops_Batch"],
        vc02=["certops_hots"],
        esx01=["certops_hots"],
        esx02=["certops_hots", "certops_zzz"],
    )
    assert vsphere_fault == (
        "Nothing was started, because this collection has no variable certops_canery (an extra variable; certops_canary is the nearest),"
        " certops_Batch (of the play; certops_batch is the nearest), certops_hots (of vc01, vc02, esx01 and 1 more; certops_hosts is the"
        " nearest), certops_zzz (of esx02). Correct the name, or take the variable out; docs/variables.md has them all. One of your own needs"
        " a name that does not begin with certops_."
    )


def test_a_great_many_names_are_counted() -> None:
    assert "certops_x09 (of a) and 5 more. Correct" in unknown(a=[f"certops_x{number:02}" for number in range(15)])


@pytest.mark.parametrize("name", ["certops_plan", "certops_results", "certops_failure", "certops_step_hosts", "certops_written"])
def test_what_a_run_sets_by_itself_is_no_extra_variable(name: str) -> None:
    assert unknown(vc01=[name]) == ""
    assert f"the run itself sets {name}," in unknown(extra=(name,))


def test_the_list_is_made_anew_where_an_option_is_declared(tmp_path: Path) -> None:
    (tmp_path / "roles" / "one" / "meta").mkdir(parents=True)
    (tmp_path / "roles" / "one" / "tasks").mkdir()
    declared = {"argument_specs": {"main": {"options": {"certops_new": {"type": "int"}}}, "other": {}}}
    (tmp_path / "roles" / "one" / "meta" / "argument_specs.yml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    tasks = "- set_fact:\n    certops_one: 1\n    __certops_two: 2\n- x:\n  register: certops_three\n- x: certops_four\n"
    (tmp_path / "roles" / "one" / "tasks" / "main.yml").write_text(tasks, encoding="utf-8")
    assert known_variables(tmp_path) == KnownVariables(
        {"certops_new": {"type": "int"}}, frozenset({"certops_one", "certops_three"})
    )
