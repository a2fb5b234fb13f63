# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was observed, as one text for the way through Ansible.

Ansible copies a fact value by value for every task of its host, and wraps each value that a filter looks at: with 250 hosts that
costs more than to read the vCenter. A text it only hands on.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from .errors import InputError

# Far above what 5,000 hosts come to, and below what would harm the controller.
LARGEST_BYTES = 512 * 1024 * 1024
_READ_AGAIN = "Read them again with certops.vsphere.cert_expiry_facts of this version of the collection."


def pack(facts: Any) -> str:
    """Facts as a text in ASCII."""
    return base64.b64encode(zlib.compress(json.dumps(facts, separators=(",", ":")).encode("ascii"), 1)).decode("ascii")


def unpack(facts: Any) -> Any:
    """Facts that were packed; any that are no text as they are. Raises InputError for a text that pack did not make."""
    if not isinstance(facts, str):
        return facts
    try:
        unzip = zlib.decompressobj()
        text = unzip.decompress(base64.b64decode(facts, validate=True), LARGEST_BYTES)
        if not unzip.eof:
            raise ValueError("it is cut off, or too large")
        return json.loads(text)
    except (ValueError, zlib.error, RecursionError) as error:
        raise InputError(f"The facts are a text that is not packed facts ({error})", cure=_READ_AGAIN) from error
