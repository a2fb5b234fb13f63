# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""esxi_cert_regenerate_cli, over real SSH: what it makes, what it refuses, and how it puts things back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openssh import needs_ssh
from ssh_hosts import backups, broken_by, over_ssh, pair, restarts
from vsphere_sim.testing import RunningEstate, estate

pytestmark = needs_ssh

HOSTS = 17
EXPIRING = {"version": "8.0.3", "certificate": {"days_left": 20}, "provider": {}}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """Hosts that expire soon; each test takes another one."""
    scenario = {
        "vcenters": [
            {
                "name": "vc01",
                "version": "8.0.3",
                "clusters": [{"name": "a", "hosts": [*([EXPIRING] * HOSTS), {**EXPIRING, "version": "7.0.3"}]}],
            }
        ]
    }
    with estate(tmp_path_factory.mktemp("cli") / "estate", scenario=scenario, speed=50, ssh="on", inventory_esxi=True) as it:
        yield it


@pytest.fixture
def host(running: RunningEstate) -> Iterator[str]:
    """A host that no test has touched, and no rule afterwards."""
    used.append(len(used))
    yield running.state()["vcenters"][0]["hosts"][len(used) - 1]["name"]
    running.clear_faults()


used: list[int] = []


def untouched(running: RunningEstate, name: str, before: dict[str, Any]) -> bool:
    """Whether a host has the pair that it had, serves it on both ports, and keeps it over a reboot."""
    now = running.host(name)
    shown = before["certificate"]["sha256_fingerprint"]
    served = {now["served"]["sha256_fingerprint"], now["served_443"]["sha256_fingerprint"]}
    kept = now["files"] is None or not now["files"]["made"] or (pair(now) == pair(before) and now["files"]["backed_up"])
    return bool(now["certificate"]["sha256_fingerprint"] == shown and served == {shown} and kept)


def look(running: RunningEstate, name: str) -> dict[str, Any]:
    """The host, its files made: reading them over SSH makes them."""
    over_ssh(running, name, check=True)
    return running.host(name)


def test_it_is_predicted_done_and_then_nothing_is_left(running: RunningEstate, host: str) -> None:
    predicted = over_ssh(running, host, check=True)
    before = running.host(host)
    assert predicted.statuses == {host: "changed"}
    assert untouched(running, host, before)
    assert not backups(before)
    # Not a file, mode or backup on the host is another after one more look.
    assert before["files"]["pem"]
    assert look(running, host)["files"] == before["files"]
    assert not [call for call in running.journal() if call["target"] == host and call["mutating"]]

    done = over_ssh(running, host)
    after = running.host(host)
    result = done.result["hosts"][0]
    assert done.statuses == predicted.statuses
    new = after["certificate"]["sha256_fingerprint"]
    assert result["after"]["sha256_fingerprint"] == new != before["certificate"]["sha256_fingerprint"]
    assert after["served"]["sha256_fingerprint"] == after["served_443"]["sha256_fingerprint"] == new
    assert result["certificate_pem"] == after["certificate"]["pem"]
    assert result["trusted_by"] == "ssh"
    assert result["after"]["names"] == [host]
    assert after["files"]["backed_up"]
    # The old pair is in the backup, with its modes, and the new key has the mode of the old.
    assert backups(after) == {result["backup"]}
    assert pair(after, result["backup"]) == pair(before)
    assert pair(after)["rui.key"][1] == pair(before)["rui.key"][1] == "0400"
    assert restarts(running, host) == ["hostd restart", "vpxa restart", "iofiltervpd restart"]

    again = over_ssh(running, host)
    assert (again.statuses, again.result["changed"]) == ({host: "unchanged"}, False)
    assert again.result["hosts"][0]["certificate_pem"] == result["certificate_pem"]


def test_an_older_host_has_its_proxy_restarted_too(running: RunningEstate) -> None:
    old = running.state()["vcenters"][0]["hosts"][-1]["name"]
    assert over_ssh(running, old).statuses == {old: "changed"}
    assert restarts(running, old) == ["hostd restart", "vpxa restart", "rhttpproxy restart", "iofiltervpd restart"]


