# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No file needs one that needs it, for types neither: each can be read, and tested, after those that it stands on."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Iterator

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PREFIX = ("ansible_collections", "certops", "vsphere")


def imported(source: str, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What a file imports, wherever in it: each name with its module before it, and the module alone."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _here(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            origin = _here([*start, *(node.module or "").split(".")] if node.module else list(start))
            yield from ((*origin, alias.name) for alias in node.names)
            yield origin


def _here(name: list[str]) -> tuple[str, ...]:
    """A module's name within the repository."""
    return tuple(name[len(PREFIX) :] if tuple(name[: len(PREFIX)]) == PREFIX else name)


def graph(top: Path, below: str) -> dict[str, set[str]]:
    """The modules below a folder, with those of them that each imports."""
    files = {path.relative_to(top).with_suffix("").parts: path for path in sorted((top / below).rglob("*.py"))}
    known = {name[:-1] if name[-1] == "__init__" else name: path for name, path in files.items()}
    found = {}
    for name, path in known.items():
        package = name if path.name == "__init__.py" else name[:-1]
        deepest = {other for other in imported(path.read_text(encoding="utf-8"), package) if other in known}
        # A package's own file is nothing of a module that is imported from it.
        found[".".join(name)] = {".".join(other) for other in deepest if not any(_under(one, other) for one in deepest)} - {
            ".".join(name)
        }
    return found


def _under(name: tuple[str, ...], package: tuple[str, ...]) -> bool:
    return len(name) > len(package) and name[: len(package)] == package


@pytest.mark.parametrize(("top", "below"), [("extensions", "vsphere_sim"), ("extensions", "benchmarks"), (".", "plugins")])
def test_no_file_imports_itself_by_way_of_others(top: str, below: str) -> None:
    found = graph(ROOT / top, below)
    assert len(found) > 10
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_a_cycle_is_found_for_types_too(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "one.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .two import Two\n", encoding="utf-8"
    )
    (package / "two.py").write_text("def later():\n    from . import one\n", encoding="utf-8")
    with pytest.raises(CycleError):
        TopologicalSorter(graph(tmp_path, "package")).prepare()
