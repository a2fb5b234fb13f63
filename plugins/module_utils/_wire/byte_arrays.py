# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arrays of bytes of a SOAP answer, in another spelling.

vSphere writes a host's certificate (config.certificate, vim25's ArrayOfByte) as one XML element for each byte, 1,500 and more a
host, and pyVmomi makes a call of Python for the begin and one for the end of each: three million calls for 1,000 hosts. The
same bytes as xsd:base64Binary, which pyVmomi knows as well, are one element.
"""

from __future__ import annotations

import base64
import re
from typing import Iterator

from .answer_errors import NotAnAnswer

# One value is held back until the whole of it is there: a certificate takes 50 KiB in this form.
LARGEST_VALUE_BYTES = 4 * 1024 * 1024
OF_BYTES = b'ArrayOfByte"'
END = b"</val>"
# A value of that type, its tag apart from its bytes; whatever is written in another way stays as it is.
_ARRAY = re.compile(
    rb'<val((?:\s[^<>]*)?\s[\w.-]+:type=")(?:[\w.-]+:)?ArrayOfByte"([^<>]*)><byte>(-?\d{1,3}(?:</byte><byte>-?\d{1,3})*)</byte></val>'
)
_BEGIN = re.compile(rb'<val((?:\s[^<>]*)?\s[\w.-]+:type=")(?:[\w.-]+:)?ArrayOfByte"([^<>]*)><byte>')
_BETWEEN, _LAST = b"</byte><byte>", b"</byte></val>"
# As vSphere writes them. xsd:byte has a sign.
_BYTES = {b"%d" % number: number & 0xFF for number in range(-128, 256)}
_BASE64 = b'<val xmlns:xsd="http://www.w3.org/2001/XMLSchema"%sxsd:base64Binary"%s>%s</val>'


def rewritten(parts: Iterator[bytes]) -> Iterator[bytes]:
    """An answer, part by part, with its arrays of bytes in base64. Raises NotAnAnswer for a value without end."""
    rewriter = Rewriter()
    for part in parts:
        yield rewriter.feed(part)
    yield rewriter.finish()


class Rewriter:
    """Rewrites the arrays of bytes in a stream of XML; each is held back until the whole of it is there."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What is ready after these bytes. Raises NotAnAnswer for a value without end."""
        held = self._held + data
        array = held.rfind(OF_BYTES)
        end = held.find(END, array) if array >= 0 else -1
        # The last tag may be half there, and be the begin of an array.
        cut = held.rfind(b"<", 0, array) if array >= 0 > end else held.rfind(b"<")
        if end >= 0:
            cut = max(cut, end + len(END))
        cut = max(cut, 0)
        self._held = held[cut:]
        if len(self._held) > LARGEST_VALUE_BYTES:
            raise NotAnAnswer("a value without end")
        return _in_other_spelling(held[:cut])

    def finish(self) -> bytes:
        """What is left at the end."""
        rest, self._held = self._held, b""
        return _in_other_spelling(rest)


def _in_other_spelling(data: bytes) -> bytes:
    """The data with its arrays in base64.

    Found by their begin and their end, with a table of the numbers: 0.15 ms a certificate, where one regular expression for the whole of an array and
    int() for each number took 0.49 ms. What the table does not know is left to that.
    """
    written, at = [], 0
    for begin in _BEGIN.finditer(data):
        if begin.start() < at:
            continue
        end = data.find(_LAST, begin.end())
        if end < 0:
            break
        try:
            value = bytes(map(_BYTES.__getitem__, data[begin.end() : end].split(_BETWEEN)))
            spelt = _BASE64 % (begin[1], begin[2], base64.b64encode(value))
        except KeyError:
            spelt = _ARRAY.sub(_in_base64, data[begin.start() : end + len(_LAST)])
        written += [data[at : begin.start()], spelt]
        at = end + len(_LAST)
    return b"".join([*written, data[at:]])


def _in_base64(found: re.Match[bytes]) -> bytes:
    before, after, numbers = found.groups()
    # xsd:byte has a sign.
    data = bytes([int(number) & 0xFF for number in numbers.split(b"</byte><byte>")])
    return _BASE64 % (before, after, base64.b64encode(data))
