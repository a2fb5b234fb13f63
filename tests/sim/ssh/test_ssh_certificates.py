# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The procedure of KB 320568, typed on the hosts: what is served, and what vCenter makes of it."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from openssh import Shell, needs_ssh
from pyVim.connect import Disconnect
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from ..conftest import connect, wait_for
from ..test_host_endpoints import shown

pytestmark = needs_ssh
ESTATE = {"hosts": 40}

RENEW = "cd /etc/vmware/ssl && mkdir old && mv rui.crt rui.key old && /sbin/generate-certificates"


@pytest.fixture(scope="module")
def unused(shell: Shell) -> Iterator[str]:
    """The hosts of 8.0.3, one after the other."""
    return iter([one["address"] for one in shell.estate.state()["vcenters"][0]["hosts"] if one["version"] == "8.0.3"])


@pytest.fixture
def host(unused: Iterator[str]) -> str:
    """A host that no test had before."""
    return next(unused)


def on_disk(shell: Shell, host: str) -> str:
    return shell.run(host, "cat /etc/vmware/ssl/rui.crt").strip()


def served(host: str, port: int) -> str:
    return shown(host, port).strip()


def state(shell: Shell, host: str) -> str:
    return str(shell.estate.host(host)["connection_state"])


def thumbprint(pem: str) -> str:
    return hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()


def test_by_hand(shell: Shell, host: str) -> None:
    before = served(host, 443)
    assert on_disk(shell, host) == before
    shell.run(host, RENEW)
    after = on_disk(shell, host)
    assert after != before
    # Nobody has read it yet.
    assert served(host, 443) == before
    shell.run(host, "/etc/init.d/hostd restart")
    assert served(host, 443) == after
    assert served(host, 9080) == before
    shell.run(host, "/etc/init.d/iofiltervpd restart")
    assert served(host, 9080) == after
    # vCenter does not know it.
    assert state(shell, host) == "notResponding"
    client = connect(shell.estate)
    system = client.hosts()[host]
    WaitForTask(system.DisconnectHost_Task())
    with pytest.raises(vim.fault.SSLVerifyFault) as refused:
        WaitForTask(system.ReconnectHost_Task())
    assert refused.value.thumbprint.replace(":", "") == thumbprint(after)
    WaitForTask(system.ReconnectHost_Task(vim.host.ConnectSpec(sslThumbprint=refused.value.thumbprint)))
    Disconnect(client.instance)
    described = shell.estate.host(host)
    assert described["connection_state"] == "connected"
    assert described["record"]["pem"].strip() == after
    kept = {one["path"]: one for one in described["files"]["pem"]}
    assert kept["/etc/vmware/ssl/old/rui.key"]["mode"] == "0400"
    assert kept["/etc/vmware/ssl/old/rui.key"]["public_key_sha256"] == kept["/etc/vmware/ssl/old/rui.crt"]["public_key_sha256"]
    assert "PRIVATE" not in str(described)


def test_all_services(shell: Shell, host: str) -> None:
    vsphere_fault = shell.run(host, f"{RENEW} && services.sh restart")
    assert "iofiltervpd started." in vsphere_fault
    assert served(host, 443) == served(host, 9080) == on_disk(shell, host)


def test_before_8_another_daemon_serves_443(shell: Shell) -> None:
    old = next(one["address"] for one in shell.estate.state()["vcenters"][0]["hosts"] if one["version"] == "7.0.3")
    before = served(old, 443)
    shell.run(old, f"{RENEW} && /etc/init.d/hostd restart")
    assert served(old, 443) == before
    shell.run(old, "/etc/init.d/rhttpproxy restart")
    assert served(old, 443) == on_disk(shell, old) != before


def test_the_pair_is_real(shell: Shell, host: str) -> None:
    shell.estate.set("host", host=host, configured_name="renamed.example")
    shell.run(host, RENEW)
    folder = "/etc/vmware/ssl"
    modulus = shell.run(
        host, f"openssl x509 -in {folder}/rui.crt -noout -modulus; openssl rsa -in {folder}/rui.key -noout -modulus"
    )
    assert len(set(modulus.split())) == 1
    vsphere_fault = shell.run(
        host, f"openssl x509 -in {folder}/rui.crt -noout -subject -ext subjectAltName; ls -ln {folder}/rui.key"
    )
    assert "CN = renamed.example" in vsphere_fault
    assert "DNS:renamed.example" in vsphere_fault
    assert "-r--------" in vsphere_fault


