# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How wide a text is on a terminal, and texts that are filled and broken by that: an ideograph takes two columns, a combining sign none."""

from __future__ import annotations

import unicodedata

WIDE, NOTHING = frozenset("WF"), frozenset({"Mn", "Me", "Cf"})


def width(text: str) -> int:
    """The columns that it takes (UAX #11, without a terminal's own opinion of what is ambiguous)."""
    return len(text) if text.isascii() else sum(_width_of(character) for character in text)


def padded(text: str, columns: int) -> str:
    """The text with spaces behind it, so that it takes so many columns."""
    return text + " " * (columns - width(text))


def broken(text: str, columns: int) -> list[str]:
    """The text in lines of no more than so many columns, broken between words; a word that is longer is left whole."""
    lines: list[str] = []
    for word in text.split():
        if lines and width(lines[-1]) + 1 + width(word) <= columns:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def cut(text: str, columns: int) -> str:
    """The text on one line of no more than so many columns: where it is longer, as much of it as there is room for before an ellipsis."""
    if width(text) <= columns:
        return text
    end = 0
    while width(text[: end + 1]) < columns:
        end += 1
    return f"{text[:end].rstrip()}…"


def _width_of(character: str) -> int:
    if unicodedata.category(character) in NOTHING:
        return 0
    return 2 if unicodedata.east_asian_width(character) in WIDE else 1
