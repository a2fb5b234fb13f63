# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of errors has all that a run can be told, as one reads it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import list_messages
from blocker_codes import codes


def test_every_list_of_errors_is_on_the_page() -> None:
    files = {
        path.relative_to(list_messages.PLUGINS).with_suffix("") for path in list_messages.PLUGINS.glob("*utils/**/*messages.py")
    }
    assert {".".join(path.parts) for path in files - {Path("module_utils/_common/error_message")}} == set(list_messages.LISTS)
    titles = [subject.title for subject in list_messages.subjects()]
    assert len(set(titles)) == len(titles)


def test_every_error_has_its_section_with_its_sentence_and_its_remedy() -> None:
    page = list_messages.page()
    sections = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL))
    messages = [message for subject in list_messages.subjects() for message in subject.messages]
    assert sorted(sections) == sorted(message.code for message in messages)
    for code, text in sections.items():
        assert re.fullmatch(r"\S.*[.]\n\n[*][*]Remedy[*][*]: .*[.]\n\n", text, re.DOTALL), code


def test_no_error_has_the_code_of_a_blocker() -> None:
    assert {message.code for subject in list_messages.subjects() for message in subject.messages} & codes() == set()


def test_a_placeholder_is_told_in_words() -> None:
    page = list_messages.page()
    assert (
        "*esxi host* was not touched, because somebody else works on it: *task* is still in progress in vCenter after *seconds* seconds."
        in page
    )
    assert "{{ or {% in it" in page
    assert not re.search(r"{[a-z]", page)


def test_every_message_of_a_role_says_what_to_do() -> None:
    # What it was goes before, and what to do after; the reasons of a guard, and the problem of a custom CA, bring their own.
    lacking = [one.text for one in list_messages.in_roles() if not re.search(r"\. [A-Z<].*[.>]$", one.text)]
    assert lacking == []


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
    assert any("has no name. Set certops_vcenter_hostname" in text for text in told)
    assert not any("{{" in text or "{%" in text for text in told)
