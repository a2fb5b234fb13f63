#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List every message that a run can end with, every remark and every finding in a log, with its remedy, out of the source: list_messages.py.

Messages are read where they stand, in the code and in the roles, so that the page that shows them can't fall behind. What a
message is filled in with is shown in angle brackets.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = ROOT / "plugins"
# Where Python finds the collection as Ansible does; core needs nothing that is not installed here.
sys.path.append(str(ROOT / "playbooks" / "collections"))

from ansible_collections.certops.vsphere.plugins.module_utils._common import notice  # noqa: E402  # where it is has to be said first
from ansible_collections.certops.vsphere.plugins.module_utils._logs import log_pattern  # noqa: E402  # where it is has to be said first

ERRORS = PLUGINS / "module_utils" / "_common" / "errors.py"
ROOT_OF_ERRORS = "CertopsError"
SHELL_ERRORS = PLUGINS / "module_utils" / "_esxi_shell" / "shell.py"
FAULTS = PLUGINS / "module_utils" / "_vsphere" / "faults.py"
# What stands for a name in a message, where the code's own word would say little.
WORDS = {
    "session": "vCenter",
    "vcenter": "vCenter",
    "what": "what was attempted",
    "self": "vCenter",
    "where": "server",
    "shell": "host",
}

# Where an error takes the remedy of the fault behind it.
CARRIED_ON = "That of what failed: a fault's stands in the table above."


@dataclass(frozen=True, order=True)
class Message:
    """A message: the class of its error (empty for a role's), its sentence, its remedy, and the file it stands in."""

    kind: str
    text: str
    remedy: str
    path: str


@cache
def error_classes() -> dict[str, str]:
    """The classes of errors by their names, with what they say of themselves."""
    found: dict[str, str] = {}
    for path in (ERRORS, SHELL_ERRORS):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            # Beside them stands what is none: what nobody is told as it is.
            kinds = {ROOT_OF_ERRORS, *found}
            if isinstance(node, ast.ClassDef) and (node.name == ROOT_OF_ERRORS or kinds & {*map(ast.unparse, node.bases)}):
                found[node.name] = (ast.get_docstring(node) or "").partition("\n")[0]
    return found


# What is given a name, by it.
Names = dict[str, ast.expr]


def sources() -> list[Path]:
    """Every Python file of the plugins."""
    return sorted(PLUGINS.rglob("*.py"))


