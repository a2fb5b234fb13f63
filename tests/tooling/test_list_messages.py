# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages are read out of the source as one reads them."""

from __future__ import annotations

import ast

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
        ('InputError("No name", cure="Give one.")', ("InputError", "No name", "Give one.")),
        ('AccessDenied(f"{host.name} said {what}")', ("AccessDenied", "<host> said <what was attempted>", "")),
        ('errors.NotOffered("a" + f"{self.port}", "said", "b")', ("NotOffered", "a<port>", "b")),
        (
            'wait_until(look, left, what="The end", cure="Look.")',
            ("DeadlineExceeded", "The end did not happen within <timeout> seconds", "Look."),
        ),
        (
            'must(shell, "df", 5, "Looking", "Make room.")',
            ("CertopsError", "Looking failed: the host answered <its words>", "Make room."),
        ),
        # What says nothing of its own.
        ("CertopsError(error.what, cure=error.cure)", None),
        ('wait_until(look, left, what="", cure="")', None),
        ('print("No name")', None),
    ],
)
def test_a_message_is_read(source: str, message: tuple[str, str, str] | None) -> None:
    assert list_messages.made(call(source)) == message


def test_every_error_of_the_input_says_what_to_do() -> None:
    # What Ansible itself finds wrong, and what other messages are put together to, bring their own cures.
    carries = ("vCenters could not be read", "cannot be evaluated")
    lacking = [one.text for one in list_messages.in_code() if one.kind == "InputError" and not one.cure]
    assert [text for text in lacking if not any(words in text for words in carries)] == []


def test_the_faults_are_listed_with_their_cures() -> None:
    known = dict(list_messages.faults())
    assert len(known) > 10
    assert all(cure.endswith(".") for cure in known.values())


def test_the_roles_tell_what_modules_do_not() -> None:
    told = [one.text for one in list_messages.in_roles()]
    assert any("no snapshot could be taken of" in text for text in told)
    assert not any("{{" in text or "{%" in text for text in told)
