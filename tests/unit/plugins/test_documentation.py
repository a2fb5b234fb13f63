# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module documents is what it takes and returns."""

from __future__ import annotations

import importlib
import re
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible_collections.certops.vsphere.plugins.action import (
    check_input,
    guard_vcenter,
    plan_vcenter,
    report_fleet,
    report_vcenter,
    run_vcenter,
    show_report,
    take_signed,
    take_step,
    with_progress,
    write_report,
)
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import CONNECTION_SPEC
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_findings import Finding
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_pattern import NOBODY, PATTERNS
from ansible_collections.certops.vsphere.plugins.module_utils._operations.orphans import OrphanResult
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate_on_host import HostOutcome
from ansible_collections.certops.vsphere.tests.unit.modules import LOCAL, MODULES

COLLECTION = "ansible_collections.certops.vsphere"
ROOT = Path(__file__).resolve().parent.parent.parent.parent
FRAGMENTS = sorted(path.stem for path in (ROOT / "plugins" / "doc_fragments").glob("*.py") if path.stem != "__init__")
# What an option is where neither side says anything.
UNSAID = {"type": "str", "default": None, "required": False, "choices": None, "elements": None}


def load(name: str) -> ModuleType:
    """A module as Python has it."""
    return importlib.import_module(f"{COLLECTION}.plugins.modules.{name}")


def documented(name: str) -> dict[str, Any]:
    """A module's documentation with its fragments; what it says itself goes before what they say."""
    own: dict[str, Any] = yaml.safe_load(load(name).DOCUMENTATION)
    whole: dict[str, Any] = {"options": {}, "attributes": {}}
    for part in (*map(fragment, own["extends_documentation_fragment"]), own):
        for section in whole:
            for key, value in (part.get(section) or {}).items():
                whole[section][key] = {**whole[section].get(key, {}), **value}
    return whole


def fragment(name: str) -> dict[str, Any]:
    """A documentation fragment of the collection."""
    namespace, collection, file, *section = name.split(".")
    assert (namespace, collection) == ("certops", "vsphere")
    holder = importlib.import_module(f"{COLLECTION}.plugins.doc_fragments.{file}").ModuleDocFragment
    text = getattr(holder, section[0].upper() if section else "DOCUMENTATION")
    return yaml.safe_load(text) or {}


def vsphere_fault(option: dict[str, Any]) -> dict[str, Any]:
    """An option, with what it means where nothing is said."""
    shown = {key: option.get(key, value) for key, value in UNSAID.items()}
    return {**shown, "aliases": sorted(option.get("aliases") or ())}


def returned(name: str) -> dict[str, Any]:
    """What a module says that it returns."""
    shown: dict[str, Any] = yaml.safe_load(load(name).RETURN)
    return shown


@pytest.mark.parametrize("name", MODULES)
def test_the_options_of_a_module_are_those_that_it_documents(name: str) -> None:
    options, taken = documented(name)["options"], load(name).SPEC
    if name not in LOCAL:
        taken = {**CONNECTION_SPEC, **taken}
    assert {option: vsphere_fault(spec) for option, spec in options.items()} == {
        option: vsphere_fault(spec) for option, spec in taken.items()
    }


@pytest.mark.parametrize(
    "action",
    [
        *(check_input, guard_vcenter, plan_vcenter, report_fleet, report_vcenter, run_vcenter),
        *(show_report, take_signed, take_step, with_progress, write_report),
    ],
)
def test_the_options_of_what_runs_on_the_controller_are_those_that_it_documents(action: ModuleType) -> None:
    options = yaml.safe_load(load(action.__name__.rpartition(".")[2]).DOCUMENTATION).get("options", {})
    assert {option: vsphere_fault(spec) for option, spec in options.items()} == {
        option: vsphere_fault(spec) for option, spec in action.SPEC.items()
    }


@pytest.mark.parametrize("name", MODULES)
def test_every_option_is_described(name: str) -> None:
    assert [option for option, spec in documented(name)["options"].items() if not spec.get("description")] == []


