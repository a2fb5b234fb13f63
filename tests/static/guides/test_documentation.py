# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible, its documentation tools and the changelog's say of the documentation."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
COLLECTION = "certops.vsphere"
# What a file of several plugins defines, by its folder.
SEVERAL = {"filter": ("FilterModule", "filters"), "test": ("TestModule", "tests")}


def plugins() -> list[tuple[str, str]]:
    """Every plugin that is documented, as its type and its name."""
    found = [("module", path.stem) for path in (ROOT / "plugins" / "modules").glob("*.py")]
    found += [("inventory", path.stem) for path in (ROOT / "plugins" / "inventory").glob("*.py")]
    for kind, (defined, names) in SEVERAL.items():
        for path in (ROOT / "plugins" / kind).glob("*.py"):
            file = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.{kind}.{path.stem}")
            found += [(kind, name) for name in getattr(getattr(file, defined)(), names)()]
    return sorted(item for item in found if item[1] != "__init__")


def roles() -> list[str]:
    """Every role."""
    return sorted(path.parent.name for path in (ROOT / "roles").glob("*/tasks"))


@pytest.fixture(scope="module")
def documented(run) -> dict[tuple[str, str], dict[str, Any]]:
    """What ansible-doc shows of each plugin and role, by its type and its name. It is asked once for each type: to start it takes seconds."""
    names = plugins() + [("role", role) for role in roles()]
    found = {}
    for kind in sorted({kind for kind, _name in names}):
        shown = run("ansible-doc", "--json", "--type", kind, *(f"{COLLECTION}.{name}" for of, name in names if of == kind))
        found.update(
            {(kind, full.removeprefix(f"{COLLECTION}.")): one for full, one in json.loads(shown[shown.index("{") :]).items()}
        )
    return found


@pytest.mark.parametrize(("kind", "name"), plugins(), ids=str)
def test_a_plugin_is_documented(kind: str, name: str, documented: dict[tuple[str, str], dict[str, Any]]) -> None:
    shown = documented[kind, name]
    assert shown["doc"]["short_description"]
    assert shown["doc"]["version_added"]
    assert shown["examples"].strip()
    # What an inventory makes is hosts and groups, of which its notes tell.
    assert shown["return"] or kind == "inventory"


@pytest.mark.parametrize(("kind", "name"), [item for item in plugins() if item[0] == "module"], ids=str)
def test_the_examples_of_a_module_are_tasks_that_name_it_fully(
    kind: str, name: str, documented: dict[tuple[str, str], dict[str, Any]]
) -> None:
    tasks = yaml.safe_load(documented[kind, name]["examples"])
    assert [task for task in tasks if f"{COLLECTION}.{name}" in task], "no example calls the module"
    assert [task for task in tasks if name in task] == []


@pytest.mark.parametrize("role", roles())
def test_a_role_is_documented(role: str, documented: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert documented["role", role]["entry_points"]["main"]["short_description"]
    assert (ROOT / "roles" / role / "README.md").is_file()


@pytest.mark.parametrize("role", roles())
def test_the_defaults_of_a_role_are_those_that_it_documents(role: str) -> None:
    folder = ROOT / "roles" / role
    specs = yaml.safe_load((folder / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    options = {name: option for point in specs.values() for name, option in (point.get("options") or {}).items()}
    path = folder / "defaults" / "main.yml"
    defaults = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.is_file() else {}
    assert sorted(set(defaults) - set(options)) == [], "defaults that meta/argument_specs.yml does not know"
    documented = {name: option["default"] for name, option in options.items() if "default" in option}
    # A default that is an expression, or kept out of the defaults so that its absence can be told, has no value to compare.
    plain = {name: value for name, value in defaults.items() if not (isinstance(value, str) and "{{" in value)}
    assert {name: value for name, value in documented.items() if name in plain} == {
        name: value for name, value in plain.items() if name in documented
    }


def test_antsibull_docs_finds_nothing(run, root: Path) -> None:
    paths = f"{root / 'playbooks' / 'collections'}{os.pathsep}{root / '.collections'}"
    run(
        *("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "dependent", "."),
        env={"ANSIBLE_COLLECTIONS_PATH": paths},
    )


def test_the_changelog_is_well_formed(run) -> None:
    run("antsibull-changelog", "lint")
