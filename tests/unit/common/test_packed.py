# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That facts and reports come out of a text as they went in, and that no other text is taken for one."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common import packed
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_what_was_packed_is_unpacked(facts: Any) -> None:
    text = packed.pack(facts)
    assert text.isascii()
    assert packed.unpack(text) == facts


@pytest.mark.parametrize("facts", [None, {}, {"a": 1}, [1], 3])
def test_what_is_no_text_is_left_as_it_is(facts: Any) -> None:
    assert packed.unpack(facts) is facts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "odd",
        "é",
        "YWJj",
        base64.b64encode(zlib.compress(b"no json")).decode(),
        base64.b64encode(zlib.compress(b"\xff")).decode(),
        packed.pack(list(range(100)))[:40],
        base64.b64encode(zlib.compress(b"[" * 100000)).decode(),
    ],
)
def test_another_text_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="This collection did not pack the text"):
        packed.unpack(text)


def test_a_text_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "LARGEST_BYTES", 1000)
    with pytest.raises(InputError, match="too large"):
        packed.unpack(packed.pack("x" * 1000))
