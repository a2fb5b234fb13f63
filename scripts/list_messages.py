#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List every error that a run can end with, every remark and every finding in a log, with its remedy: list_messages.py.

Errors are those that the files messages.py of the packages define; what roles fail with is read where it stands. So the page that shows
them can't fall behind.
"""

from __future__ import annotations

import ast
import importlib
import re
import string
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
from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage  # noqa: E402
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, sentence  # noqa: E402
from ansible_collections.certops.vsphere.plugins.module_utils._logs import log_pattern  # noqa: E402  # where it is has to be said first

# The lists of errors, in the order of the page: what a run meets first, the calls to vCenter and the steps, goes first.
LISTS = (
    "module_utils._vsphere.fault_messages",
    "module_utils._vsphere.messages",
    "module_utils._vsphere.transport_messages",
    "module_utils._stepping.messages",
    "module_utils._operations.messages",
    "module_utils._operations.cli_messages",
    "module_utils._storage.provider_messages",
    "module_utils._clusters.messages",
    "module_utils._esxi_shell.messages",
    "module_utils._timing.messages",
    "module_utils._wire.messages",
    "module_utils._entry.messages",
    "plugin_utils._run_input.messages",
    "plugin_utils._rehearsing.messages",
    "plugin_utils._run.messages",
    "plugin_utils._host_shell.messages",
    "plugin_utils._controller.messages",
    "plugin_utils._custom_ca.messages",
    "plugin_utils._inventory.messages",
    "module_utils._inventory.messages",
    "module_utils._estate.messages",
    "module_utils._reporting.messages",
    "module_utils._log_files.messages",
    "module_utils._common.messages",
)
FAULTS = PLUGINS / "module_utils" / "_vsphere" / "faults.py"
COLLECTION = "ansible_collections.certops.vsphere.plugins"


@dataclass(frozen=True, order=True)
class RoleMessage:
    """What a role or a playbook fails with: its text, which has its remedy, and the file it stands in."""

    text: str
    path: str


@dataclass(frozen=True)
class Subject:
    """A list of errors: what they are about, and the errors in the order of the source."""

    title: str
    messages: tuple[ErrorMessage[CertopsError], ...]


@cache
def subjects() -> tuple[Subject, ...]:
    """Every error of the collection, by subjects in the order of the page."""
    found = []
    for name in LISTS:
        module = importlib.import_module(f"{COLLECTION}.{name}")
        title = (module.__doc__ or "").partition("\n")[0]
        found.append(Subject(title, tuple(value for value in vars(module).values() if isinstance(value, ErrorMessage))))
    return tuple(found)


def sources() -> list[Path]:
    """Every Python file of the plugins."""
    return sorted(PLUGINS.rglob("*.py"))


def in_roles() -> list[RoleMessage]:
    """The messages of roles and playbooks that are more than what a module said."""
    found = []
    for path in sorted([*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]):
        for task in _tasks(yaml.safe_load(path.read_text(encoding="utf-8")) or []):
            failing = task.get("ansible.builtin.fail") or task.get("ansible.builtin.assert") or {}
            text = _line(re.sub(r"{%.*?%}", "", _without_templates(str(failing.get("msg") or failing.get("fail_msg") or ""))))
            if re.search(r"[a-z]{3}", re.sub(r"<.*?>", "", text)):
                found.append(RoleMessage(text, str(path.relative_to(ROOT))))
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


@cache
def fault_names() -> dict[str, str]:
    """What vSphere calls the faults that are known by name, by the codes of their errors."""
    for node in ast.parse(FAULTS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_KNOWN" and isinstance(node.value, ast.Tuple):
            pairs = [
                [ast.unparse(part).rpartition(".")[2] for part in pair.elts]
                for pair in node.value.elts
                if isinstance(pair, ast.Tuple)
            ]
            return {name.lower(): fault for fault, name in pairs}
    raise LookupError(f"{FAULTS} has no table of faults")


def notices() -> list[notice.Notice]:
    """What a report, a step or an inventory remarks on, in the order of the source."""
    return [value for value in vars(notice).values() if isinstance(value, notice.Notice)]


def _line(text: str) -> str:
    return " ".join(text.split())


def _prose(template: str) -> str:
    """A sentence or a remedy with its placeholders in italics."""
    parts = []
    for literal, name, _format, _conversion in string.Formatter().parse(template):
        parts.append(_escaped(literal))
        if name:
            parts.append(f"*{name.replace('_', ' ')}*")
    return sentence("".join(parts))


def _escaped(text: str) -> str:
    return re.sub(r"([*_\[\]`\\])", r"\\\1", text).replace("<", "&lt;").replace(">", "&gt;")


def _cell(text: str) -> str:
    return _escaped(text).replace("|", "\\|")


def page() -> str:
    """The page of all messages, in Markdown."""
    lines = [
        "# Every error, and its remedy",
        "",
        "Made from the source by `make docs`. An error is one sentence of what happened and on which host, provider or vCenter, then what vSphere",
        "said, where it said something, then the remedy. Words in italics stand for a name or a value there; *action* is what was attempted, and",
        "on what, such as 'Logging in to vc01.example.com'.",
        "",
        "The headings are the codes. A code stays the same when the words of its sentence change: match `error_code` of a module, or of a",
        "host's result, and no words. What keeps a step from being taken at all, the blockers, have codes of their own: [](messages.md).",
        "",
    ]
    for subject in subjects():
        lines += [f"## {subject.title}", ""]
        for message in subject.messages:
            fault = fault_names().get(message.code)
            template = f"{message.sentence}: vSphere said {fault}" if fault else message.sentence
            lines += [f"### {message.code}", "", _prose(template), "", f"**Remedy**: {_prose(message.remedy)}", ""]
    lines += ["## Of roles and playbooks", "", "What to do stands in the message itself.", "", "| message | of |", "|---|---|"]
    lines += [f"| {_cell(message.text)} | {_cell(message.path.split('/')[1].removesuffix('.yml'))} |" for message in in_roles()]
    lines += [
        "",
        "## Notices",
        "",
        "Notes of a report, of a step's result and of an inventory. None of them is a failure;",
    ]
    lines += ["`certops_fail_on: warning` fails an audit or a run where its report has one."]
    lines += ["", "| notice | what to do |", "|---|---|"]
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
