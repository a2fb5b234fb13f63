# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That arrays of bytes come out of a SOAP answer as they were sent, however the answer is cut into pieces, and all else untouched."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._wire.answer_errors import NotAnAnswer
from ansible_collections.certops.vsphere.plugins.module_utils._wire.byte_arrays import LARGEST_VALUE_BYTES, Rewriter
from hypothesis import given
from hypothesis import strategies as st
from pyVmomi import vmodl
from pyVmomi.SoapAdapter import Deserialize

HEAD = '<?xml version="1.0"?><returnval xmlns="urn:vim25" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="ArrayOfDynamicProperty">'
TAIL = "</returnval>"


def property_of(name: str, data: bytes, signed: bool = True) -> str:
    """A property as vSphere writes it: each byte an element."""
    numbers = [byte - 256 if signed and byte > 127 else byte for byte in data]
    elements = "".join(f"<byte>{number}</byte>" for number in numbers)
    return f'<DynamicProperty><name>{name}</name><val i:type="ArrayOfByte">{elements}</val></DynamicProperty>'


def read(xml: bytes) -> dict[str, bytes]:
    """What pyVmomi makes of it."""
    found: Any = Deserialize(xml, vmodl.DynamicProperty.Array)
    return {one.name: bytes(byte & 0xFF for byte in one.val) for one in found}


@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 400), st.booleans())
def test_the_bytes_are_the_same_in_whatever_pieces_they_come(values: list[bytes], size: int, signed: bool) -> None:
    xml = (HEAD + "".join(property_of(f"p{number}", value, signed) for number, value in enumerate(values)) + TAIL).encode()
    rewriter = Rewriter()
    pieces = [rewriter.feed(xml[start : start + size]) for start in range(0, len(xml), size)]
    written = b"".join([*pieces, rewriter.finish()])
    assert read(written) == read(xml)
    assert written.count(b"<byte>") == 0


@pytest.mark.parametrize("written", [b"007", b"-007", b"-0", b"300", b"999", b"-129"])
def test_a_number_is_read_as_pyvmomi_reads_it(written: bytes) -> None:
    xml = (HEAD + property_of("one", b"a") + TAIL).encode().replace(b"<byte>97<", b"<byte>" + written + b"<")
    rewriter = Rewriter()
    assert read(rewriter.feed(xml) + rewriter.finish()) == read(xml)


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"no xml < at all",
        b'<val i:type="xsd:string">ArrayOfByte"</val><byte>1</byte>',
        b'<val i:type="ArrayOfByte"/>',
        b'<val i:type="ArrayOfByte"></val>',
        b'<val i:type="ArrayOfByte"><byte>1</byte> <byte>2</byte></val>',
        b'<val i:type="ArrayOfByte"><byte>1</byte><byte>1e3</byte></val>',
        b'<val i:type="ArrayOfByte"><byte>1</byte>',
    ],
)
def test_what_is_written_in_another_way_is_left_to_pyvmomi(xml: bytes) -> None:
    rewriter = Rewriter()
    assert rewriter.feed(xml) + rewriter.finish() == xml


def test_a_value_without_end_is_refused() -> None:
    rewriter = Rewriter()
    rewriter.feed(b"<val " + b"x" * (LARGEST_VALUE_BYTES - 10))
    with pytest.raises(NotAnAnswer, match="a value without end"):
        rewriter.feed(b"x" * 10)
