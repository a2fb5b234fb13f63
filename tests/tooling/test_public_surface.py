# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of public names has them all: what it is compared with is read in another way than the page reads it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import public_surface
import pytest
import yaml
from blocker_codes import codes

ROOT = Path(__file__).resolve().parents[2]
# What becomes facts for the collection itself: shown by what is public, or handed from one of its tasks to another.
PRIVATE = {"State", "CertificateRequest", "Trust", "Policy", "Taken", "Scope", "SigningRound", "Limited"}


@pytest.fixture(scope="module")
def page() -> str:
    """The page, which takes seconds to make."""
    return public_surface.page()


def classes_with_facts() -> set[str]:
    """Every class of which facts are made."""
    return {
        node.name
        for path in (ROOT / "plugins").rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and any(isinstance(one, ast.FunctionDef) and one.name == "to_facts" for one in node.body)
    }


def test_every_plugin_is_on_the_page_or_named_as_private(page: str) -> None:
    shown = set(re.findall(r"^### The (?:module|filter) (\w+)$", page, re.MULTILINE))
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py")}
    filters = {path.stem for path in (ROOT / "plugins" / "filter").glob("*.yml")}
    assert shown == (modules | filters) - set(public_surface.OF_ROLES)
    assert set(public_surface.OF_ROLES) < modules
    assert {path.stem for path in (ROOT / "plugins" / "inventory").glob("[!_]*.py")} == {"estate"}


def test_the_modules_of_the_action_group_are_public() -> None:
    [group] = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"].values()
    assert set(group) & set(public_surface.OF_ROLES) == set()


def test_every_playbook_is_on_the_page_or_a_part_of_others(page: str) -> None:
    parts = {"look_through_inventory", "conclude"}
    assert set(public_surface.PLAYBOOKS) == {path.stem for path in (ROOT / "playbooks").glob("*.yml")} - parts
    assert re.findall(rf"^- `{public_surface.COLLECTION}[.](\w+)`$", page.partition("## Roles")[0], re.MULTILINE) == [
        *public_surface.PLAYBOOKS
    ]


def test_every_structure_is_on_the_page_or_named_as_private() -> None:
    shown = {name for files in public_surface.STRUCTURES.values() for names in files.values() for name in names}
    assert shown | PRIVATE == classes_with_facts()
    assert shown & PRIVATE == set()


def test_the_keys_of_a_structure_are_those_that_its_facts_have(page: str) -> None:
    for line in re.findall(r"^- (?:Plan|EsxiHost|Certificate|StepResult): (.*)$", page, re.MULTILINE):
        assert len(line.split(", ")) > 10
    assert "- Turn: `number`, `steps`, `esxi_hosts`, " in page


def test_every_blocker_is_on_the_page(page: str) -> None:
    [told] = re.findall(r"^Of blockers, .*: (.*)[.]$", page, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", told)) == codes()


def test_no_private_variable_is_on_the_page(page: str) -> None:
    assert re.findall(r"`__certops_\w+`", page) == []
