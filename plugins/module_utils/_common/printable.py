# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of others in a form that a terminal, a log and a file show as it is, and that nothing in it can act on.

A certificate, a fault, a name in vCenter or a line of a log is written by whoever made it. With a line break it could add a line of its own
to Ansible's output, with ESC or a C1 control steer the terminal, with a bidirectional control show another name than it has.
"""

from __future__ import annotations

import re
from typing import Any, Mapping

# C0 and C1 with DEL, the separators of lines and paragraphs, all of Unicode's Bidi_Control, and halves of surrogate pairs, which cannot be
# encoded.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    r"""The text on one line, each control character as an escape: ESC becomes \x1b, a line break \n, U+202E \u202e."""
    return _UNPRINTABLE.sub(lambda found: found.group().encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def is_printable(text: str) -> bool:
    """Whether a text holds nothing that printable() would escape."""
    return _UNPRINTABLE.search(text) is None


def on_one_line(text: str) -> str:
    """A text for a sentence: its line breaks and runs of blanks are blanks, what else cannot be printed is escaped."""
    return printable(" ".join(text.split()))


def printable_parts(value: Any) -> Any:
    """A value as JSON has it, with all texts in it printable, its keys too."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable_parts(key): printable_parts(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable_parts(item) for item in value]
    return value