@cache
def constants() -> Names:
    """What is given a name at the top of any file: a remedy that several errors share stands there."""
    found: Names = {}
    for path in sources():
        found.update(_named_on_top(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _named_on_top(file: ast.Module) -> Names:
    return {
        node.targets[0].id: node.value
        for node in file.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def spoken(written: ast.expr | None, names: Names | None = None) -> str:
    """An expression that makes a text, as one reads it; what is filled in stands in angle brackets.

    names: what is given a name in the function around it.
    """
    names = names or {}
    if isinstance(written, ast.Constant):
        return str(written.value) if isinstance(written.value, str) else ""
    if isinstance(written, ast.JoinedStr):
        return "".join(spoken(part, names) for part in written.values)
    if isinstance(written, ast.BinOp) and isinstance(written.op, ast.Add):
        return spoken(written.left, names) + spoken(written.right, names)
    if isinstance(written, ast.FormattedValue):
        return spoken(written.value, names)
    if isinstance(written, ast.Call) and isinstance(written.func, ast.Attribute) and written.func.attr == "format":
        return re.sub(r"{(\w+)[^}]*}", r"<\1>", spoken(written.func.value, names))
    if isinstance(written, ast.Name):
        named = names.get(written.id) or constants().get(written.id)
        if isinstance(named, ast.JoinedStr):
            return spoken(named, {name: value for name, value in names.items() if name != written.id})
        if isinstance(named, ast.Constant) and named.value is not None:
            return str(named.value)
    return "" if written is None else _filled(written)


def _remedy(written: ast.expr | None, names: Names | None) -> str:
    """A remedy; where it is that of the error behind, that it is, and what stands there without one."""
    if isinstance(written, ast.BoolOp):
        return f"{CARRIED_ON} Without one: {spoken(written.values[-1], names)}"
    return spoken(written, names).replace("<remedy>", CARRIED_ON)


def _filled(value: ast.expr) -> str:
    """What a text is filled in with, by the name that it has in the code."""
    names = [node for node in ast.walk(value) if isinstance(node, (ast.Name, ast.Attribute))]
    whole = ast.unparse(value) if isinstance(value, (ast.Name, ast.Attribute)) else ast.unparse(names[0]) if names else ""
    words = [word.strip("_") for word in re.split(r"[.]", whole) if word.strip("_")]
    if len(words) > 1 and (words[-1] in ("name", "hostname") or words[0] == "self"):
        words = words[-2:-1] if words[0] != "self" else words[-1:]
    word = words[-1] if words else "..."
    return f"<{WORDS.get(word, word).replace('_', ' ')}>"


def named_in(scope: ast.AST) -> Names:
    """What is given a name in a function, once: what is built up, or chosen, is not known until it runs."""
    given = [
        (node.targets[0].id, node.value)
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    return {name: value for name, value in given if [other for other, _value in given].count(name) == 1}


def made(call: ast.Call, names: Names | None = None) -> tuple[str, str, str] | None:
    """What a call makes a message of: the class of the error, its sentence and its remedy; None where it makes none of its own.

    names: what is given a name in the function around it.
    """
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in error_classes():
        what = call.args[0] if call.args else given.get("what")
        remedy = _remedy(call.args[2] if len(call.args) > 2 else given.get("remedy"), names)
        # An error that only carries on what another one said is none of its own.
        return None if isinstance(what, ast.Attribute) else (name, spoken(what, names), remedy)
    if name == "kind" and "remedy" in given:
        return "CertopsError", spoken(call.args[0], names), _remedy(given["remedy"], names)
    if name == "wait_until" and given:
        awaited, remedy = spoken(given["what"], names), spoken(given["remedy"], names)
        # Without a remedy, or with a mere name, the caller takes the end of the wait for an answer.
        return (
            ("DeadlineExceeded", f"{awaited} did not happen within <timeout> seconds", remedy)
            if remedy and " " in awaited
            else None
        )
    if name == "_refused" and len(call.args) == 4:
        return "CertopsError", spoken(call.args[2], names), spoken(call.args[3], names)
    if name == "must":
        remedy = _remedy(call.args[4] if len(call.args) > 4 else given.get("remedy"), names)
        return "CertopsError", f"{spoken(call.args[3], names)} failed: the host answered <its words>", remedy
    return None


def in_code() -> list[Message]:
    """The messages of the plugins; those that are put together wholly at run time are left out."""
    found = set()
    for path in sources():
        file = ast.parse(path.read_text(encoding="utf-8"))
        for call, names in _calls(file, _named_on_top(file)):
            message = made(call, names)
            if message is not None and re.search("[a-z]{3}", re.sub("<.*?>", "", message[1])):
                found.add(Message(message[0], _line(message[1]), _line(message[2]), str(path.relative_to(ROOT))))
    return sorted(found)


def _calls(node: ast.AST, names: Names) -> Iterator[tuple[ast.Call, Names]]:
    """Every call in a file, with what is given a name in the functions around it."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        given = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
        if {"what", "remedy"} <= given:
            # Its callers say what it makes an error of.
            return
        names = {**names, **named_in(node)}
    if isinstance(node, ast.Call):
        yield node, names
    for inner in ast.iter_child_nodes(node):
        yield from _calls(inner, names)


def in_roles() -> list[Message]:
    """The messages of roles and playbooks that are more than what a module said."""
    found = []
    for path in sorted([*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]):
        for task in _tasks(yaml.safe_load(path.read_text(encoding="utf-8")) or []):
            failing = task.get("ansible.builtin.fail") or task.get("ansible.builtin.assert") or {}
            text = _line(re.sub(r"{%.*?%}", "", _without_templates(str(failing.get("msg") or failing.get("fail_msg") or ""))))
            if re.search(r"[a-z]{3}", re.sub(r"<.*?>", "", text)):
                found.append(Message("", text, "", str(path.relative_to(ROOT))))
    return found


def _tasks(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        yield entry
        for inner in ("tasks", "block", "rescue", "always"):
            yield from _tasks(entry.get(inner) or [])


def _without_templates(text: str) -> str:
    """A text with what its templates begin with in their place."""

    def named(found: re.Match[str]) -> str:
        word = re.match(r"[\w.]+", found.group(1).strip())
        return f"<{word.group().removeprefix('certops_').replace('_', ' ').replace('.', ' ')}>" if word else "<...>"

    return re.sub(r"{{(.*?)}}", named, text, flags=re.DOTALL)


def faults() -> list[tuple[str, str]]:
    """The faults of vSphere that are known by name, each with its remedy, in the order in which they are tried."""
    tree = ast.parse(FAULTS.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_CURES" and isinstance(node.value, ast.Tuple):
            pairs = [pair.elts for pair in node.value.elts if isinstance(pair, ast.Tuple)]
            return [(ast.unparse(kind).rpartition(".")[2], spoken(remedy)) for kind, remedy in pairs]
    raise LookupError(f"{FAULTS} has no table of cures")


def notices() -> list[notice.Notice]:
    """What a report, a step or an inventory remarks on, in the order of the source."""
    return [value for value in vars(notice).values() if isinstance(value, notice.Notice)]


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return re.sub(r"([|*_\[\]`\\])", r"\\\1", text).replace("<", "&lt;").replace(">", "&gt;")


def page() -> str:
    """The page of all messages, in Markdown."""
    lines = [
        "# Every error, and its remedy",
        "",
        "Made from the source by `make docs`. An error is one sentence of what happened and on which host, provider or vCenter, then what vSphere",
        "said, then what to do. What stands in angle brackets here is a name or a value there. What keeps a step from being",
        "taken at all, the blockers, are in [](messages.md).",
        "",
        "## What vSphere may answer",
        "",
        "| fault | what to do |",
        "|---|---|",
        *(f"| `{name}` | {_cell(remedy)} |" for name, remedy in faults()),
        "",
        "Of a fault without a line here the message says: Look at the task in vCenter for more.",
        "",
    ]
    messages = in_code()
    for kind, told in error_classes().items():
        of_kind = [message for message in messages if message.kind == kind]
        if of_kind:
            lines += [f"## {kind}", "", told, "", "| message | what to do |", "|---|---|"]
            lines += [f"| {_cell(message.text)} | {_cell(message.remedy)} |" for message in of_kind]
            lines.append("")
    lines += ["## Of roles and playbooks", "", "What to do stands in the message itself.", "", "| message | of |", "|---|---|"]
    lines += [f"| {_cell(message.text)} | {_cell(message.path.split('/')[1].removesuffix('.yml'))} |" for message in in_roles()]
    lines += [
        "",
        "## What is remarked on",
        "",
        "Notes of a report, of a step's result and of an inventory. None of them is a failure;",
    ]
    lines += ["`certops_fail_on: warning` fails an audit or a run where its report has one."]
    lines += ["", "| remark | what to do |", "|---|---|"]
    lines += [f"| {_cell(re.sub('{(.*?)}', _named, one.what))} | {_cell(one.remedy)} |" for one in notices()]
    lines += ["", "## What sps_log_info finds", "", "In this order: a line is told by the first that fits."]
    lines += ["", "| pattern | cause | what to do | KB |", "|---|---|---|---|"]
    lines += [
        f"| `{one.name}` | {_cell(one.cause)} | {_cell(one.remedy)} | {' '.join(map(_article, one.kb))} |"
        for one in log_pattern.PATTERNS
    ]
    return "\n".join(lines) + "\n"


def _named(braces: re.Match[str]) -> str:
    return f"<{braces.group(1).replace('_', ' ')}>"


def _article(number: int) -> str:
    return f"[{number}](https://knowledge.broadcom.com/external/article/{number})"


if __name__ == "__main__":
    print(page())
