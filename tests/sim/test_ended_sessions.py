# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session ends between two calls, of which the first leads to what the second is made on: a manager of a host, or of the vCenter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import host_services, hosts
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.clusters import host_monitoring
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.port import SessionPort
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.session import VSphereSession
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from vsphere_sim.testing import RunningEstate, estate


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """A vCenter with a host."""
    with estate(tmp_path_factory.mktemp("estate"), vcenters=1, hosts=1, due=1, seed=3, speed=100) as one:
        yield one


@pytest.fixture
def session(running: RunningEstate) -> Iterator[VSphereSession]:
    """A session with it."""
    place = running.vcenter("vc01")
    connection = Connection(
        hostname=place.address, port=place.port, username=place.username, password=place.password, ca_path=str(running.ca_path)
    )
    with VSphereSession(connection) as one:
        yield one
    running.clear_faults()


def noted(session: VSphereSession, host: EsxiHost) -> None:
    """Write a note on the host's cluster."""
    [cluster] = SessionPort(session).clusters([host])[0]
    host_monitoring.write_note(session, cluster, "a note")


def notified(session: VSphereSession, host: EsxiHost) -> None:
    """Have services take up a certificate."""
    hosts.notify_services(session, host.name, hosts.notifiable(session, host))


def with_client_certificate(session: VSphereSession, host: EsxiHost) -> None:
    """Read the host's certificate as a client of VASA."""
    assert SessionPort(session).client_certificates([host])[1] == []


CALLS: dict[str, Callable[[VSphereSession, EsxiHost], object]] = {
    "StartService": host_services.start_ssh,
    "StopService": host_services.stop_ssh,
    "GenerateCertificateSigningRequest": hosts.request_certificate,
    "ListCACertificates": hosts.ca_certificates,
    "ListCACertificateRevocationLists": hosts.ca_crls,
    "RetrieveCertificateInfoList": with_client_certificate,
    "NotifyAffectedServices": notified,
    "CurrentTime": lambda session, _host: SessionPort(session).server_time(),
    "SetField": noted,
}


@pytest.mark.parametrize("method", CALLS)
def test_the_call_is_made_by_the_session_of_now(method: str, running: RunningEstate, session: VSphereSession) -> None:
    [host] = SessionPort(session).hosts()[0]
    running.fault({"match": {"method": method}, "effect": {"fault": "vim.fault.NotAuthenticated"}, "times": 1})
    CALLS[method](session, host)
    assert running.ask("GET", "/faults")[0]["hits"] == 1, "the call was never made"