@pytest.mark.parametrize("command", ["generate-certificates", "auto-backup.sh"])
def test_what_fails_before_the_reload_is_put_back_and_nothing_is_restarted(running: RunningEstate, host: str, command: str) -> None:
    before = look(running, host)
    running.fault(broken_by(command, host, exit_status=1, stderr="No space left on device"))
    failed = over_ssh(running, host)
    assert failed.returncode != 0
    assert host in failed.message
    assert "No space left on device" in failed.message
    assert "The old certificate and key are back in place, and are what the host serves" in failed.message
    assert failed.result["hosts"][0]["changed"] is False
    assert untouched(running, host, before)
    assert restarts(running, host) == []


def test_what_is_not_served_is_put_back_and_reloaded(running: RunningEstate, host: str) -> None:
    before = look(running, host)
    running.fault(broken_by("iofiltervpd restart", host, exit_status=1, stderr="cannot start"))
    failed = over_ssh(running, host, host_timeout_seconds=8)
    assert "does not serve the certificate that lies on its disk: port 9080" in failed.message
    assert "cannot start" in failed.message
    assert "are back in place, and are served again" in failed.message
    assert untouched(running, host, before)


def test_all_services_are_restarted_only_where_that_is_allowed(running: RunningEstate, host: str) -> None:
    running.fault(broken_by("iofiltervpd restart", host, exit_status=1, stderr="cannot start"))
    done = over_ssh(running, host, host_timeout_seconds=30, reload="all")
    assert done.statuses == {host: "changed"}
    assert restarts(running, host)[-1] == "services.sh restart"
    assert done.result["hosts"][0]["reloaded_by"] == ["hostd, vpxa", "iofiltervpd", "services.sh"]


@pytest.mark.parametrize("command", ["generate-certificates", "hostd restart", "iofiltervpd restart"])
def test_a_connection_that_ends_meanwhile_is_waited_for(running: RunningEstate, host: str, command: str) -> None:
    running.fault(broken_by(command, host, drop="after"))
    done = over_ssh(running, host)
    assert done.statuses == {host: "changed"}, done.printed
    after = running.host(host)
    assert after["served"]["sha256_fingerprint"] == after["certificate"]["sha256_fingerprint"]
    assert running.journal()[-1]


def test_a_run_that_died_before_the_reload_is_finished_by_the_next(running: RunningEstate, host: str) -> None:
    look(running, host)
    # Every way to have it served fails, and so does putting the old pair back: as if nobody were there any more.
    running.fault(broken_by("hostd restart", host, drop="before"))
    running.fault(broken_by("*", host, times=None, drop="before"))
    assert over_ssh(running, host, host_timeout_seconds=2).returncode != 0
    running.clear_faults()
    assert over_ssh(running, host).returncode == 0
    after = running.host(host)
    assert (
        after["served"]["sha256_fingerprint"]
        == after["served_443"]["sha256_fingerprint"]
        == after["certificate"]["sha256_fingerprint"]
    )


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"configured_name": "localhost.localdomain"}, "it was never named (its configured name is localhost.localdomain)"),
        ({"configured_name": "other.example.com"}, "goes by the name other.example.com"),
        ({"clock_offset_seconds": 900}, "seconds ahead of this controller's"),
        ({"disk_full": True}, "/etc/vmware/ssl"),
        ({"services": {"TSM-SSH": False}}, "Connection refused"),
        ({"lockdown_mode": "lockdownNormal"}, "lockdown mode, which lets only exception users in"),
    ],
)
def test_an_unfit_host_is_refused_before_anything_is_changed(running: RunningEstate, state: dict[str, Any], told: str) -> None:
    name = running.state()["vcenters"][0]["hosts"][HOSTS - 1]["name"]
    before = look(running, name)
    running.clear_journal()
    running.set("host", host=name, **state)
    refused = over_ssh(running, name, esxi_host="esx01.example.com" if "other" in told else name)
    running.set("host", host=name, configured_name=name, clock_offset_seconds=0, disk_full=False, services={"TSM-SSH": True})
    running.set("host", host=name, lockdown_mode="lockdownDisabled")
    assert refused.returncode != 0
    assert told in refused.message
    assert untouched(running, name, before)
    assert not [call["method"] for call in running.journal() if call["method"] in ("generate-certificates", "auto-backup.sh")]


def through(running: RunningEstate) -> dict[str, Any]:
    """The options that lead to the vCenter."""
    address = running.vcenter("vc01")
    account = {"username": address.username, "password": address.password, "ca_path": str(running.ca_path)}
    return {"hostname": address.address, "port": address.port, **account}


