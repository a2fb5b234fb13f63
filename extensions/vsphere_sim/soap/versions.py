# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API versions of a vCenter, as it publishes them, as clients name them, and as pyVmomi does."""

from __future__ import annotations

import re
from typing import Optional

from pyVmomi.VmomiSupport import GetServiceVersions, IsChildVersion, versionIdMap, versionMap

_NUMBERS = re.compile(r"^\d+(\.\d+)+$")


class ServiceVersions:
    """The versions of one service (vim25 or sms) that a vCenter of a given release has."""

    def __init__(self, namespace: str, release: str) -> None:
        self.namespace = namespace
        limit = _numbers(release)
        # pyVmomi lists the newest first; internal and unreleased ones have no numbers.
        self.names: list[str] = [
            version
            for version in GetServiceVersions(namespace)
            if _NUMBERS.match(versionIdMap[version]) and _numbers(versionIdMap[version])[:3] <= limit[:3]
        ]
        self.newest = self.names[0]

    @property
    def newest_id(self) -> str:
        """The newest, as it stands on the wire."""
        return str(versionIdMap[self.newest])

    @property
    def ids(self) -> list[str]:
        """All of them as they stand on the wire, the newest first."""
        return [str(versionIdMap[version]) for version in self.names]

    def chosen_by(self, soap_action: Optional[str]) -> str:
        """The version that a SOAPAction names; the newest where it names none, or one that this server does not have."""
        return self._named(soap_action) or self.newest

    def unsupported(self, soap_action: Optional[str]) -> Optional[str]:
        """The version URI of a SOAPAction that this server does not have; None where it has it, or none is named."""
        return _uri(soap_action) if self._numbers_in(soap_action) and self._named(soap_action) is None else None

    def _named(self, soap_action: Optional[str]) -> Optional[str]:
        version = versionMap.get(f"{self.namespace}/{self._numbers_in(soap_action)}")
        return str(version) if version is not None and IsChildVersion(self.newest, version) else None

    def _numbers_in(self, soap_action: Optional[str]) -> str:
        found = re.match(rf"^urn:{self.namespace}/(.+)$", _uri(soap_action))
        return found.group(1) if found else ""

    def as_xml(self) -> bytes:
        """vimServiceVersions.xml"""
        older = "".join(f"   <version>{version}</version>\n" for version in self.ids[1:])
        return (
            '<?xml version="1.0" encoding="UTF-8" ?>\n'
            '<namespaces version="1.0">\n'
            f" <namespace>\n  <name>urn:{self.namespace}</name>\n  <version>{self.newest_id}</version>\n"
            f"  <priorVersions>\n{older}  </priorVersions>\n </namespace>\n"
            "</namespaces>\n"
        ).encode()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _uri(soap_action: Optional[str]) -> str:
    return (soap_action or "").strip().strip('"')
