# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SMS: what it remembers, and how a provider comes and goes."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from pyVim.connect import Disconnect
from pyVim.task import WaitForTask
from pyVmomi import sms, vim, vmodl
from vsphere_sim.testing import RunningEstate, estate

from ..conftest import SPEED, Client, connect, finished, wait_for


def provider_of(name: str) -> str:
    return f"IOFILTER Provider {name}"


@pytest.fixture
def after_restart(client: Client) -> Iterator[None]:
    """Leave SPS as it was found."""
    yield
    wait_for("SPS", lambda: client.estate.state()["vcenters"][0]["sps"]["initialized"])


def test_every_row_is_there(client: Client) -> None:
    infos = client.providers().values()
    assert {info.status for info in infos} == {"online", "offline"}
    assert {info.certificateStatus for info in infos} == {"valid", "expired", "expiryHardLimitReached"}
    assert {info.category for info in infos} == {"internal", "external"}
    assert {info.type for info in infos if info.namespace == "IOFILTERS"} == {"DATASERVICE"}
    truth = {one["uid"]: one for one in client.estate.state()["vcenters"][0]["providers"]}
    assert {info.uid: info.certificate for info in infos} == {uid: one["certificate"]["pem"] for uid, one in truth.items()}
    orphans = [one["name"] for one in truth.values() if one["kind"] == "iofilter" and one["host"] is None]
    assert len(orphans) == 1


def test_unknown_provider_fails_in_the_task(client: Client) -> None:
    info = finished(client.storage().UnregisterProvider_Task("nonesuch"))
    assert isinstance(info.error, vim.fault.NotFound)


def test_life_cycle(client: Client, after_restart: None) -> None:
    """Renew, unregister, restart SPS: only then is the new certificate remembered."""
    host = next(
        host
        for host in client.hosts().values()
        if client.estate.host(host.name)["provider"] and host.config and not host.runtime.inMaintenanceMode
    )
    name = provider_of(host.name)
    before = client.providers()[name]
    WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([host]))
    assert client.providers()[name].certificate == before.certificate
    assert finished(client.storage().UnregisterProvider_Task(before.uid)).state == "success"
    assert name not in client.providers()

    # What is seen while it restarts: a call that waits for its end would see nothing of it.
    client.estate.set("sps", vcenter="vc01", restart_answers="at_once")
    token = client.token()
    path = "/api/vcenter/services/sps?action=restart"
    assert client.rest("POST", path, token) == (204, None)
    status, error = client.rest("POST", path, token)
    assert (status, error["error_type"]) == (400, "NOT_ALLOWED_IN_CURRENT_STATE")
    with pytest.raises(HTTPException, match="503"):
        client.storage()

    # The old session is known to SMS no more; one that is new is.
    def refused() -> str:
        try:
            client.storage()
        except HTTPException:
            return ""
        except sms.fault.ServiceNotInitialized:
            return ""
        except sms.fault.InvalidSession:
            return "InvalidSession"
        return "admitted"

    assert wait_for("SMS", refused) == "InvalidSession"
    again = connect(client.estate)
    wait_for("the provider", lambda: name in again.providers())
    after = again.providers()[name]
    assert after.uid != before.uid
    assert after.certificate == client.estate.host(host.name)["certificate"]["pem"]
    assert after.status == "online"
    registered = [one for one in again.providers().values() if one.url.startswith("https://127.") and one.category == "internal"]
    assert len(registered) >= 12
    Disconnect(again.instance)


def test_stuck(client: Client, after_restart: None) -> None:
    client.estate.set("sps", vcenter="vc01", stuck=True)
    client.rest("POST", "/api/vcenter/services/sps?action=restart", client.token())
    wait_for("STARTING", lambda: client.rest("GET", "/api/vcenter/services/sps", client.token())[1]["state"] == "STARTING")
    client.estate.set("sps", vcenter="vc01", stuck=False)


def test_unreachable_provider_refuses_to_go(client: Client) -> None:
    host = client.estate.state()["vcenters"][0]["hosts"][5]["name"]
    client.estate.set("host", vcenter="vc01", host=host, reachable=False)
    try:
        info = client.providers()[provider_of(host)]
        assert info.status == "offline"
        assert isinstance(finished(client.storage().UnregisterProvider_Task(info.uid)).error, sms.fault.ProviderUnregistrationFault)
    finally:
        client.estate.set("host", vcenter="vc01", host=host, reachable=True)


