# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's certificate from a CA of the site, with plain pyVmomi: requested, signed, installed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from pyVim.connect import Disconnect
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl
from vsphere_sim.testing import RunningEstate, estate

from .conftest import SPEED, Client, connect

HostConfigFault = vim.fault.HostConfigFault
HOSTS = [
    {"version": "8.0.3", "certificate": {"days_left": 20, "issuer": "corporate"}},
    {"version": "7.0.3", "certificate": {"days_left": 20, "issuer": "corporate"}, "reloads_on": "reconnect"},
    {"version": "8.0.3", "certificate": {"days_left": 20, "issuer": "corporate"}, "records_on": "reconnect"},
]
ACCOUNTS = [{"username": "few@vsphere.local", "privileges": ["StorageViews.View", "Host.Config.Connection"]}]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """A vCenter in mode custom."""
    vcenter = {
        "name": "vc01",
        "settings": {"vpxd.certmgmt.mode": "custom"},
        "clusters": [{"name": "a", "hosts": HOSTS}],
        "accounts": ACCOUNTS,
    }
    with estate(tmp_path_factory.mktemp("site"), scenario={"vcenters": [vcenter]}, speed=SPEED) as running:
        yield running


@pytest.fixture
def client(site: RunningEstate) -> Iterator[Client]:
    """An administrator."""
    client = connect(site)
    yield client
    Disconnect(client.instance)


def host_number(client: Client, number: int) -> tuple[str, Any]:
    return sorted(client.hosts().items())[number]


def manager_of(host: Any) -> Any:
    return host.configManager.certificateManager


def signed(site: RunningEstate, csr_pem: str, days: float = 700) -> str:
    """What the site's CA makes of a request."""
    request = x509.load_pem_x509_csr(csr_pem.encode())
    folder = site.directory / "corporate"
    issuer = x509.load_pem_x509_certificate((folder / "vc01.pem").read_bytes())
    key: Any = load_pem_private_key((folder / "vc01.key").read_bytes(), None)
    now = datetime.now(timezone.utc)
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    built = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(issuer.subject)
        .public_key(request.public_key())  # type: ignore[arg-type]
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(names.value, critical=False)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()


def served(name: str, port: int) -> str:
    return ssl.get_server_certificate((name, port))


def test_a_request_names_the_host_and_its_key_stays_there(site: RunningEstate, client: Client) -> None:
    name, host = host_number(client, 0)
    before = served(name, 443)
    csr_pem = manager_of(host).GenerateCertificateSigningRequest(False)
    request = x509.load_pem_x509_csr(csr_pem.encode())
    assert request.is_signature_valid
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == [name]
    assert site.host(name)["requested"]
    assert "PRIVATE KEY" not in csr_pem + str(site.state()) + str(site.journal())
    assert served(name, 443) == before
    entry = next(one for one in site.journal() if one["method"].startswith("Generate"))
    assert (entry["method"], entry["target"], entry["mutating"]) == ("GenerateCertificateSigningRequest", name, True)


def test_since_8_0_3_the_daemons_wait_to_be_told(site: RunningEstate, client: Client) -> None:
    name, host = host_number(client, 0)
    before = served(name, 443)
    pem = signed(site, manager_of(host).GenerateCertificateSigningRequest(True))
    manager_of(host).InstallServerCertificate(pem)
    assert site.host(name)["record"]["pem"] == pem
    assert served(name, 443) == served(name, 9080) == before
    manager_of(host).NotifyAffectedServices()
    assert served(name, 443) == served(name, 9080) == pem
    assert site.host(name)["connection_state"] == "connected"
    assert not site.host(name)["requested"]


def test_an_older_host_takes_it_up_as_after_a_renewal(site: RunningEstate, client: Client) -> None:
    name, host = host_number(client, 1)
    before = served(name, 443)
    pem = signed(site, manager_of(host).GenerateCertificateSigningRequest(False))
    manager_of(host).InstallServerCertificate(pem)
    assert (served(name, 443), served(name, 9080)) == (pem, before)
    WaitForTask(host.DisconnectHost_Task())
    WaitForTask(host.ReconnectHost_Task())
    assert served(name, 9080) == pem


def test_vcenter_may_have_it_on_record_only_after_a_reconnect(site: RunningEstate, client: Client) -> None:
    name, host = host_number(client, 2)
    before = site.host(name)["record"]["pem"]
    pem = signed(site, manager_of(host).GenerateCertificateSigningRequest(False))
    manager_of(host).InstallServerCertificate(pem)
    manager_of(host).NotifyAffectedServices()
    assert site.host(name)["record"]["pem"] == before
    WaitForTask(host.DisconnectHost_Task())
    WaitForTask(host.ReconnectHost_Task())
    assert site.host(name)["record"]["pem"] == pem


def test_only_a_certificate_for_the_last_request_is_installed(site: RunningEstate, client: Client) -> None:
    name, host = host_number(client, 0)
    before = site.host(name)["certificate"]
    first = signed(site, manager_of(host).GenerateCertificateSigningRequest(False))
    second = signed(site, manager_of(host).GenerateCertificateSigningRequest(False))
    for refused in (first, "no certificate", "-----BEGIN CERTIFICATE-----\n"):
        with pytest.raises(HostConfigFault):
            manager_of(host).InstallServerCertificate(refused)
    assert site.host(name)["certificate"] == before
    manager_of(host).InstallServerCertificate(second)
    with pytest.raises(HostConfigFault, match="last request"):
        manager_of(host).InstallServerCertificate(second)


def test_it_takes_a_privilege_and_a_host_within_reach(site: RunningEstate, client: Client) -> None:
    name, host = host_number(client, 0)
    other = connect(site, username="few@vsphere.local")
    with pytest.raises(vim.fault.NoPermission):
        manager_of(other.hosts()[name]).GenerateCertificateSigningRequest(False)
    Disconnect(other.instance)
    site.set("host", host=name, reachable=False)
    with pytest.raises(vmodl.fault.HostNotReachable):
        manager_of(host).GenerateCertificateSigningRequest(False)
    site.set("host", host=name, reachable=True, connection_state="disconnected")
    with pytest.raises(vmodl.fault.HostNotConnected):
        manager_of(host).InstallServerCertificate("x")
    site.set("host", host=name, connection_state="connected")
