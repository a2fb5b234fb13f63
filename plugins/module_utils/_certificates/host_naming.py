# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate names a host so that all who look at it take it: vCenter by OpenSSL, and SPS, which is Java.

The two differ in what they make of old and odd certificates. What only one of them takes would leave the host without vCenter, or its
provider without SPS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .._common import names
from .certificate import alternative_names_of, common_names_of
from .x509_library import x509


@dataclass(frozen=True)
class Naming:
    """The names in a certificate, each as it is written."""

    dns: tuple[str, ...]
    addresses: tuple[str, ...]
    common: tuple[str, ...]

    @classmethod
    def of(cls, loaded: x509.Certificate) -> Naming:
        """The names of a certificate."""
        return cls(*alternative_names_of(loaded), common_names_of(loaded))

    def flaws(self, esxi_host: str) -> list[str]:
        """Why somebody would not take it for the host that vCenter knows by this name; nothing where all would."""
        address = names.as_address(names.normalise(esxi_host))
        wildcards = [one for one in (*self.dns, *self.common) if "*" in one]
        if wildcards:
            return [f"it is for {wildcards[0]}, and vSphere takes no wildcard: have your CA name {esxi_host} itself"]
        problem = self._name_problem(esxi_host) if address is None else self._address_problem(address)
        if problem is not None:
            return [problem]
        if self.common and not any(names.normalise(one) == names.normalise(esxi_host) for one in self.common):
            return [
                f"its common name is {', '.join(self.common)}, and vSphere wants it to be {esxi_host} as the alternative name is: have your CA"
                " keep the subject of the request"
            ]
        return []

    def _address_problem(self, address: str) -> Optional[str]:
        if address in self.addresses:
            return None
        ask = f"have your CA write {address} as an IP address into the subject alternative name"
        if any(names.as_address(one) == address for one in self.dns):
            return f"it has the address {address} as a DNS name, which neither OpenSSL (vCenter) nor Java (SPS) takes for an address: {ask}"
        if not (self.dns or self.addresses) and any(names.as_address(one) == address for one in self.common):
            return f"it has the address {address} as its common name only, where neither OpenSSL (vCenter) nor Java (SPS) looks for it: {ask}"
        return self._for_another(address)

    def _name_problem(self, esxi_host: str) -> Optional[str]:
        wanted = esxi_host.strip().lower()
        if "_" in wanted:
            return (
                f"the name of the host has an underscore, so that Java (SPS) takes no certificate for {esxi_host}: have the host known to vCenter"
                " by a name without one"
            )
        ask = f"have your CA write {esxi_host} as a DNS name into the subject alternative name"
        if self.dns:
            if wanted in (one.lower() for one in self.dns):
                return None
            if wanted in (one.lower().rstrip(".") for one in self.dns):
                return f"its DNS name ends with a dot, with which neither OpenSSL (vCenter) nor Java (SPS) takes it for the host: {ask}, without it"
            return self._for_another(esxi_host)
        # Without any DNS name both look at the common name, addresses or none beside it.
        if wanted not in (one.lower() for one in self.common):
            return self._for_another(esxi_host)
        if len(self.common) > 1:
            return f"it has several common names and no DNS name, of which Java (SPS) looks at one only: {ask}"
        return None

    def _for_another(self, esxi_host: str) -> str:
        shown = ", ".join((*self.dns, *self.addresses) or self.common) or "no name"
        return f"it is for {shown} and not for {esxi_host}"
