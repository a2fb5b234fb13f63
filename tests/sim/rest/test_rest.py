# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Automation API: sessions, errors, and the shapes of what it gives."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from processes import module
from vsphere_sim.testing import estate

from ..conftest import Client, connect

TLS = "/api/vcenter/certificate-management/vcenter/tls"
CHAINS = "/api/vcenter/certificate-management/vcenter/trusted-root-chains"


def test_session(client: Client) -> None:
    assert client.rest("GET", TLS)[0] == 401
    assert client.rest("POST", "/api/session")[0] == 401
    token = client.token()
    assert client.rest("GET", "/api/session", token)[1]["user"] == client.vcenter.username
    assert client.rest("DELETE", "/api/session", token) == (204, None)
    assert client.rest("GET", "/api/session", token)[0] == 401


def test_certificates(client: Client) -> None:
    token = client.token()
    tls = client.rest("GET", TLS, token)[1]
    assert tls["cert"] == ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(tls["cert"]))
    certificate = x509.load_pem_x509_certificate(tls["cert"].encode())
    assert (tls["serial_number"], tls["thumbprint"]) == (
        f"{certificate.serial_number:x}",
        certificate.fingerprint(hashes.SHA1()).hex().upper(),
    )
    assert tls["key_usage"] == ["digitalSignature", "keyEncipherment", "keyAgreement"]
    assert (tls["subject_dn"], tls["authority_information_access_uri"]) == (
        "CN=vc01.example, C=US",
        ["URIName: https://vc01.example/afd/vecs/ca"],
    )
    assert tls["issuer_dn"] == "OU=VMware Engineering, O=vc01.example, ST=California, C=US, DC=local, DC=vsphere, CN=CA"
    [entry] = client.rest("GET", CHAINS, token)[1]
    chain = client.rest("GET", f"{CHAINS}/{entry['chain']}", token)[1]["cert_chain"]["cert_chain"]
    assert chain == [root["pem"] for root in client.estate.state()["vcenters"][0]["roots"]]
    assert client.rest("GET", f"{CHAINS}/00FF", token)[0] == 404
    signing = client.rest("GET", "/api/vcenter/certificate-management/vcenter/signing-certificate", token)[1]
    assert len(signing["active_cert_chain"]["cert_chain"]) == 2


def test_topology_and_backups(client: Client) -> None:
    token = client.token()
    assert [one["node"] for one in client.rest("GET", "/api/vcenter/topology/nodes", token)[1]] == ["vc01.example"]
    backups = client.rest("GET", "/api/appliance/recovery/backup/job/details", token)[1]
    assert sorted(one["status"] for one in backups.values()) == ["FAILED", "SUCCEEDED"]


def test_services(client: Client) -> None:
    token = client.token()
    assert client.rest("GET", "/api/vcenter/services/sps", token)[1]["state"] == "STARTED"
    assert client.rest("GET", "/api/vcenter/services/nonesuch", token)[0] == 404


def test_what_an_older_vcenter_does_not_have(client: Client) -> None:
    client.estate.set("vcenter", vcenter="vc01", missing_rest_paths=["/api/vcenter/topology/*"])
    status, error = client.rest("GET", "/api/vcenter/topology/nodes", client.token())
    client.estate.set("vcenter", vcenter="vc01", missing_rest_paths=[])
    assert (status, error["error_type"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/api/nonesuch", "/nonesuch", "/sdk/nonesuch"])
def test_nothing_there(client: Client, path: str) -> None:
    assert client.rest("GET", path, client.token())[0] == 404


def test_there_are_no_tags_for_who_looks_for_them(client: Client) -> None:
    token = client.token()
    for path in ("/api/cis/tagging/tag", "/api/cis/tagging/category"):
        assert client.rest("GET", path, token) == (200, [])
    assert client.rest("GET", "/rest/com/vmware/cis/tagging/tag", token) == (200, {"value": []})


def test_a_vmca_below_another_ca_is_in_one_chain_with_it_and_what_it_issues_is_trusted(tmp_path: Path) -> None:
    scenario = {"vcenters": [{"subordinate_vmca": True, "clusters": [{"hosts": [{}, {"certificate": {"days_left": 5}}]}]}]}
    with estate(tmp_path / "estate", scenario=scenario, speed=100) as running:
        client = connect(running)
        token = client.token()
        [entry] = client.rest("GET", CHAINS, token)[1]
        vmca, above = (
            x509.load_pem_x509_certificate(pem.encode())
            for pem in client.rest("GET", f"{CHAINS}/{entry['chain']}", token)[1]["cert_chain"]["cert_chain"]
        )
        answer = module(running, "cert_expiry_facts")
        truth = running.state()["vcenters"][0]
    assert vmca.issuer == above.subject == above.issuer != vmca.subject
    facts = answer.result["ansible_facts"]["certops"]
    assert {host["issuer"] for host in facts["hosts"]} == {"vmca"}
    assert all(host["served"]["trusted"] for host in facts["hosts"])
    assert {one["sha256_fingerprint"] for one in facts["vcenter"]["trusted_roots"]} == {
        one.fingerprint(hashes.SHA256()).hex(":").upper() for one in (vmca, above)
    }
    assert facts["vcenter"]["vmca_root"]["sha256_fingerprint"] == truth["vmca_root"]["sha256_fingerprint"]
