# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A log is read in whichever encoding it was saved, however small the pieces are that it comes in."""

from __future__ import annotations

import codecs

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_text import as_utf8

LINE = "2026-11-20T15:14:57.469Z info vpxd[7F23C5425700] the host is esx02.example.net\n" * 9


@pytest.mark.parametrize(
    "saved",
    [
        LINE.encode(),
        codecs.BOM_UTF8 + LINE.encode(),
        codecs.BOM_UTF16_LE + LINE.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + LINE.encode("utf-16-be"),
        LINE.encode("utf-16-le"),
        LINE.encode("utf-16-be"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_text_is_the_same_in_every_encoding_and_size_of_pieces(saved: bytes, size: int) -> None:
    pieces = (saved[start : start + size] for start in range(0, len(saved), size))
    assert b"".join(as_utf8(pieces)) == LINE.encode()
