# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A defect in any action or in the inventory plugin is told as ours, with its traceback at -vvv only; a user's mistake as the user's."""

from __future__ import annotations

import copy
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.certops.vsphere.plugins.inventory.estate import InventoryModule
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError, InternalError
from ansible_collections.certops.vsphere.plugins.module_utils._common.unforeseen import foreseen
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet, table
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import own_faults
from ansible_collections.certops.vsphere.tests.unit.fleets import every_result

PLUGINS = "ansible_collections.certops.vsphere.plugins"
ROOT = Path(__file__).resolve().parents[3]
ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py"))
REPORT = every_result()["vcenters"][0]

# What these cannot do without.
GIVEN: dict[str, dict[str, Any]] = {"show_report": {"report": REPORT}, "write_report": {"report": REPORT, "path": "/nowhere"}}


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is shown at -vvv."""
    texts: list[str] = []
    monkeypatch.setattr(own_faults.display, "vvv", texts.append)
    return texts


def ran(name: str, **arguments: Any) -> dict[str, Any]:
    """What the task of an action returns."""
    task = SimpleNamespace(args=arguments, async_val=0, check_mode=False, diff=False, environment=[], delegate_to=None)
    connection = SimpleNamespace(transport="local", become=None, _shell=SimpleNamespace(tmpdir=None), has_native_async=False)
    action = import_module(f"{PLUGINS}.action.{name}").ActionModule(task, connection, SimpleNamespace(), None, None, None)
    result: dict[str, Any] = action.run(task_vars={})
    return result


def broken(*_given: Any, **_named: Any) -> Any:
    """A defect."""
    return {}["missing"]


@pytest.mark.parametrize("name", ACTIONS)
def test_a_defect_in_an_action_is_told_as_ours(name: str, monkeypatch: pytest.MonkeyPatch, shown: list[str]) -> None:
    monkeypatch.setattr(import_module(f"{PLUGINS}.action.{name}").ActionModule, "work", broken)
    result = ran(name, **GIVEN.get(name, {}))
    assert result["failed"]
    assert result["msg"].startswith(
        f"An internal error in certops.vsphere stopped the task certops.vsphere.{name} (KeyError: 'missing' is missing)."
    )
    assert result["error_code"] == "internal_error"
    assert "please report it" in result["msg"]
    assert "Traceback" not in str(result)
    assert [text.partition("\n")[0] for text in shown] == ["Traceback (most recent call last):"]


@pytest.mark.parametrize(
    ("name", "place", "arguments"),
    [
        ("show_report", (table, "lines"), {"report": REPORT}),
        ("write_report", (fleet, "to_json"), {"report": REPORT}),
        ("write_report", (fleet, "build"), {"reports": [REPORT]}),
    ],
)
def test_a_defect_in_what_an_action_does_with_a_sound_report_is_ours(
    name: str, place: tuple[Any, str], arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch, shown: list[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(*place, broken)
    told = ran(name, **arguments, **({"path": str(tmp_path)} if name == "write_report" else {}))
    assert told["msg"].startswith("An internal error in certops.vsphere")
    assert len(shown) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "key"), [("show_report", "report"), ("write_report", "report"), ("write_report", "reports")])
def test_a_report_of_somebody_elses_is_the_users_and_its_place_is_told(
    name: str, key: str, shown: list[str], tmp_path: Path
) -> None:
    odd = copy.deepcopy(REPORT)
    odd["hosts"][1]["blockers"] = [{"code": 5}]
    told = ran(name, **{key: [odd] if key == "reports" else odd}, **({"path": str(tmp_path)} if name == "write_report" else {}))
    assert told["failed"]
    assert told["error_code"] == "report_unusable"
    assert told["msg"].startswith(
        "The report is not what this version of the collection made (hosts[1].blockers[0].code is not text)."
    )
    assert not shown


def test_a_defect_that_the_work_itself_tells_is_not_shown_twice(shown: list[str]) -> None:
    def work() -> str:
        with pytest.raises(InternalError) as caught:
            foreseen("a step", broken, consequence="None.")
        return str(caught.value)

    assert own_faults.done_or_told("anything", work).startswith("An internal error in certops.vsphere stopped a step")
    assert not shown


@pytest.mark.parametrize("kind", [AnsibleError, AnsibleParserError])
def test_what_ansible_raises_passes(kind: type[Exception], shown: list[str]) -> None:
    def fail() -> None:
        raise kind("It is Ansible's.")

    with pytest.raises(kind, match=r"It is Ansible's\."):
        own_faults.done_or_told("anything", fail)
    assert not shown


def inventory(monkeypatch: pytest.MonkeyPatch, error: Exception) -> str:
    """What the inventory plugin says where this is raised while it reads its file."""

    def fail(*_given: Any) -> None:
        raise error

    monkeypatch.setattr(InventoryModule, "_read_options", fail)
    with pytest.raises(AnsibleParserError) as caught:
        InventoryModule().parse(SimpleNamespace(), DataLoader(), "vcenters.certops.yml")
    return str(caught.value)


def test_a_defect_in_the_inventory_plugin_is_told_as_ours(monkeypatch: pytest.MonkeyPatch, shown: list[str]) -> None:
    told = inventory(monkeypatch, KeyError("x"))
    assert told.startswith(
        "An internal error in certops.vsphere stopped the inventory plugin certops.vsphere.estate (KeyError: 'x' is missing)."
    )
    assert len(shown) == 1
    assert inventory(monkeypatch, InputError("The file is odd", code="broken")) == "The file is odd."
    assert len(shown) == 1
