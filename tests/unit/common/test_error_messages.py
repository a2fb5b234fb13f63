# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors as the packages list them: each code is one error's, each call gives what its words need, and none is listed for nothing."""

from __future__ import annotations

import ast
import importlib
import re
import string
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common import errors
from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
COLLECTION = "ansible_collections.certops.vsphere.plugins"
LISTS = sorted(PLUGINS.glob("*utils/**/*messages.py"))
FILES = sorted(PLUGINS.rglob("*.py"))
# What messages are made of, and what tells one in other words.
MAKERS = {"error_message.py", "errors.py"}


def listed(path: Path) -> dict[str, ErrorMessage[CertopsError]]:
    """The errors that a file lists, by the names of their constants."""
    module = importlib.import_module(".".join([COLLECTION, *path.relative_to(PLUGINS).with_suffix("").parts]))
    return {name: value for name, value in vars(module).items() if isinstance(value, ErrorMessage)}


ALL = [(path, name, message) for path in LISTS for name, message in listed(path).items()]
BY_NAME = {name: message for _path, name, message in ALL}


def placeholders(template: str) -> set[str]:
    """The names in braces."""
    return {name for _literal, name, _format, _conversion in string.Formatter().parse(template) if name}


def whole(message: ErrorMessage[Any]) -> set[str]:
    """All that a message is filled in with."""
    return placeholders(message.sentence) | placeholders(message.remedy)


@cache
def nodes(kind: type[Any]) -> tuple[tuple[Path, Any], ...]:
    """Everything of a kind in the plugins."""
    return tuple((path, node) for path, node in every_node() if isinstance(node, kind))


@cache
def every_node() -> tuple[tuple[Path, ast.AST], ...]:
    """Calls and attributes, which is all that is asked for, with the files that they are in."""
    trees = ((path, ast.parse(path.read_text(encoding="utf-8"))) for path in FILES)
    return tuple((path, node) for path, tree in trees for node in ast.walk(tree) if isinstance(node, (ast.Call, ast.Attribute)))


def message_of(called: ast.expr) -> ast.Attribute | None:
    """What is called where that is the name of an error, also as one of another kind; None where it is none."""
    if isinstance(called, ast.Call) and isinstance(called.func, ast.Attribute) and called.func.attr == "of_kind":
        called = called.func.value
    return called if isinstance(called, ast.Attribute) and called.attr in BY_NAME else None


def test_there_are_lists() -> None:
    assert len(ALL) > 180


def test_a_code_is_of_one_error_and_the_name_of_its_constant() -> None:
    assert len({message.code for _path, _name, message in ALL}) == len(ALL)
    assert [
        name for _path, name, message in ALL if message.code != name.lower() or not re.fullmatch(r"[a-z][a-z0-9_]*", message.code)
    ] == []


@pytest.mark.parametrize(("path", "name", "message"), ALL, ids=[name for _path, name, _message in ALL])
def test_an_error_is_one_sentence_and_a_remedy(path: Path, name: str, message: ErrorMessage[CertopsError]) -> None:
    # Its end comes from who shows it.
    assert message.sentence[-1] not in ".: "
    assert message.sentence == " ".join(message.sentence.split())
    # A blocker brings the remedy that it has in the plan.
    assert message.remedy.endswith(".") or message.remedy == "{blocker_remedy}"
    assert message.remedy == " ".join(message.remedy.split())
    assert [word for word in whole(message) if not re.fullmatch(r"[a-z][a-z_]+", word)] == []


def test_every_call_gives_what_the_words_of_its_error_need() -> None:
    calls = [(path, call, named) for path, call in nodes(ast.Call) if (named := message_of(call.func)) is not None]
    assert len(calls) > 180
    for path, call, named in calls:
        given = {keyword.arg for keyword in call.keywords} - {"vsphere_fault"}
        assert not call.args, f"{path.name}:{call.lineno}"
        assert given == whole(BY_NAME[named.attr]), f"{path.name}:{call.lineno} gives {given}"


def test_errors_that_are_chosen_while_the_code_runs_need_the_same() -> None:
    # By what vSphere answers; each is told of the call only.
    called = {id(message_of(call.func)) for _path, call in nodes(ast.Call)}
    # Whose code alone is wanted is not told.
    called |= {id(node.value) for _path, node in nodes(ast.Attribute) if node.attr == "code"}
    chosen = {(path.name, node.attr) for path, node in nodes(ast.Attribute) if node.attr in BY_NAME and id(node) not in called}
    assert {path for path, _name in chosen} == {"faults.py"}
    assert {frozenset(whole(BY_NAME[name])) for _path, name in chosen} == {frozenset({"action"})}


def test_no_error_is_listed_for_nothing() -> None:
    used = {node.attr for _path, node in nodes(ast.Attribute)}
    assert sorted(set(BY_NAME) - used) == []


def test_every_error_comes_from_a_list() -> None:
    kinds = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, CertopsError)}
    kinds |= {"ShellUnreachable", "ShellDropped", "CommandFailed"}
    made = []
    for path, call in nodes(ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in kinds and path.name not in MAKERS:
            made.append(f"{path.name}:{call.lineno}")
    assert made == []


def test_an_error_is_listed_where_errors_are_listed() -> None:
    assert {path for path, call in nodes(ast.Call) if getattr(call.func, "id", "") == "ErrorMessage"} - set(LISTS) == {
        PLUGINS / "module_utils" / "_common" / "error_message.py"
    }
