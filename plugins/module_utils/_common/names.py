# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host names and addresses as certificates, urls and inventories write them."""

from __future__ import annotations

import ipaddress
import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Optional, Sequence, Union
from urllib.parse import urlsplit

# What vCenter writes in the names of its objects for the signs that part a path (ManagedEntity.name).
_ESCAPED = {"%2f": "/", "%5c": "\\", "%25": "%"}
_ESCAPE = re.compile("|".join(_ESCAPED), re.IGNORECASE)
# No longer than that, since Python turns no text of thousands of digits into a number.
_NUMBER = re.compile("([0-9]{1,18})")


# A plan compares the same few thousand names again and again.
@lru_cache(maxsize=65536)
def normalise(name: str) -> str:
    """A name or address in the one form that can be compared: lower case, no trailing dot, no brackets."""
    text = name.strip().strip("[]").rstrip(".").lower()
    address = as_address(text)
    return address if address is not None else text


def as_address(text: str) -> Optional[str]:
    """The canonical form of an IP address, or None where it is none."""
    try:
        return str(ipaddress.ip_address(text.split("%", 1)[0]))
    except ValueError:
        return None


def unescaped(text: str) -> str:
    """Names in a text as their owner wrote them: vCenter has Prod/Test as Prod%2fTest."""
    return _ESCAPE.sub(lambda found: _ESCAPED[found.group().lower()], text) if "%" in text else text


def natural(name: str) -> tuple[tuple[Union[str, int], ...], str]:
    """What names are sorted by so that host2 comes before host10."""
    parts = _NUMBER.split(name.lower())
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts)), name


def host_of_url(url: str) -> Optional[str]:
    """The normalised host of a url, or None where the url has none or is broken."""
    try:
        host = urlsplit(url.strip()).hostname
    except ValueError:
        return None
    return normalise(host) if host else None


def port_of_url(url: str) -> Optional[int]:
    """The port that a url names, or None."""
    try:
        return urlsplit(url.strip()).port
    except ValueError:
        return None


def covers(pattern: str, name: str) -> bool:
    """Whether a name in a certificate covers a host name, with a wildcard in the leftmost label only (RFC 6125)."""
    pattern, name = normalise(pattern), normalise(name)
    if not name or pattern == name:
        return bool(name)
    if not pattern.startswith("*.") or as_address(name) is not None:
        return False
    label, dot, parent = name.partition(".")
    return bool(label and dot) and parent == pattern[2:]


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a host's name is one of these names or fnmatch patterns; case and a trailing dot do not count."""
    own = normalise(name)
    return any(own == normalise(pattern) or fnmatchcase(own, pattern.strip().rstrip(".").lower()) for pattern in patterns)
