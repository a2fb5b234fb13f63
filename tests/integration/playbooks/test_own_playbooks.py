# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks that docs/pipelines.md and the roles' READMEs show run as they stand there, with other names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import site_ca
import yaml
from openssh import why_not
from processes import BIN, ROOT, mutating, run
from ssh_hosts import NO_MASTER
from vsphere_sim.testing import RunningEstate, estate, sound

GUIDE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
OWN = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", GUIDE[GUIDE.index("## In a playbook of your own") :], re.DOTALL))
# In the order of the procedure: each finds what the one before it left.
BY_VMCA = ("connection", "guard", "observe", "renew", "reconnect", "reregister", "verify", "cert_report", "renew_iofilter")
NO_SSH = why_not()


def due(days_left: float = 20, **changes: Any) -> dict[str, Any]:
    """A host whose certificate is to be renewed."""
    return {"version": "8.0.3", "certificate": {"days_left": days_left}, "provider": {}, **changes}


SOUND = due(900)
# vc00: for the roles' steps, one that vCenter lost, and one that is due by 90 days only. vc01: for the guide. vc02, vc03: in mode custom.
LOST = due(connection_state="notResponding")
OF_THE_SITE = {**due(), "certificate": {"days_left": 20, "issuer": "corporate"}}
SCENARIO = {
    "vcenters": [
        {"name": "vc00", "clusters": [{"name": "a", "hosts": [due(), due(), due(80)]}, {"name": "b", "hosts": [LOST]}]},
        {"name": "vc01", "clusters": [{"name": "a", "hosts": [due(), due(80), SOUND]}]},
        {
            "name": "vc02",
            "settings": {"vpxd.certmgmt.mode": "custom"},
            "clusters": [{"name": "c", "hosts": [OF_THE_SITE, OF_THE_SITE]}],
        },
        {"name": "vc03", "settings": {"vpxd.certmgmt.mode": "custom"}, "clusters": [{"name": "d", "hosts": [OF_THE_SITE]}]},
    ]
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """One estate for all of them: each works on a vCenter, or a host, of its own."""
    with_ssh = {"ssh": "on", "inventory_esxi": True} if NO_SSH is None else {}
    with estate(tmp_path_factory.mktemp("estate"), scenario=SCENARIO, speed=100, **with_ssh) as started:
        yield started


def hosts(running: RunningEstate, vcenter: str) -> list[str]:
    """The names of a vCenter's hosts."""
    [found] = [one for one in running.state()["vcenters"] if one["name"] == vcenter]
    return [host["name"] for host in found["hosts"]]


def shown(*roles: str) -> str:
    """The plays that the READMEs of some roles show."""
    texts = [(ROOT / "roles" / role / "README.md").read_text(encoding="utf-8") for role in roles]
    return "\n".join(play for text in texts for play in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))


