# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is registered with the lookup service: a few of the thirty services that a vCenter has there."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Optional

from cryptography.hazmat.primitives.serialization import Encoding

from ..estate.accounts import ADMINISTRATOR
from ..estate.settings import STS_URI
from ..estate.vcenter import VCenter

PRODUCT = "com.vmware.cis"
SITE = "default-site"


@dataclass(frozen=True)
class Registration:
    """One service with its one endpoint; trusts: the certificate there, in base64."""

    service_id: str
    service_type: str
    version: str
    url: str
    protocol: str
    endpoint_type: str
    trusts: str
    owner: str

    def matches(self, product: Optional[str], kind: Optional[str], protocol: Optional[str], endpoint: Optional[str]) -> bool:
        """Whether a filter means it; what the filter does not name is all the same."""
        asked = ((product, PRODUCT), (kind, self.service_type), (protocol, self.protocol), (endpoint, self.endpoint_type))
        return all(not wanted or wanted == had for wanted, had in asked)


def registrations(vcenter: VCenter) -> list[Registration]:
    """The STS twice, by its name of today and by the old one that PowerCLI asks for, and vCenter itself."""
    trusts = base64.b64encode(vcenter.trust.machine_ssl.x509.public_bytes(Encoding.DER)).decode()
    sts = str(vcenter.settings[STS_URI])
    instance = vcenter.identity.instance_uuid

    def identity(kind: str) -> Registration:
        return Registration(
            f"{SITE}:{instance}", kind, "2.0", sts, "wsTrust", "com.vmware.cis.cs.identity.sso", trusts, ADMINISTRATOR
        )

    sdk = f"https://{vcenter.identity.authority}/sdk"
    owner = f"vpxd-{instance}@vsphere.local"
    itself = Registration(instance, "vcenterserver", vcenter.vim_versions.newest_id, sdk, "vmomi", "com.vmware.vim", trusts, owner)
    return [identity("cs.identity"), identity("sso:sts"), itself]
