# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible's stdout callback makes of what is printed beside its own: a line more, or a document that it would spoil."""

from __future__ import annotations

from functools import cache

from ansible import constants
from ansible.plugins.loader import callback_loader

# What these write is lines; community.general's, and ansible-runner's own, are among them.
LINE_CALLBACKS = frozenset(
    {
        *("default", "minimal", "oneline", "awx_display", "debug"),
        *(
            "counter_enabled",
            "default_without_diff",
            "dense",
            "diy",
            "selective",
            "skippy",
            "tasks_only",
            "timestamp",
            "unixy",
            "yaml",
        ),
    }
)
# What these write is a document for a program, or nothing.
DOCUMENT_CALLBACKS = frozenset({"json", "jsonl", "null"})


def writes_lines() -> bool:
    """Whether what is printed to standard output is lines, to which others can be added."""
    return _writes_lines(str(constants.DEFAULT_STDOUT_CALLBACK))


@cache
def _writes_lines(name: str) -> bool:
    short = name.rpartition(".")[2]
    return short in LINE_CALLBACKS or (short not in DOCUMENT_CALLBACKS and _is_like_the_default(name))


def _is_like_the_default(name: str) -> bool:
    """Whether somebody's own callback is made of Ansible's default one. What is made of nothing known may write a document."""
    try:
        made, default = (callback_loader.get(one, class_only=True) for one in (name, "ansible.builtin.default"))
        return issubclass(made, default)
    except Exception:
        return False
