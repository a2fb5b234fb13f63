# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated estate for each module that wants its own, and clients that know nothing of it."""

from __future__ import annotations

import base64
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Optional

import pytest
from openssh import Shell, estate_with_ssh
from pyVim.connect import Disconnect, SmartConnect, SoapStubAdapter
from pyVmomi import sms, vim
from vsphere_sim.testing import RunningEstate, VCenterAddress, estate

SPEED = 50
# Nobody waits for so long but where something is wrong.
PATIENCE_SECONDS = 120.0


@dataclass
class Client:
    """Plain pyVmomi and urllib, for one vCenter."""

    estate: RunningEstate
    vcenter: VCenterAddress
    context: ssl.SSLContext
    instance: Any

    @property
    def content(self) -> Any:
        return self.instance.content

    def hosts(self) -> dict[str, Any]:
        """HostSystem by name."""
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [vim.HostSystem], True)
        try:
            return {host.name: host for host in view.view}
        finally:
            view.Destroy()

    def storage(self) -> Any:
        """SMS's storage manager, by the cookie of this session."""
        cookie = self.instance._stub.cookie.split('"')[1]
        stub = SoapStubAdapter(
            host=self.vcenter.address,
            port=self.vcenter.port,
            path="/sms/sdk",
            version="sms.version.version14",
            sslContext=self.context,
            requestContext={"vcSessionCookie": cookie},
        )
        return sms.ServiceInstance("ServiceInstance", stub).QueryStorageManager()

    def providers(self) -> dict[str, Any]:
        """VasaProviderInfo by name."""
        return {info.name: info for info in (one.QueryProviderInfo() for one in self.storage().QueryProvider())}

    def rest(self, method: str, path: str, token: Optional[str] = None, **headers: str) -> tuple[int, Any]:
        """Status and decoded body."""
        if token:
            headers["vmware-api-session-id"] = token
        url = f"https://{self.vcenter.address}:{self.vcenter.port}{path}"
        request = urllib.request.Request(url, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as answer:
                body = answer.read()
                return answer.status, json.loads(body) if body else None
        except urllib.error.HTTPError as error:
            body = error.read()
            return error.code, json.loads(body) if body.startswith(b"{") else body

    def token(self, password: Optional[str] = None) -> str:
        """A REST session."""
        account = f"{self.vcenter.username}:{password or self.vcenter.password}".encode()
        status, token = self.rest("POST", "/api/session", Authorization="Basic " + base64.b64encode(account).decode())
        assert status == 201, token
        return str(token)


def trust(estate: RunningEstate) -> ssl.SSLContext:
    """The CAs that the simulator wrote."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(estate.ca_path)
    return context


def connect(running: RunningEstate, name: str = "vc01", username: Optional[str] = None) -> Client:
    """Log in."""
    vcenter = running.vcenter(name)
    context = trust(running)
    instance = SmartConnect(
        host=vcenter.address, port=vcenter.port, user=username or vcenter.username, pwd=vcenter.password, sslContext=context
    )
    return Client(running, vcenter, context, instance)


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """Wait until it is so, and return what it gave."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail(f"{what} did not come")


def finished(task: Any) -> Any:
    """The info of an SMS task that has ended."""

    def info() -> Any:
        info = task.QuerySmsTaskInfo()
        return info if info.state in ("success", "error") else None

    return wait_for("the end of the task", info)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """The demonstration's estate, fifty times as fast as in life."""
    with estate(tmp_path_factory.mktemp("estate"), scenario="demo", speed=SPEED) as running:
        yield running


@pytest.fixture
def client(demo: RunningEstate) -> Iterator[Client]:
    """An administrator of vc01."""
    demo.clear_faults()
    client = connect(demo)
    yield client
    demo.clear_faults()
    Disconnect(client.instance)


@pytest.fixture(scope="module")
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Hosts with SSH; a module's ESTATE has the options of its own estate."""
    with estate_with_ssh(tmp_path_factory.mktemp("ssh"), **getattr(request.module, "ESTATE", {})) as running:
        yield running
