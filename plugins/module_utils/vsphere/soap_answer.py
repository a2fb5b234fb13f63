# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A SOAP answer on its way to pyVmomi, with its arrays of bytes in another spelling.

vSphere writes a host's certificate (config.certificate, vim25's ArrayOfByte) as one XML element for each byte, 1,500 and more a
host, and pyVmomi makes a call of Python for the begin and one for the end of each: three million calls for 1,000 hosts. The
same bytes as xsd:base64Binary, which pyVmomi knows as well, are one element.
"""

from __future__ import annotations

import base64
import re
import zlib
from http.client import HTTPResponse
from typing import Any, Optional

CHUNK_BYTES = 256 * 1024
OF_BYTES = b'ArrayOfByte"'
END = b"</val>"
# A value of that type, its tag apart from its bytes; whatever is written in another way stays as it is.
_ARRAY = re.compile(
    rb'<val((?:\s[^<>]*)?\s[\w.-]+:type=")(?:[\w.-]+:)?ArrayOfByte"([^<>]*)><byte>(-?\d{1,3}(?:</byte><byte>-?\d{1,3})*)</byte></val>'
)
_BASE64 = b'<val xmlns:xsd="http://www.w3.org/2001/XMLSchema"%sxsd:base64Binary"%s>%s</val>'
# zlib takes the header of gzip, and no other.
_GZIP = 16 + zlib.MAX_WBITS


class SoapAnswer(HTTPResponse):
    """An HTTP answer that is read through Rewriter. It is unpacked here too where it is packed by gzip."""

    _rewriter: Optional[Rewriter] = None
    _unzip: Any = None
    _ready = b""
    _at = 0

    def begin(self) -> None:
        """Read the header, and take out of it what is dealt with here."""
        super().begin()
        if str(self.headers.get("Content-Encoding", "")).lower() == "gzip":
            self._unzip = zlib.decompressobj(_GZIP)
            del self.headers["Content-Encoding"]
        self._rewriter = Rewriter()

    def read(self, amt: Optional[int] = None) -> bytes:
        """The next bytes, and none at the end. Raises OSError and HTTPException as its parent does."""
        parts = []
        missing = amt
        while missing is None or missing > 0:
            part = self._ready[self._at : None if missing is None else self._at + missing]
            if not part and not self._refill():
                break
            parts.append(part)
            self._at += len(part)
            missing = None if missing is None else missing - len(part)
        return b"".join(parts)

    def _refill(self) -> bool:
        """Take more from the connection; whether there was any."""
        while self._rewriter is not None:
            raw = super().read(CHUNK_BYTES)
            try:
                data = raw if self._unzip is None else self._unzip.decompress(raw)
            except zlib.error as error:
                raise OSError(f"the answer is no gzip ({error})") from error
            self._ready = self._rewriter.feed(data) if raw else self._rewriter.finish()
            self._at = 0
            if not raw:
                self._rewriter = None
            if self._ready:
                return True
        return False


class Rewriter:
    """Rewrites the arrays of bytes in a stream of XML; each is held back until the whole of it is there."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What is ready after these bytes."""
        held = self._held + data
        array = held.rfind(OF_BYTES)
        end = held.find(END, array) if array >= 0 else -1
        # The last tag may be half there, and be the begin of an array.
        cut = held.rfind(b"<", 0, array) if array >= 0 > end else held.rfind(b"<")
        if end >= 0:
            cut = max(cut, end + len(END))
        cut = max(cut, 0)
        self._held = held[cut:]
        return _ARRAY.sub(_in_base64, held[:cut])

    def finish(self) -> bytes:
        """What is left at the end."""
        rest, self._held = self._held, b""
        return _ARRAY.sub(_in_base64, rest)


def _in_base64(found: re.Match[bytes]) -> bytes:
    before, after, numbers = found.groups()
    # xsd:byte has a sign.
    data = bytes([int(number) & 0xFF for number in numbers.split(b"</byte><byte>")])
    return _BASE64 % (before, after, base64.b64encode(data))
