# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of a document that a program writes, between two comments; what stands around it is somebody else's."""

from __future__ import annotations


def marks(command: str) -> tuple[str, str]:
    """The comments before and after what a command writes, such as `make bench`."""
    return f"<!-- begin: written by {command} -->", f"<!-- end: written by {command} -->"


def with_part(text: str, around: tuple[str, str], part: str) -> str:
    """The document with this between its marks. Raises ValueError where it has none."""
    before, begin, rest = text.partition(around[0])
    _old, end, after = rest.partition(around[1])
    if not begin or not end:
        raise ValueError("the document has no markers to write between")
    return f"{before}{begin}\n{part}\n{end}{after}"
