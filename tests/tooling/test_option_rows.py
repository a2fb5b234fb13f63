# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made where an option is declared in one role: in the others that take it, in the READMEs, on the page of variables."""

from __future__ import annotations

from pathlib import Path

import option_rows
import pytest

SPECS = """argument_specs:
  main:
    options:
{options}"""
README = """# A role

| variable | type | default | what it is |
|---|---|---|---|
| `certops_gone` | str |  | What is no more. |

How to use it.
"""
PAGE = """# Variables

| variable | default | |
|---|---|---|
| `certops_old` | `1` | As it was once told. |

| variable | default | |
|---|---|---|
| `certops_ssh` | told by user and key | Of a host. |

The rest.
"""
OLD = """      certops_old:
        description:
          - How old, see C(docs/other.md#part). V(3) is C(much|more).
          - Told by ansible-doc only.
        type: int
        default: 2
"""
NEW = """      certops_new:
        description: Who is new.
        type: list
        elements: str
        required: true
"""
# One that a playbook's user may set.
ADDED = """      certops_added:
        description: What was added.
        type: str
"""


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Two roles, of which the second takes an option of the first; and a page."""
    for role, options in (("renew_iofilter", OLD + "\n" + ADDED), ("another", NEW + "\n      certops_old:\n")):
        folder = tmp_path / "roles" / role
        (folder / "meta").mkdir(parents=True)
        (folder / "meta" / "argument_specs.yml").write_text(SPECS.format(options=options), encoding="utf-8")
        (folder / "README.md").write_text(README, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "variables.md").write_text(PAGE, encoding="utf-8")
    (tmp_path / "docs" / "other.md").write_text("# Another page\n", encoding="utf-8")
    return tmp_path


def made(collection: Path) -> dict[str, str]:
    """What is made, by its place."""
    return {str(path.relative_to(collection)): text for path, text in option_rows.made(collection).items()}


def test_a_role_that_names_an_option_gets_its_declaration(collection: Path) -> None:
    files = made(collection)
    assert files["roles/another/meta/argument_specs.yml"] == SPECS.format(options=NEW + "\n" + OLD)
    assert files["roles/renew_iofilter/meta/argument_specs.yml"] == SPECS.format(options=OLD + "\n" + ADDED)


def test_a_declaration_that_differs_becomes_the_first_one(collection: Path) -> None:
    specs = collection / "roles" / "another" / "meta" / "argument_specs.yml"
    specs.write_text(SPECS.format(options=OLD.replace("default: 2", "default: 5") + "\n" + NEW), encoding="utf-8")
    assert made(collection)["roles/another/meta/argument_specs.yml"] == SPECS.format(options=OLD + "\n" + NEW)


def test_a_readme_has_a_row_for_each_option_and_for_no_other(collection: Path) -> None:
    rows = [line for line in made(collection)["roles/another/README.md"].splitlines() if line.startswith("| `")]
    assert rows == [
        "| `certops_new` | list | required | Who is new. |",
        "| `certops_old` | int | `2` | How old, see [Another page](../../docs/other.md#part). `3` is `much\\|more`. |",
    ]
    assert made(collection)["roles/another/README.md"].endswith(" |\n\nHow to use it.\n")


def test_the_page_keeps_its_order_and_what_is_new_goes_last(collection: Path) -> None:
    rows = [line for line in made(collection)["docs/variables.md"].splitlines() if line.startswith("| `")]
    assert rows == [
        "| `certops_old` | `2` | How old, see [Another page](other.md#part). `3` is `much\\|more`. |",
        "| `certops_ssh` | told by user and key | Of a host. |",
        "| `certops_added` |  | What was added. |",
    ]
    assert made(collection)["docs/variables.md"].endswith(" |\n\nThe rest.\n")


def test_what_was_made_is_made_again_the_same(collection: Path) -> None:
    for path, text in option_rows.made(collection).items():
        path.write_text(text, encoding="utf-8")
    assert [path for path, text in option_rows.made(collection).items() if path.read_text(encoding="utf-8") != text] == []


def test_the_environment_and_expressions_are_defaults_too() -> None:
    rows = (option_rows.ROOT / "roles" / "connection" / "README.md").read_text(encoding="utf-8")
    assert "| `certops_vcenter_hostname` | str | `ansible_host` |" in rows
    assert "| `certops_vcenter_port` | int | `VMWARE_PORT`, or `443` |" in rows
    assert "| `certops_vcenter_username` | str | `VMWARE_USER` |" in rows
