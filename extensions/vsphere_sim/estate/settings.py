# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The advanced settings of a vCenter that matter to certificates, with the defaults that it ships."""

from __future__ import annotations

from typing import Any, Mapping

CERTMGMT = "vpxd.certmgmt."
MODE = CERTMGMT + "mode"
DAYS_VALID = CERTMGMT + "certs.daysValid"
MINUTES_BEFORE = CERTMGMT + "certs.minutesBefore"
SOFT_THRESHOLD = CERTMGMT + "certs.softThreshold"
HARD_THRESHOLD = CERTMGMT + "certs.hardThreshold"
STS_URI = "config.vpxd.sso.sts.uri"
SUBJECT = CERTMGMT + "certs.cn."

_DEFAULTS: dict[str, Any] = {
    MODE: "vmca",
    DAYS_VALID: 1825,
    MINUTES_BEFORE: 1440,
    SOFT_THRESHOLD: 240,
    HARD_THRESHOLD: 30,
    CERTMGMT + "certs.pollIntervalDays": 5,
    SUBJECT + "country": "US",
    SUBJECT + "state": "California",
    SUBJECT + "localityName": "Palo Alto",
    SUBJECT + "organizationName": "VMware",
    SUBJECT + "organizationalUnitName": "VMware Engineering",
    SUBJECT + "email": "vmca@vmware.com",
}


class Settings:
    """Settings by name; their types stay what they are."""

    def __init__(self, given: Mapping[str, Any], fqdn: str, sts: str) -> None:
        """sts: where its STS is, as a URL, by which clients find it and the lookup service."""
        self._values = {**_DEFAULTS, "VirtualCenter.FQDN": fqdn, "VirtualCenter.InstanceName": fqdn, STS_URI: sts}
        for name, value in given.items():
            if value is None:
                self._values.pop(name, None)
            else:
                self._values[name] = value

    def __getitem__(self, name: str) -> Any:
        return self._values.get(name, _DEFAULTS.get(name))

    def named(self, name: str) -> dict[str, Any]:
        """The settings under a prefix that ends with a dot, or the one of exactly that name; all of them for none."""
        if not name:
            return dict(self._values)
        if name.endswith("."):
            return {key: value for key, value in self._values.items() if key.startswith(name)}
        return {key: value for key, value in self._values.items() if key == name}

    def knows(self, name: str) -> bool:
        """Whether there is such a setting."""
        return name in self._values

    def put(self, name: str, value: Any) -> None:
        """Change a setting."""
        known = self._values.get(name)
        self._values[name] = int(value) if isinstance(known, int) else value

    @property
    def mode(self) -> str:
        """vmca, custom or thumbprint."""
        return str(self[MODE])

    @property
    def subject(self) -> dict[str, str]:
        """What VMCA writes into the subject of a host's certificate."""
        return {name[len(SUBJECT) :]: str(value) for name, value in self.named(SUBJECT).items()}