def test_a_known_certificate_is_taken_back(shell: Shell, host: str) -> None:
    shell.estate.clear_journal()
    shell.run(host, "/etc/init.d/hostd restart; /etc/init.d/vpxa restart")
    wait_for("the connection", lambda: state(shell, host) == "connected")


def test_what_was_put_back_is_taken_back(shell: Shell, host: str) -> None:
    shell.run(host, f"{RENEW} && /etc/init.d/hostd restart")
    assert state(shell, host) == "notResponding"
    shell.run(host, "cd /etc/vmware/ssl && mv old/rui.crt old/rui.key . && /etc/init.d/hostd restart")
    wait_for("the connection", lambda: state(shell, host) == "connected")


def test_a_broken_pair_keeps_the_daemon_down(shell: Shell, host: str) -> None:
    done = shell.try_to(
        host, "cd /etc/vmware/ssl && cp -p rui.key keep && openssl genrsa -out rui.key 2048 && /etc/init.d/hostd restart"
    )
    assert done.returncode == 1
    with pytest.raises(ConnectionRefusedError):
        served(host, 443)
    served(host, 9080)
    assert shell.estate.host(host)["stopped_daemons"] == ["hostd"]
    assert shell.try_to(host, "/etc/init.d/hostd status").returncode != 0
    shell.run(host, "cd /etc/vmware/ssl && mv -f keep rui.key && /etc/init.d/hostd start")
    wait_for("the connection", lambda: state(shell, host) == "connected")


def test_what_vcenter_installs_is_in_the_files(shell: Shell, host: str) -> None:
    before = on_disk(shell, host)
    client = connect(shell.estate)
    WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([client.hosts()[host]]))
    assert on_disk(shell, host) == served(host, 443) != before
    shell.run(host, "openssl verify -CAfile /etc/vmware/ssl/castore.pem /etc/vmware/ssl/rui.crt")
    Disconnect(client.instance)


def test_vcenter_installs_nothing_on_a_full_disk(shell: Shell, host: str) -> None:
    before = on_disk(shell, host)
    shell.estate.set("host", host=host, disk_full=True)
    client = connect(shell.estate)
    with pytest.raises(vmodl.fault.SystemError, match="No space left on device"):
        WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([client.hosts()[host]]))
    assert on_disk(shell, host) == served(host, 443) == before
    assert shell.estate.host(host)["record"]["pem"].strip() == before
    Disconnect(client.instance)


def test_services_are_notified_through_vcenter(shell: Shell, host: str) -> None:
    shell.run(host, RENEW)
    client = connect(shell.estate)
    system: Any = client.hosts()[host]
    manager = system.configManager.certificateManager
    assert system.capability.ndcmSupported
    manager.NotifyAffectedServices()
    assert served(host, 443) == served(host, 9080) == on_disk(shell, host)
    assert state(shell, host) == "connected"
    Disconnect(client.instance)


def test_a_reboot_loses_what_was_not_backed_up(shell: Shell, host: str) -> None:
    before = on_disk(shell, host)
    shell.run(host, RENEW)
    assert not shell.estate.host(host)["files"]["backed_up"]
    shell.estate.set("host", host=host, reboot=True)
    shell.estate.set("host", host=host, services={"TSM-SSH": True})
    assert on_disk(shell, host) == before
    shell.run(host, f"{RENEW} && /bin/auto-backup.sh")
    after = on_disk(shell, host)
    shell.estate.set("host", host=host, reboot=True)
    shell.estate.set("host", host=host, services={"TSM-SSH": True})
    assert on_disk(shell, host) == after != before


def test_vcenter_may_call_it_disconnected(shell: Shell, host: str) -> None:
    shell.estate.set("host", host=host, distrusted_as="disconnected")
    shell.run(host, f"{RENEW} && /etc/init.d/hostd restart")
    wait_for("vCenter's look at the host", lambda: state(shell, host) == "disconnected")