def test_a_timeout_is_named_by_what_it_is_of() -> None:
    told = {name: documented(name)["options"] for name in MODULES}
    of_hosts = [name for name, options in told.items() if "host_timeout_seconds" in options]
    of_all = [name for name, options in told.items() if "timeout_seconds" in options]
    assert of_hosts == [name for name in MODULES if name.startswith("esxi_")]
    assert of_all == ["ha_monitoring_restore", "sps_restart_right", "vasa_provider_orphans", "vasa_provider_reregister"]
    words = {name: " ".join(str(told[name]["host_timeout_seconds"]["description"]).split()) for name in of_hosts}
    assert [name for name, text in words.items() if not re.search("of (one|the) (host|certificate)", text)] == []
    assert all("in all" in str(told[name]["timeout_seconds"]["description"]) for name in of_all)


def test_the_environment_that_an_option_falls_back_to_is_described() -> None:
    for option, spec in documented(MODULES[0])["options"].items():
        if "fallback" in CONNECTION_SPEC.get(option, {}):
            [variable] = CONNECTION_SPEC[option]["fallback"][1]
            assert f"E({variable})" in " ".join(spec["description"]), option


@pytest.mark.parametrize("name", MODULES)
def test_a_module_documents_its_attributes(name: str) -> None:
    attributes = documented(name)["attributes"]
    assert {"check_mode", "diff_mode", "platform"} <= set(attributes)
    assert attributes["check_mode"]["support"] == "full"
    for attribute in attributes.values():
        assert attribute["description"]
        assert attribute["support"] in ("full", "none", "partial", "N/A")


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_in_the_action_group_that_it_documents(name: str) -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    members = {member.rpartition(".")[2] for member in runtime["action_groups"]["vsphere"] if isinstance(member, str)}
    assert (name in members) is ("action_group" in documented(name)["attributes"])
    # Who takes no options of a connection would fail by the defaults of the group.
    assert (name in members) is (name not in LOCAL)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in MODULES
        if name not in ("cert_expiry_facts", "vasa_provider_orphans", "sps_restart_right", "ha_monitoring_restore", *LOCAL)
    ],
)
def test_a_step_returns_what_it_documents(name: str) -> None:
    documented_keys = returned(name)["hosts"]["contains"]
    always = [key for key, entry in documented_keys.items() if "returned" not in entry]
    step = "reregister" if name == "vasa_provider_reregister" else "renew"
    assert always == list(StepResult("esx", step, "changed", "why").to_facts())
    assert all(entry["description"] and entry["type"] for entry in documented_keys.values())


def test_what_the_cli_method_returns_besides_is_documented() -> None:
    shown = HostOutcome(StepResult("esx", "renew_cli", "changed", "why")).to_facts()
    assert list(returned("esxi_cert_regenerate_cli")["hosts"]["contains"]) == list(shown)


def test_an_orphan_is_returned_as_documented() -> None:
    values = {field.name: "x" for field in fields(OrphanResult)}
    shown = OrphanResult(**values).to_facts()
    assert sorted(returned("vasa_provider_orphans")["orphans"]["contains"]) == sorted(shown)


def test_facts_are_returned_as_documented() -> None:
    from ansible_collections.certops.vsphere.tests.unit.estates import estate, host

    facts = estate(host()).to_facts()
    contained = returned("cert_expiry_facts")["ansible_facts"]["contains"]["certops"]["contains"]
    assert list(contained) == list(facts)
    told = " ".join(" ".join(entry["description"]) for entry in contained.values() if isinstance(entry["description"], list))
    one = facts["hosts"][0]
    names = {*facts["vcenter"], *one, *one["certificate"], *one["served"], *one["provider"]}
    assert {key for key in names if key not in told} == set()


def test_a_finding_of_a_log_is_returned_as_documented() -> None:
    shown = Finding(PATTERNS[0], NOBODY).to_facts()
    assert list(returned("sps_log_info")["findings"]["contains"]) == list(shown)


def test_no_fragment_is_left_unused() -> None:
    used = {
        entry.split(".")[2]
        for name in MODULES
        for entry in yaml.safe_load(load(name).DOCUMENTATION)["extends_documentation_fragment"]
    }
    assert used == set(FRAGMENTS)