def played(
    running: RunningEstate, folder: Path, playbook: str, meant: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a playbook that is shown, on the vCenters of the estate, with names of this estate."""
    for written, real in meant.items():
        assert written in playbook, written
        playbook = playbook.replace(written, real)
    path = folder / "playbook.yml"
    path.write_text(playbook, encoding="utf-8")
    # All vCenters' ESXi hosts stand in the inventory, which the roles then go by; a limit hides none of them.
    command = [str(BIN / "ansible-playbook"), str(path), "-i", str(running.inventory), *arguments]
    environment = {**NO_MASTER, "ANSIBLE_SHOW_CUSTOM_STATS": "1", "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    paths = f"{ROOT / 'playbooks' / 'collections'}:{ROOT / '.collections'}"
    return run(command, {**environment, "ANSIBLE_COLLECTIONS_PATH": paths}, cwd=folder)


def reports(folder: Path) -> list[dict[str, Any]]:
    """The reports of the vCenters in a report folder."""
    return list(json.loads((folder / "report.json").read_text(encoding="utf-8"))["vcenters"])


def in_place_of(names: list[str], *written: str) -> dict[str, str]:
    """What stands in a page, and what it is in this estate."""
    return dict(zip(written, names, strict=False))


def test_a_gate_that_closes_keeps_what_is_imported_after_it_from_beginning(running: RunningEstate, tmp_path: Path) -> None:
    before = len(mutating(running))
    done = played(running, tmp_path, OWN["site.yml"], {}, "-l", "vc01,localhost", "-e", "certops_fail_on=due")
    assert done.returncode == 2, done.stdout
    assert "certops_fail_on=due found 1 due" in done.stdout
    assert len(mutating(running)) == before
    assert (tmp_path / "report" / "before" / "report.json").is_file()
    assert not (tmp_path / "report" / "after").exists()


def test_the_role_is_included_with_options_and_leaves_what_awx_keeps(running: RunningEstate, tmp_path: Path) -> None:
    [first, second, _sound] = hosts(running, "vc01")
    done = played(running, tmp_path, OWN["maintenance.yml"], {"esx-a*": first}, "-l", "vc01", "--check")
    assert done.returncode == 0, done.stdout
    [report] = reports(tmp_path / "report")
    assert {host["esxi_host"]: host["result"] for host in report["hosts"]} == {first: "would change"}
    assert second in [entry["esxi_host"] for entry in report["excluded"]]
    assert report["policy"]["max_failures"] == 2
    left = custom_stats(done.stdout)
    assert left["esxi_unsettled"] == [first]
    assert left["certops_outcome_vc01"]["counts"] == {"would change": 1}


def test_both_playbooks_are_imported_with_variables(running: RunningEstate, tmp_path: Path) -> None:
    [first, second, healthy] = hosts(running, "vc01")
    done = played(running, tmp_path, OWN["site.yml"], {}, "-l", "vc01,localhost", "--check")
    assert done.returncode == 0, done.stdout
    [[before], [after]] = (reports(tmp_path / "report" / name) for name in ("before", "after"))
    assert (before["audit"], after["audit"], after["allowed"]) == (True, False, True)
    # One ends in 80 days: certops_renew_before_days was taken by the one, and not by the other.
    assert before["counts"] == {"due": 1, "ok": 2}
    assert {host["esxi_host"]: host["result"] for host in after["hosts"]} == {
        first: "would change",
        second: "would change",
        healthy: "ok",
    }


def test_the_inventory_that_lists_vcenters_reads_them(running: RunningEstate, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "inventories.md").read_text(encoding="utf-8")
    [listed] = re.findall(r"```yaml\n# prod.estate.yml\n(.*?)```", guide, re.DOTALL)
    [command] = re.findall(r"^    (ansible-inventory .*)$", guide, re.MULTILINE)
    address = {name: running.vcenter(name) for name in ("vc00", "vc01")}
    for written, real in {
        "/etc/ssl/vcenter-ca.pem": str(running.ca_path),
        "auditor@vsphere.local": address["vc01"].username,
        "vcenter.berlin.example.com": f"{address['vc00'].address}, port: {address['vc00'].port}",
        "vcenter.lisbon.example.com": f"{address['vc01'].address}, port: {address['vc01'].port}",
    }.items():
        assert written in listed
        listed = listed.replace(written, real)
    (tmp_path / "prod.estate.yml").write_text(listed, encoding="utf-8")
    paths = {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / "playbooks" / "collections")}
    words = command.split()
    done = run([str(BIN / words[0]), *words[1:]], {**paths, "AUDITOR_PASSWORD": address["vc01"].password}, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    [first, _later, _sound] = hosts(running, "vc01")
    assert f"--{first}" in done.stdout


def test_every_role_shows_how_it_is_included() -> None:
    lacking = [path.parent.name for path in ROOT.glob("roles/*/README.md") if not shown(path.parent.name)]
    assert lacking == []
    tested = {*BY_VMCA, "renew_custom_ca", "renew_cli"}
    assert {path.parent.name for path in ROOT.glob("roles/*/README.md")} == tested
    for text in (shown(*sorted(tested)), *OWN.values()):
        assert all(play.get("name") for play in yaml.safe_load(text))


@pytest.mark.skipif(NO_SSH is not None, reason=NO_SSH or "")
def test_the_example_of_a_hosts_own_cli_runs(running: RunningEstate, tmp_path: Path) -> None:
    lost = hosts(running, "vc00")[3]
    assert running.host(lost)["connection_state"] == "notResponding"
    done = played(running, tmp_path, shown("renew_cli"), {"esx-a07.example.com": lost}, "-l", "vc00")
    assert done.returncode == 0, done.stdout
    assert ("generate-certificates", lost) in mutating(running)
    assert running.host(lost)["connection_state"] == "connected"


def test_the_examples_of_the_roles_run(running: RunningEstate, tmp_path: Path) -> None:
    [first, second, later, _lost] = hosts(running, "vc00")
    meant = in_place_of([first, second], "esx-a01.example.com", "esx-a02.example.com")
    done = played(running, tmp_path, shown(*BY_VMCA), meant, "-l", "vc00")
    assert done.returncode == 0, done.stdout
    methods = {"CertMgrRefreshCertificates_Task", "DisconnectHost_Task", "ReconnectHost_Task"}
    assert {(method, name) for method in methods for name in (first, second, later)} <= set(mutating(running))
    assert [name for name in (first, second, later) if not sound(running.host(name))] == []
    assert (tmp_path / "report" / "report.html").is_file()


def test_the_example_of_a_custom_ca_runs(running: RunningEstate, tmp_path: Path) -> None:
    names = hosts(running, "vc02")
    sign = [sys.executable, str(Path(site_ca.__file__)), str(running.directory / "corporate"), "vc02"]
    meant = {
        **in_place_of(names, "esx-c01.example.com", "esx-c02.example.com"),
        "[/usr/local/bin/sign-esxi-request]": json.dumps(sign),
    }
    done = played(running, tmp_path, shown("renew_custom_ca"), meant, "-l", "vc02")
    assert done.returncode == 0, done.stdout
    assert {("InstallServerCertificate", name) for name in names} <= set(mutating(running))
    assert [running.host(name)["connection_state"] for name in names] == ["connected"] * 2


ROLE = """
- name: Renew
  hosts: vcenters
  gather_facts: false
  roles:
    - certops.vsphere.renew_iofilter
"""


@pytest.mark.parametrize(
    ("limit", "variables", "told"),
    [
        ("vc01", {"certops_vcenter_password": "wrong"}, "InvalidLogin"),
        ("vc01", {}, "set certops_protection to confirmed"),
        ("vc03", {"certops_protection": "confirmed"}, "certops_fail_on=unknown found 1 kept back ("),
        ("vc03", {"certops_protection": "confirmed", "certops_fail_on": "stopped"}, ""),
    ],
    ids=["wrong password", "no protection", "mode custom without a custom CA", "only what stopped"],
)
def test_the_role_in_a_plain_play_fails_as_the_playbook_does(
    running: RunningEstate, tmp_path: Path, limit: str, variables: dict[str, str], told: str
) -> None:
    before = len(mutating(running))
    # Of both it is asked in check mode too: what stands against it is there all the same.
    done = played(running, tmp_path, ROLE, {}, "-l", limit, "--check", "-e", json.dumps(variables))
    assert done.returncode == (2 if told else 0), done.stdout
    assert told in done.stdout
    assert len(mutating(running)) == before
    # It fails after its report was written and shown.
    written = "certops_vcenter_password" not in variables
    assert (tmp_path / "certops-report" / f"{limit}.json").is_file() is written
    assert ("ESXI HOST" in done.stdout) is written


def custom_stats(printed: str) -> dict[str, Any]:
    """What set_stats left, as Ansible shows it at the end."""
    left, _end = json.JSONDecoder().raw_decode(printed[printed.index("RUN: ") + len("RUN: ") :])
    return dict(left)
