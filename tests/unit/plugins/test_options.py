# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module documents is what it takes: each option, and whether it can predict."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.tests.unit.modules import MODULES

ROOT = Path(__file__).resolve().parent.parent.parent.parent
COLLECTION = "ansible_collections.certops.vsphere"
# What documentation and specification say in the same words, with what it means where it is not said.
SAID = {"type": "str", "required": False, "default": None, "choices": None, "elements": None, "aliases": []}


class Told(Exception):
    """What a module told AnsibleModule of itself."""

    def __init__(self, **vsphere_fault: Any) -> None:
        super().__init__("told")
        self.vsphere_fault = vsphere_fault


def told(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run a module as far as AnsibleModule, which looks at the options."""
    for entry in ("entry", "local_entry"):
        monkeypatch.setattr(f"{COLLECTION}.plugins.module_utils._entry.{entry}.AnsibleModule", Told)
    # To raise is what the stand-in is for: nothing behind it is run.
    monkeypatch.setattr(Told, "__new__", _raise)
    with pytest.raises(Told) as caught:
        importlib.import_module(f"{COLLECTION}.plugins.modules.{name}").main()
    return caught.value.vsphere_fault


def _raise(kind: type[Told], **vsphere_fault: Any) -> Told:
    error = Exception.__new__(kind)
    error.__init__(**vsphere_fault)  # type: ignore[misc]
    raise error


def said_of(option: dict[str, Any]) -> dict[str, Any]:
    """An option in the words that both sides use."""
    vsphere_fault = {key: option.get(key, value) for key, value in SAID.items()}
    vsphere_fault["choices"] = vsphere_fault["choices"] and list(vsphere_fault["choices"])
    return {**vsphere_fault, "aliases": sorted(vsphere_fault["aliases"] or [])}


@pytest.fixture(scope="module")
def documentation(run) -> dict[str, Any]:
    """What ansible-doc shows of all modules, fragments and all: a process takes longer than a module."""
    shown = run("ansible-doc", "--json", *(f"certops.vsphere.{name}" for name in MODULES))
    documented: dict[str, Any] = json.loads(shown[shown.index("{") :])
    return documented


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest, documentation: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A module and its documentation."""
    return request.param, documentation[f"certops.vsphere.{request.param}"]["doc"]


def test_the_options_are_those_that_are_documented(module: tuple[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    name, documented = module
    taken = told(name, monkeypatch)["argument_spec"]
    assert {option: said_of(spec) for option, spec in taken.items()} == {
        option: said_of(spec) for option, spec in documented["options"].items()
    }


def test_check_mode_and_diff_are_documented_and_true(module: tuple[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    name, documented = module
    assert told(name, monkeypatch)["supports_check_mode"] is True
    assert documented["attributes"]["check_mode"]["support"] == "full"
    assert "diff_mode" in documented["attributes"]


def test_a_secret_is_marked(module: tuple[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    name, _documented = module
    taken = told(name, monkeypatch)["argument_spec"]
    secrets = {option for option in taken if option.rpartition("_")[2] in ("password", "secret", "token", "key")}
    assert {option for option in secrets if not taken[option].get("no_log")} == set()
