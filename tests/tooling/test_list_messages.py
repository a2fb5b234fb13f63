# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages are read out of the source as one reads them."""

from __future__ import annotations

import ast
import re

import list_messages
import pytest


def call(source: str) -> ast.Call:
    """A call, as Python reads it."""
    [statement] = ast.parse(source).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    return statement.value


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('InputError("No name", remedy="Give one.")', ("InputError", "No name", "Give one.")),
        ('AccessDenied(f"{host.name} said {what}")', ("AccessDenied", "<host> said <what was attempted>", "")),
        ('errors.NotOffered("a" + f"{self.port}", "said", "b")', ("NotOffered", "a<port>", "b")),
        (
            'wait_until(look, left, what="The end", remedy="Look.")',
            ("DeadlineExceeded", "The end did not happen within <timeout> seconds", "Look."),
        ),
        (
            'must(shell, "df", 5, "Looking", "Make room.")',
            ("CertopsError", "Looking failed: the host answered <its words>", "Make room."),
        ),
        # What says nothing of its own.
        ("CertopsError(error.what, remedy=error.remedy)", None),
        ('wait_until(look, left, what="", remedy="")', None),
        ('print("No name")', None),
    ],
)
def test_a_message_is_read(source: str, message: tuple[str, str, str] | None) -> None:
    assert list_messages.made(call(source)) == message


def test_what_is_given_a_name_is_told_by_what_it_is() -> None:
    [function] = ast.parse(
        """
def look(shell):
    what = f"Reading the clock of {shell.address}"
    remedy = "Look at its date." if shell else ""
    remedy = NAMED.format(command="date")
    return must(shell, "date", SECONDS, what, remedy)
"""
    ).body
    names = list_messages.named_in(function)
    assert isinstance(function, ast.FunctionDef)
    assert isinstance(function.body[-1], ast.Return)
    assert isinstance(function.body[-1].value, ast.Call)
    # What is chosen while it runs is not known before.
    told = ("CertopsError", "Reading the clock of <address> failed: the host answered <its words>", list_messages.CARRIED_ON)
    assert list_messages.made(function.body[-1].value, names) == told


def test_a_remedy_that_is_carried_on_is_told_as_one() -> None:
    source = 'CertopsError(f"{what} failed", remedy=remedy or "Look at the task.")'
    assert list_messages.made(call(source)) == (
        "CertopsError",
        "<what was attempted> failed",
        f"{list_messages.CARRIED_ON} Without one: Look at the task.",
    )


def test_every_error_says_what_to_do() -> None:
    found = list_messages.in_code()
    assert len(found) > 130
    assert [(one.text, one.path) for one in found if not one.remedy.endswith(".")] == []


def test_every_message_of_a_role_says_what_to_do() -> None:
    # What it was goes before, and what to do after; the reasons of a guard, and the problem of a custom CA, bring their own.
    lacking = [one.text for one in list_messages.in_roles() if not re.search(r"\. [A-Z<].*[.>]$", one.text)]
    assert lacking == []


def test_the_faults_are_listed_with_their_remedies() -> None:
    known = dict(list_messages.faults())
    assert len(known) > 10
    assert all(remedy.endswith(".") for remedy in known.values())


def test_every_notice_is_listed_with_what_to_do() -> None:
    listed = list_messages.notices()
    assert len(listed) > 20
    assert [one.what for one in listed if not one.remedy.endswith(".")] == []
    page = list_messages.page()
    assert [one.remedy for one in listed if f"| {one.remedy.replace('_', chr(92) + '_')} |" not in page] == []


def test_nothing_is_remarked_on_in_other_words() -> None:
    own_words = []
    for path in list_messages.sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # A remark goes to what is called notes or warnings.
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
                noted = ast.unparse(node.func.value).rpartition(".")[2].strip("_") in ("notes", "warnings")
                own_words += [(path.name, ast.unparse(node))] if noted and isinstance(node.args[0], ast.JoinedStr) else []
    # What Ansible shows of a module's calls that were repeated stands in the report in the words of a remark.
    assert [words for name, words in own_words if name != "entry.py"] == []


def test_every_pattern_of_a_log_is_listed() -> None:
    page = list_messages.page()
    patterns = list_messages.log_pattern.PATTERNS
    assert [one.name for one in patterns if f"| `{one.name}` | " not in page] == []
    assert [one.name for one in patterns if not one.remedy.endswith(".")] == []


def test_the_roles_tell_what_modules_do_not() -> None:
    told = [one.text for one in list_messages.in_roles()]
    assert any("no snapshot could be taken of" in text for text in told)
    assert not any("{{" in text or "{%" in text for text in told)
