# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""By what a reconnect has vCenter know a host goes by the version that pyVmomi speaks in: what that does not know is left out without a word."""

from __future__ import annotations

import ssl
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import to_pem
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import hosts as vsphere_hosts
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.session import OLDEST_VIM_VERSION, VSphereSession
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.module_utils._wire.pyvmomi_library import GetServiceVersions, IsChildVersion, vim
from ansible_collections.certops.vsphere.plugins.module_utils._wire.soap_stub import SoapStub
from ansible_collections.certops.vsphere.tests.unit.certificates import make, parsed
from ansible_collections.certops.vsphere.tests.unit.fake_vcenter import FakeSession, FakeVCenter, estate_of, fake_vcenter

CERTIFICATE = parsed(make("esx01.example.com", names=("esx01.example.com",)))
# The version in which vSphere has HostConnectSpec.sslCertificate; None where this pyVmomi is older.
SINCE: Optional[str] = next(
    (info.version for info in vim.host.ConnectSpec._GetPropertyList() if info.name == "sslCertificate"), None
)
NEWER = [version for version in GetServiceVersions("vim25") if SINCE is not None and IsChildVersion(version, SINCE)]
OLDER = [version for version in GetServiceVersions("vim25") if version not in NEWER]


class Sent(Exception):
    """Ends a call where it would be sent. request: its XML."""

    def __init__(self, request: str) -> None:
        super().__init__()
        self.request = request


class Recording(SoapStub):
    """Writes requests and sends none."""

    def _exchange(self, request: bytes, deadline: Any) -> tuple[int, bytes]:
        raise Sent(request.decode())


def sent(vcenter: FakeVCenter, version: str) -> str:
    """The XML of a reconnect to a vCenter that is spoken to in this version, though it is a 9.1."""
    session: VSphereSession = FakeSession(vcenter)
    session.content.about.apiVersion = "9.1.0.0"
    place = Connection("vc01", "operator", "secret")
    session._stub = Recording(place, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), version, "/sdk")
    session._stub.server_version = "9.1.0.0"
    known = vsphere_hosts.known_certificate(session, CERTIFICATE, CERTIFICATE.sha1_thumbprint)
    with pytest.raises(Sent) as caught:
        vsphere_hosts.reconnect(session, estate_of(vcenter).hosts[0], known)
    return caught.value.request


@pytest.fixture
def vcenter() -> FakeVCenter:
    """A vCenter of one host."""
    return fake_vcenter(hosts=1)


@pytest.mark.parametrize("version", [OLDER[0], OLDEST_VIM_VERSION])
def test_spoken_to_in_an_older_version_a_newer_vcenter_is_sent_the_thumbprint(vcenter: FakeVCenter, version: str) -> None:
    request = sent(vcenter, version)
    assert f"<sslThumbprint>{CERTIFICATE.sha1_thumbprint}</sslThumbprint>" in request
    assert "sslCertificate" not in request


@pytest.mark.skipif(not NEWER, reason="this pyvmomi is older than vSphere 9.0")
@pytest.mark.parametrize("version", [*NEWER[:1], *NEWER[-1:]])
def test_since_9_0_the_whole_certificate_is_sent(vcenter: FakeVCenter, version: str) -> None:
    request = sent(vcenter, version)
    assert f"<sslCertificate>{to_pem(CERTIFICATE)}</sslCertificate>" in request
    assert "sslThumbprint" not in request