def runs(running: RunningEstate, name: str) -> bool:
    """Whether SSH of a host does."""
    return bool(running.host(name)["services"]["TSM-SSH"]["running"])


@pytest.mark.parametrize("way", ["notify", "agents"])
def test_ssh_is_switched_on_for_it_and_off_again_also_where_vcenter_has_lost_the_host(
    running: RunningEstate, host: str, way: str
) -> None:
    running.set("host", host=host, services={"TSM-SSH": False})
    running.clear_journal()
    predicted = over_ssh(running, host, check=True, switch_ssh=True, **through(running))
    assert predicted.statuses == {host: "changed"}
    assert not [call for call in running.journal() if call["mutating"]]
    # Where nobody is notified the host's daemons restart with a certificate that vCenter does not have on record.
    if way == "agents":
        refused = {"fault": "vmodl.fault.NotSupported"}
        running.fault({"match": {"method": "NotifyAffectedServices"}, "times": 3, "effect": refused})
    done = over_ssh(running, host, switch_ssh=True, **through(running))
    assert done.statuses == {host: "changed"}, done.printed
    assert not runs(running, host)
    assert running.host(host)["served"]["sha256_fingerprint"] == done.result["hosts"][0]["after"]["sha256_fingerprint"]
    calls = [call["method"] for call in running.journal() if call["target"] == host and call["outcome"] == "ok"]
    assert calls.count("StartService") == 1
    assert "StopService" in calls or "vim-cmd hostsvc/stop_ssh" in calls


def test_ssh_that_cannot_be_switched_off_is_a_failure_that_says_so(running: RunningEstate, host: str) -> None:
    running.set("host", host=host, services={"TSM-SSH": False})
    running.fault({"match": {"method": "StopService"}, "effect": {"fault": "vim.fault.NoPermission"}})
    running.fault(broken_by("vim-cmd hostsvc/stop_ssh", host, times=None, exit_status=255, stderr="no"))
    failed = over_ssh(running, host, switch_ssh=True, **through(running))
    assert failed.returncode != 0
    assert f"SSH was switched on for {host} and could not be switched off again" in failed.message
    assert [(one["status"], one["error_code"]) for one in failed.result["hosts"]] == [
        ("changed", None),
        ("failed", "ssh_not_switched_off"),
    ]
    running.clear_faults()
    running.set("host", host=host, services={"TSM-SSH": True})


def test_a_host_whose_key_is_not_checked_is_not_believed(running: RunningEstate, host: str, tmp_path: Path) -> None:
    nobody = {"ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=false -o IdentitiesOnly=yes"}
    unchecked = over_ssh(running, host, variables=nobody)
    assert "nothing proves that it is the one that answers" in unchecked.message
    assert "StrictHostKeyChecking is false" in unchecked.message
    # ssh goes by what comes first, which is what the inventory has in ansible_ssh_common_args.
    later = over_ssh(running, host, check=True, variables={"ansible_ssh_extra_args": "-o StrictHostKeyChecking=no"})
    assert later.result["hosts"][0]["trusted_by"] != "first_use"
    (tmp_path / "known_hosts").write_text("", encoding="utf-8")
    arguments = f"-o UserKnownHostsFile={tmp_path / 'known_hosts'} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
    unknown = over_ssh(running, host, variables={"ansible_ssh_common_args": arguments})
    assert "Host key verification failed" in unknown.message
    vsphere_fault = over_ssh(running, host, check=True, accept_unverified_host=True, variables=nobody)
    assert vsphere_fault.result["hosts"][0]["trusted_by"] == "first_use"
    assert not [call for call in running.journal() if call["target"] == host and call["mutating"]]


def test_neither_a_key_nor_a_password_is_shown(running: RunningEstate, host: str) -> None:
    running.fault(broken_by("auto-backup.sh", host, exit_status=1))
    answers = [over_ssh(running, host, verbose=True), over_ssh(running, host, verbose=True)]
    for answer in answers:
        assert "PRIVATE KEY" not in answer.printed
        assert running.host_password not in answer.printed
    assert "PRIVATE KEY" not in json.dumps(running.journal())


def test_a_command_that_takes_long_is_not_silent(running: RunningEstate, host: str) -> None:
    running.fault(broken_by("generate-certificates", host, delay_seconds=4))
    answer = over_ssh(running, host, variables={"certops_progress_seconds": 1})
    assert answer.statuses == {host: "changed"}, answer.printed
    assert f"{host}: renew_cli has been running for" in answer.printed
