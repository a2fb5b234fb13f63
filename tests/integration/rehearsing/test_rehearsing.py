# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An estate is audited, and its report is rehearsed: on a twin of it, and on nothing else."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import pytest
from demo_hosts import demo_hosts
from player.client import play
from processes import BIN, ROOT, run, wait
from vsphere_sim.testing import RunningEstate, estate

PLAYBOOK = ROOT / "playbooks" / "rehearse.yml"
REHEARSAL = "certops-rehearsal-"
SOON_SECONDS = 120


@dataclass
class Audited:
    """An estate, and the report of an audit of it."""

    running: RunningEstate
    report: Path


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    """The demonstration's, which nobody asks after the audit."""
    folder = tmp_path_factory.mktemp("audited")
    with estate(folder / "estate", scenario="demo", speed=100) as running:
        assert play(running, folder, playbook="audit.yml", protection=None, certops_fail_on="stopped").returncode == 0
        running.clear_journal()
        yield Audited(running, folder / "report" / "report.json")
        assert running.journal() == []


def command(report: Path, *arguments: str, **variables: Any) -> list[str]:
    """The command that rehearses a report."""
    given = {"certops_rehearse": str(report), **variables}
    return [str(BIN / "ansible-playbook"), str(PLAYBOOK), "-e", json.dumps(given), *arguments]


def rehearsed(
    report: Path, folder: Path, *arguments: str, environment: Optional[dict[str, str]] = None, **variables: Any
) -> tuple[int, str]:
    """What a rehearsal returned and printed. It leaves nothing in its folder for temporary files."""
    temporary = folder / "tmp"
    temporary.mkdir()
    done = run(command(report, *arguments, **variables), {"TMPDIR": str(temporary), **(environment or {})}, folder)
    assert [path.name for path in temporary.glob(f"{REHEARSAL}*")] == []
    return done.returncode, done.stdout


def lines_of(printed: str, vcenter: str) -> list[str]:
    """The lines about a vCenter."""
    return [line.removeprefix(f"{vcenter}: ") for line in printed.splitlines() if line.startswith(f"{vcenter}: ")]


def test_it_tells_turns_times_restarts_and_what_is_blocked(audited: Audited, tmp_path: Path) -> None:
    status, printed = rehearsed(audited.report, tmp_path, certops_canary=2, certops_window_end="30m")
    assert status == 0, printed
    hosts = demo_hosts(audited.running)
    told = lines_of(printed, "vc01")
    turns = [line for line in told if line.startswith("turn ")]
    assert turns[0].startswith(f"turn 1 of {len(turns)}: ")
    [canary] = [names for line in turns for names in re.findall(r": verify (.*) \(canary\), about 60 s$", line)]
    # And who is brought back before them.
    assert len(canary.split(", ")) >= 2
    assert [line for line in told if re.fullmatch(r"about \d+ min in all; SPS restarts 2 times", line)]
    away = {name for line in told if line.startswith("away from vCenter about ") for name in line.rpartition(": ")[2].split(", ")}
    assert {hosts.lost, *hosts.expiring} <= away
    assert [line for line in told if line.startswith("without a storage provider up to ")]
    assert [line for line in told if line.startswith(f"blocked: {hosts.resting}: ") and "maintenance mode" in line]
    assert [line for line in told if line.startswith("certops_window_end, 30 min from now, leaves ")]
    assert [line for line in lines_of(printed, "vc02") if line.startswith(f"blocked: {hosts.custom_expiring}: ")]
    assert re.search(r"^assumed: .*renew 10 s a host, .*reregister 7 min a turn", printed, re.MULTILINE)
    assert "\nnot rehearsed: the account and its privileges, certops_protection, " in printed
    # The twin's own addresses are nobody's business.
    assert "Traceback" not in printed


def test_names_are_numbers_where_somebody_wants_that(audited: Audited, tmp_path: Path) -> None:
    skipped = demo_hosts(audited.running).lost
    status, printed = rehearsed(
        audited.report, tmp_path, certops_rehearse_replace_names=True, certops_skip=[skipped], certops_ha="suspend"
    )
    assert status == 0, printed
    said = printed[printed.index("rehearsing ") :]
    assert lines_of(said, "vcenter-01")
    assert "host-0001" in said
    names = [
        host["esxi_host"] for vcenter in json.loads(audited.report.read_text("utf-8"))["vcenters"] for host in vcenter["hosts"]
    ]
    assert [name for name in [*names, "vc01", "vc02", "cluster-a"] if name in said.replace(str(audited.report), "")] == []


