# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ESXi hosts serve: the certificate that they have now."""

from __future__ import annotations

import socket
import ssl
import urllib.request

import pytest
from cryptography import x509
from pyVim.task import WaitForTask
from vsphere_sim.testing import RunningEstate

from .conftest import Client, trust


def shown(address: str, port: int) -> str:
    """The certificate that an endpoint shows, believed or not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((address, port), timeout=10) as plain, context.wrap_socket(plain) as wrapped:
        der = wrapped.getpeercert(binary_form=True)
    assert der
    return ssl.DER_cert_to_PEM_cert(der)


def test_version_xml_is_verified(demo: RunningEstate) -> None:
    host = next(host for host in demo.state()["vcenters"][0]["hosts"] if host["connection_state"] == "connected")
    with urllib.request.urlopen(f"https://{host['name']}:9080/version.xml", context=trust(demo), timeout=10) as answer:
        assert b'<version id="1.5">' in answer.read()


def test_renewing_changes_what_is_shown(client: Client) -> None:
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "connected")
    before = shown(host.name, 9080)
    WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([host]))
    after = shown(host.name, 9080)
    assert after != before
    assert after == client.estate.host(host.name)["certificate"]["pem"]


def test_certificates_look_as_the_real_ones(demo: RunningEstate) -> None:
    host = demo.state()["vcenters"][0]["hosts"][5]["name"]
    looks = {}
    for issuer in ("vmca", "self"):
        demo.set("host", vcenter="vc01", host=host, impostor={"days_left": 30, "issuer": issuer})
        loaded = x509.load_pem_x509_certificate(shown(host, 9080).encode())
        looks[issuer] = (loaded.issuer.rfc4514_string(), {one.oid._name for one in loaded.extensions if not one.critical})
        assert loaded.issuer != loaded.subject
        if issuer == "vmca":
            assert loaded.serial_number.bit_length() <= 64
    demo.set("host", vcenter="vc01", host=host, impostor=None)
    assert looks["vmca"][1] == {"subjectAltName", "keyUsage", "authorityKeyIdentifier", "authorityInfoAccess"}
    assert looks["self"] == ("O=VMware Installer", {"subjectAltName", "extendedKeyUsage"})


def test_impostor_and_silence(demo: RunningEstate) -> None:
    host = demo.state()["vcenters"][0]["hosts"][5]
    demo.set("host", vcenter="vc01", host=host["name"], impostor={"days_left": 30, "issuer": "unknown"})
    assert shown(host["address"], 9080) != host["served"]["pem"]
    demo.set("host", vcenter="vc01", host=host["name"], impostor=None, reachable=False)
    with pytest.raises((ConnectionError, ssl.SSLError)):
        shown(host["address"], 9080)
    demo.set("host", vcenter="vc01", host=host["name"], reachable=True)
    assert shown(host["address"], 9080) == host["served"]["pem"]


def test_every_certificate_is_what_the_truth_says(demo: RunningEstate) -> None:
    for vcenter in demo.state()["vcenters"]:
        for host in vcenter["hosts"]:
            assert shown(host["address"], 9080) == host["served"]["pem"]