def test_one_broken_provider(client: Client) -> None:
    host = client.estate.state()["vcenters"][0]["hosts"][5]["name"]
    client.estate.set("provider", vcenter="vc01", host=host, broken=True)
    with pytest.raises(sms.fault.QueryExecutionFault):
        client.providers()
    client.estate.set("provider", vcenter="vc01", host=host, broken=False)
    assert client.providers()


def test_register(client: Client) -> None:
    host = client.estate.state()["vcenters"][0]["hosts"][9]
    url = f"https://{host['name']}:9080/version.xml"

    def register(**changes: str) -> Any:
        given = {"name": "mine", "url": url, "username": "root", "password": client.estate.host_password, **changes}
        return finished(client.storage().RegisterProvider_Task(sms.provider.VasaProviderSpec(**given))).error

    assert isinstance(register(), vim.fault.AlreadyExists)
    client.estate.set("provider", vcenter="vc01", host=host["name"], registered=False)
    assert isinstance(register(url="https://nobody.example:9080/version.xml"), sms.fault.InvalidUrl)
    assert isinstance(register(password="no"), sms.fault.IncorrectUsernamePassword)
    client.estate.set("host", vcenter="vc01", host=host["name"], impostor={"days_left": 90, "issuer": "self"})
    refused = register()
    assert isinstance(refused, sms.fault.CertificateNotTrusted)
    assert ssl.PEM_cert_to_DER_cert(refused.certificate)
    client.estate.set("host", vcenter="vc01", host=host["name"], impostor={"days_left": -1})
    assert isinstance(register(), sms.fault.InvalidCertificate)
    client.estate.set("host", vcenter="vc01", host=host["name"], impostor=None)
    assert register() is None
    assert client.providers()["mine"].certificate == host["served"]["pem"]


@pytest.mark.parametrize("whose", ["host", "own"])
def test_refresh_needs_vasa_2(tmp_path: Path, whose: str) -> None:
    hosts: list[dict[str, Any]] = [{"version": "8.0.3"}, {"version": "9.0.0"}]
    vcenter = {"name": "vc01", "version": "9.0.0", "provider_certificates": whose, "clusters": [{"hosts": hosts}]}
    with estate(tmp_path / "estate", scenario={"vcenters": [vcenter]}, speed=SPEED) as running:
        client = connect(running)
        providers = {one.QueryProviderInfo().name: one for one in client.storage().QueryProvider()}
        old, host = [one["name"] for one in running.state()["vcenters"][0]["hosts"]]
        with pytest.raises(vmodl.fault.NotSupported):
            providers[provider_of(old)].VasaProviderRefreshCertificate_Task()
        # Which any provider can be told, and which does nothing with one that is not disconnected.
        assert finished(providers[provider_of(old)].VasaProviderReconnect_Task()).state == "success"
        running.set("host", vcenter="vc01", host=host, certificate={"days_left": 700})
        before = client.providers()[provider_of(host)].certificate
        assert finished(providers[provider_of(host)].VasaProviderReconnect_Task()).state == "success"
        assert client.providers()[provider_of(host)].certificate == before
        assert finished(providers[provider_of(host)].VasaProviderRefreshCertificate_Task()).state == "success"
        after = client.providers()[provider_of(host)].certificate
        assert before != after == running.host(host)["served"]["pem"]
        assert (after == running.host(host)["certificate"]["pem"]) is (whose == "host")
        Disconnect(client.instance)


def test_without_a_session(demo: RunningEstate) -> None:
    client = connect(demo)
    client.content.sessionManager.Logout()
    with pytest.raises(sms.fault.InvalidSession):
        client.storage()


def test_auditor_sees_and_changes_nothing(demo: RunningEstate) -> None:
    client = connect(demo, username="auditor@vsphere.local")
    assert client.providers()
    with pytest.raises(vim.fault.NoPermission) as refused:
        client.storage().UnregisterProvider_Task("any")
    assert refused.value.privilegeId == "StorageViews.ConfigureService"
    Disconnect(client.instance)


def test_refreshing_cas_takes_providers_offline(client: Client) -> None:
    host = next(
        host
        for host in client.hosts().values()
        if client.providers().get(provider_of(host.name), None) is not None
        and client.providers()[provider_of(host.name)].status == "online"
    )
    WaitForTask(client.content.certificateManager.CertMgrRefreshCACertificatesAndCRLs_Task([host]))
    assert client.providers()[provider_of(host.name)].status == "disconnected"
    loud = [entry for entry in client.estate.journal() if entry["method"].startswith("CertMgrRefreshCA")]
    assert loud[-1]["detail"].startswith("HARMFUL")
    client.estate.set("host", vcenter="vc01", host=host.name, sms_trust_lost=False)