def test_nothing_that_points_elsewhere_is_used(audited: Audited, tmp_path: Path) -> None:
    running = audited.running
    real = running.vcenter("vc01")
    elsewhere: dict[str, Any] = {
        "ansible_host": real.address,
        "ansible_connection": "ssh",
        "certops_vcenter_hostname": real.address,
        "certops_vcenter_port": real.port,
        "certops_vcenter_username": real.username,
        "certops_vcenter_password": real.password,
        "certops_vcenter_ca_path": str(running.ca_path),
        "certops_vcenter_validate_certs": False,
        "certops_vcenter_proxy_host": "192.0.2.7",
        "certops_vcenter_proxy_port": 3128,
        "certops_protection": "snapshot",
        "certops_custom_ca": {"method": "command", "argv": ["touch", str(tmp_path / "signed")]},
        "certops_journal": str(tmp_path / "journal.jsonl"),
        "certops_textfile_dir": str(tmp_path / "textfiles"),
        "certops_report_dir": str(tmp_path / "reports"),
    }
    inventory = tmp_path / "inventory"
    (inventory / "group_vars").mkdir(parents=True)
    (inventory / "host_vars").mkdir()
    given = {"all": {"children": {"vcenters": {"hosts": {"vc01": {}, "vc02": {}}}}}}
    (inventory / "hosts.yml").write_text(json.dumps(given), encoding="utf-8")
    # The policy of these is taken, and nothing else of them.
    (inventory / "group_vars" / "all.yml").write_text(json.dumps({**elsewhere, "certops_canary": 0}), encoding="utf-8")
    (inventory / "host_vars" / "vc01.yml").write_text(json.dumps({**elsewhere, "certops_batch": 2}), encoding="utf-8")
    extra = {name: value for name, value in elsewhere.items() if name not in ("ansible_host", "ansible_connection")}
    environment = {
        "VMWARE_HOST": real.address,
        "VMWARE_PORT": str(real.port),
        "VMWARE_USER": real.username,
        "VMWARE_PASSWORD": real.password,
        "VMWARE_CA_PATH": str(running.ca_path),
        "VMWARE_VALIDATE_CERTS": "false",
        "VMWARE_PROXY_HOST": "192.0.2.7",
        "VMWARE_PROXY_PORT": "3128",
        "https_proxy": "http://192.0.2.7:3128",
        "ANSIBLE_INVENTORY": str(running.inventory),
    }
    status, printed = rehearsed(audited.report, tmp_path, "-i", str(inventory / "hosts.yml"), environment=environment, **extra)
    assert status == 0, printed
    told = lines_of(printed, "vc01")
    assert not [line for line in told if "(canary)" in line]
    sizes = [line for line in told if re.match(r"turn \d+ of \d+: renew ", line)]
    assert sizes
    assert all(len(line.split(", ")) <= 3 for line in sizes)
    # The real site's CA is its own business: the simulated one signs.
    assert [line for line in lines_of(printed, "vc02") if ": renew_custom_ca " in line]
    # Neither was the real one asked, which is on this machine too, nor did anything go where the variables say.
    assert running.journal() == []
    assert [name for name in ("signed", "journal.jsonl", "textfiles", "reports") if (tmp_path / name).exists()] == []
    assert real.password not in printed


def test_a_limit_says_which_vcenters_are_rehearsed_and_what_blocks_one_is_told(audited: Audited, tmp_path: Path) -> None:
    document = json.loads(audited.report.read_text("utf-8"))
    document["vcenters"][1]["setup"]["sps_state"] = "STOPPED"
    report = tmp_path / "changed.json"
    report.write_text(json.dumps(document), encoding="utf-8")
    inventory = ["-i", "vc01,vc02,other", "--limit"]
    status, printed = rehearsed(report, tmp_path, *inventory, "vc02")
    assert status == 0, printed
    assert lines_of(printed, "vc01") == []
    assert [line for line in lines_of(printed, "vc02") if "(SPS) of vc02 is STOPPED" in line]
    done = run(command(report, *inventory, "other"))
    assert done.returncode == 2
    assert "The limit other leaves no vCenter of the report, which has vc01, vc02." in done.stdout


MISTAKES = [
    (
        {"certops_rehearse": "nowhere.json"},
        "The report nowhere.json cannot be rehearsed: it cannot be read (No such file or directory).",
    ),
    ({"certops_rehearse": ""}, "There is no report to rehearse."),
    ({"certops_canery": 3}, "certops_canery (an extra variable; certops_canary is the nearest)"),
    ({"certops_canary": "many"}, "certops_canary cannot be 'many'"),
    ({"certops_window_end": "soon"}, "certops_window_end cannot be 'soon'"),
]


@pytest.mark.parametrize(("variables", "sentence"), MISTAKES, ids=str)
def test_a_mistake_is_told_in_a_sentence(audited: Audited, variables: dict[str, Any], sentence: str) -> None:
    done = run(command(audited.report, **variables))
    assert done.returncode == 2
    assert sentence in done.stdout
    assert "Traceback" not in done.stdout


def processes(folder: Path) -> list[str]:
    """The command lines of processes that have this folder in them, or in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (process / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if words and (str(folder) in words or str(folder) in environment) and int(process.name) != os.getpid():
            found.append(words)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whoever_ends_it_ends_all_of_it(audited: Audited, tmp_path: Path, number: signal.Signals) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with open(tmp_path / "printed", "wb") as printed:
        process = subprocess.Popen(
            command(audited.report.with_name("vc02.json")),
            cwd=tmp_path,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        wait(
            lambda: any("loopback.py" in words for words in processes(temporary)) or process.poll() is not None,
            "the playbook was not begun",
            SOON_SECONDS,
        )
        assert process.poll() is None, (tmp_path / "printed").read_text("utf-8")
    finally:
        process.send_signal(number)
        process.wait(SOON_SECONDS)
    wait(lambda: not processes(temporary), f"there is still {processes(temporary)}", SOON_SECONDS)
    wait(lambda: not list(temporary.glob(f"{REHEARSAL}*")), "its folder was left", SOON_SECONDS)
