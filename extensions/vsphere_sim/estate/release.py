# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases of vCenter: what each says of itself, and what of the Automation API it has.

By the vendor's API references ("since") and bindings: the API under /api is there since 7.0 U2, the one under /rest before that as well.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass

# Build numbers by KB 2143838; that of 9.1 is made up.
BUILDS = {
    "6.7.0": "8217866",
    "6.7.1": "10244745",
    "6.7.2": "13010631",
    "6.7.3": "14367737",
    "7.0.0": "15952498",
    "7.0.1": "16860138",
    "7.0.2": "17694817",
    "7.0.3": "24201990",
    "8.0.2": "22385739",
    "8.0.3": "24322831",
    "9.0.0": "24755230",
    "9.1.0": "25100000",
}
_NEW_API = (7, 0, 2)
_SINCE = {
    "/api/vcenter/certificate-management/vcenter/signing-certificate": (7, 0, 3),
    "/api/vcenter/certificate-management/*": (6, 7, 2),
    "/api/vcenter/topology/*": (6, 7, 2),
}


@dataclass(frozen=True)
class Release:
    """A release by its three numbers, as in 6.7.3 for 6.7 U3."""

    numbers: tuple[int, int, int]

    @classmethod
    def of(cls, version: str) -> Release:
        """The release that a scenario names: 6.7 is 6.7.0."""
        found = [int(part) for part in re.findall(r"\d+", version)[:3]]
        first, second, third = [*found, 0, 0, 0][:3]
        return cls((first, second, third))

    @property
    def version(self) -> str:
        """What vCenter calls itself (about.version). The updates of 6.7 are told by build and API version only."""
        return "6.7.0" if self.numbers[:2] == (6, 7) else self._text

    @property
    def api_limit(self) -> str:
        """The newest API version that it may have."""
        return self._text

    @property
    def build(self) -> str:
        """Its build number."""
        return BUILDS.get(self._text, BUILDS["8.0.3"])

    @property
    def has_new_api(self) -> bool:
        """Whether the Automation API is there under /api."""
        return self.numbers >= _NEW_API

    def has(self, path: str) -> bool:
        """Whether it has a resource, by the path that this has under /api."""
        return all(self.numbers >= since for pattern, since in _SINCE.items() if fnmatch.fnmatchcase(path, pattern))

    @property
    def _text(self) -> str:
        return ".".join(str(number) for number in self.numbers)
