# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read back, and the results so far, as one text for the way from task to task.

Ansible copies a fact value by value for every task of its host, wraps each value that a filter looks at, and templates each that a
task is given: with 250 hosts that costs more than to read the vCenter. A text it only hands on.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from . import messages

# Far above what 5,000 hosts come to, and below what would harm the controller.
LARGEST_BYTES = 512 * 1024 * 1024


def pack(data: Any) -> str:
    """Data as a text in ASCII."""
    return base64.b64encode(zlib.compress(json.dumps(data, separators=(",", ":")).encode("ascii"), 1)).decode("ascii")


def unpack(data: Any) -> Any:
    """What was packed; any that is no text as it is. Raises InputError for a text that pack did not make."""
    if not isinstance(data, str):
        return data
    try:
        unzip = zlib.decompressobj()
        text = unzip.decompress(base64.b64decode(data, validate=True), LARGEST_BYTES)
        if not unzip.eof:
            raise ValueError("it is cut off, or too large")
        return json.loads(text)
    except (ValueError, zlib.error, RecursionError) as error:
        raise messages.PACKED_TEXT_UNREADABLE(reason=error) from error
