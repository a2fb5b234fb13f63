# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of docs/: what they list is what the code has, and what they link to is there."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import list_messages
import make_pages
import pytest
import yaml
from ansible_collections.certops.vsphere.plugins.module_utils._deciding import provider_checks
from ansible_collections.certops.vsphere.plugins.module_utils._deciding import rules as core_rules
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.blocker import (
    OF_HOST,
    OWNER_OF,
    PROVIDER_STEPS,
    STEPS_OF_PRIVILEGE,
)
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import CONNECTION_SPEC
from ansible_collections.certops.vsphere.plugins.module_utils._estate.sps_state import SERVICES_GROUP
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.gate import FAIL_ON
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import settings
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import known_variables
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.values import Values
from blocker_codes import codes
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from role_options import options

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
WRITTEN = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("roles/*/README.md"), *ROOT.glob("extensions/*/README.md")])
# Made by make docs.
MADE = DOCS / "errors.md"
EXTERNAL = re.compile(r"https?://[^\s)>\"'`\]]+")


def text(name: str) -> str:
    """A page."""
    return next(DOCS.rglob(name)).read_text(encoding="utf-8")


def sections(page: str) -> dict[str, str]:
    """The sections of the third level by their headings."""
    return dict(re.findall(r"^### ([^\n]+)\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL))


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table after a heading."""
    after = page[page.index(f"{heading}\n") :]
    lines = after[after.index("\n|") :].lstrip("\n").split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def rules() -> set[str]:
    """The rules that a host is judged by, as they stand in the source."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(core_rules))):
        first = node.args[:1] if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Verdict" else []
        found |= {one.value for one in first if isinstance(one, ast.Constant)}
        found |= {getattr(core_rules, one.id) for one in first if isinstance(one, ast.Name) and hasattr(core_rules, one.id)}
    for node in ast.walk(ast.parse(inspect.getsource(core_rules.why_due))):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            [first_word, _reason] = node.elts
            found |= {first_word.value} if isinstance(first_word, ast.Constant) else set()
    # What is due for a provider is a chain of checks.
    for check in provider_checks.DUE:
        for node in ast.walk(ast.parse(inspect.getsource(check))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding" and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    found |= {"stale_display"} if provider_checks.stale_display in provider_checks.DUE else set()
    return {str(rule) for rule in found} | {core_rules.EXPIRED}


def test_the_decision_table_names_every_rule_and_no_other() -> None:
    shown = {cells[0].strip("`") for cells in rows(text("decisions.md"), "# Decision rules")}
    assert shown == rules()


def test_every_blocker_has_its_entry_with_what_it_stops_and_what_to_do() -> None:
    entries = sections(text("messages.md"))
    assert set(entries) == codes()
    for code, entry in entries.items():
        [seen, *remedy] = [part for part in entry.strip().split("\n\n") if not part.startswith("## ")]
        assert "**Stops** " in seen, code
        assert " ".join(remedy).strip().endswith("."), f"{code} has no remedy"


def test_every_blocker_is_somebodys() -> None:
    assert set(OWNER_OF) == codes()


def test_what_pages_have_from_the_code_is_as_the_code_has_it() -> None:
    assert [str(path.relative_to(ROOT)) for path in make_pages.behind()] == [], "make pages writes them"


EXITS = "## What the exit status says"


def test_the_table_of_exits_has_every_level_in_its_order() -> None:
    shown = [re.findall(r"`(\w+)`", cells[0])[0] for cells in rows(text("pipelines.md"), EXITS)]
    assert tuple(shown) == FAIL_ON
    [default] = [cells[0] for cells in rows(text("pipelines.md"), EXITS) if "(default)" in cells[0]]
    assert default == f"`{options()['certops_fail_on']['default']}` (default)"


@pytest.mark.parametrize("role", ["renew_iofilter", "cert_report"])
def test_every_role_takes_the_levels_of_the_table(role: str) -> None:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    taken = [entry["options"]["certops_fail_on"] for entry in specs.values() if "certops_fail_on" in entry["options"]]
    assert taken
    assert [(tuple(one["choices"]), one["default"]) for one in taken] == [(FAIL_ON, "unknown")] * len(taken)


def test_the_playbooks_refuse_what_is_no_level() -> None:
    values = Values(known_variables().options)
    values.look("vc01", "certops_fail_on", "none")
    assert f"(it must be one of: {', '.join(FAIL_ON)}; vc01)" in str(values.problem())


def test_the_blockers_of_the_hosts_own_state_are_named() -> None:
    told = text("pipelines.md")
    told = told[told.index("These are of the host's own state") :].split(". A host", 1)[0]
    assert set(re.findall(r"`(\w+)`", told)) == {code for code, owner in OWNER_OF.items() if owner == OF_HOST}


def test_the_table_of_privileges_is_what_the_code_asks_for() -> None:
    shown = {cells[0].partition(",")[0].strip("`"): cells for cells in rows(text("privileges.md"), "## To renew")}
    assert set(shown) == set(STEPS_OF_PRIVILEGE)
    on_vcenter = {*settings.VCENTER_PRIVILEGES}
    assert {name for name, cells in shown.items() if cells[2] == "the vCenter"} == on_vcenter
    assert {name for name, cells in shown.items() if cells[2] == "each host"} == set(settings.HOST_PRIVILEGES)
    assert {name for name, cells in shown.items() if cells[4].startswith("nothing is begun but on hosts outside of clusters")} == {
        name for name, steps in STEPS_OF_PRIVILEGE.items() if steps == PROVIDER_STEPS
    }
    assert SERVICES_GROUP in text("privileges.md")


def test_the_variables_are_those_of_the_roles_with_their_defaults() -> None:
    known = options()
    page = text("variables.md")
    listed = [cells for heading in ("## Connection", "## Policy") for cells in rows(page, heading)]
    fallbacks = {spec["fallback"][1][0] for spec in CONNECTION_SPEC.values() if "fallback" in spec}
    assert set(re.findall(r"\bVMWARE_\w+", page)) == fallbacks - {"VMWARE_HOST"}
    seen = set()
    for name_cell, default_cell, *_told in listed:
        names = re.findall(r"`(certops_\w+)`", name_cell)
        seen |= set(names)
        defaults = [word.strip("`") for word in default_cell.split(", ")]
        assert set(names) <= set(known)
        # An empty default is told in words.
        values = {name: known[name]["default"] for name in names if known[name].get("default") not in (None, {}, [])}
        wanted = [json.dumps(value).strip('"') for value in values.values()]
        assert [shown for shown in defaults if wanted][: len(wanted)] == wanted, names
    assert len(seen) > 25


def test_the_role_guard_has_the_same_privileges() -> None:
    readme = (ROOT / "roles" / "guard" / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+\.[\w.]+)`", readme[readme.index("| privilege |") :])
    assert set(named) == {*STEPS_OF_PRIVILEGE, "VirtualMachine.State.CreateSnapshot"}


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_other_sites_are_well_formed(page: Path) -> None:
    for link in EXTERNAL.findall(page.read_text(encoding="utf-8")):
        if "$" in link or "127." in link:
            continue
        parts = urlsplit(link.rstrip(".,;:"))
        assert (parts.scheme, bool(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.hostname or ""))) == ("https", True), link


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_of_the_repository_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).resolve() == MADE or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_sections_lead_somewhere(page: Path) -> None:
    # Sphinx says so too of the pages of the site, to which README and those of the roles do not belong.
    for target, section in re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path = (page.parent / target).resolve() if target else page
        if path.suffix == ".md":
            shown = list_messages.page() if path == MADE else path.read_text(encoding="utf-8")
            assert section in headings(shown), f"{target}#{section}"


@pytest.mark.parametrize("page", ["architecture.md", "decisions.md"])
def test_files_that_are_named_are_there(page: str) -> None:
    # They are told from where the sentence is about: packages of module_utils mostly, a folder of plugins, or a package's own file.
    tops = (
        "plugins",
        "roles",
        "playbooks",
        "extensions",
        "scripts",
        "docs",
        "tests/unit",
        "tests/sim",
        "tests/static",
        "tests/tooling",
        "tests/integration",
    )
    files = [f"/{path.relative_to(ROOT).as_posix()}" for top in tops for path in (ROOT / top).rglob("*.*")]
    named = set(re.findall(r"`((?:[\w.]+/)*\w+[.](?:py|js|yml|json|svg))`", text(page)))
    assert len(named) > 5
    assert sorted(name for name in named if not any(file.endswith(f"/{name}") for file in files)) == []


def headings(page: str) -> set[str]:
    """What the headings of a page are linked to by."""
    tokens = MarkdownIt("commonmark").use(anchors_plugin, max_level=4).parse(page)
    return {str(token.attrGet("id")) for token in tokens if token.type == "heading_open"}


def test_the_picture_is_one() -> None:
    assert ElementTree.fromstring(text("architecture.svg")).tag.endswith("svg")  # noqa: S314  # our own file
