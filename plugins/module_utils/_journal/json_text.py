# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON of the REST API in a journal."""

from __future__ import annotations

import json
import re
from typing import Any, Callable

# Fields whose values are words of the API's own.
_KEPT = frozenset({"state", "health", "startup_type", "status", "type", "error_type", "name_key", "description_key"})
_HARMLESS = re.compile(r"[\w.:-]{0,100}")
_FIELD = re.compile(r"[A-Za-z_]{1,60}")
_MESSAGE_ID = re.compile(r"(?:com\.vmware|vapi)\.[A-Za-z_.]{1,150}")


def json_of(body: bytes, text: Callable[[str], str]) -> Any:
    """A JSON body with stand-ins, which text makes. Raises ValueError and RecursionError for what is none."""
    return _value(json.loads(body), "", text)


def _value(value: Any, field: str, text: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key if _FIELD.fullmatch(key) else text(key): _value(item, key, text) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item, field, text) for item in value]
    if not isinstance(value, str):
        return value
    if (field in _KEPT and _HARMLESS.fullmatch(value)) or (field == "id" and _MESSAGE_ID.fullmatch(value)):
        return value
    return text(value)
