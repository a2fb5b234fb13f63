# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module sps_log_info as a user starts it: rotated logs, a machine over SSH, a Python without libraries, logs larger than the memory it may take."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.certops.vsphere.tests.unit.log_lines import FAILED, LOADING, SELF_SIGNED, legacy, line, record
from processes import BIN, ROOT, Answer, answer, examples, run
from ssh_server import ssh_server, why_not

SIGNING = "2026-11-23T12:11:34.197Z error vpxd[04524] [Originator@6876 sub=Main opID=CheckC-1] Unable to get signed certificate for host: "
MEMORY_TEST_BYTES = 50_000_000
# What Python takes by itself, the modules that are imported, and a few pieces of a megabyte.
MOST_MEMORY_KILOBYTES = 32 * 1024
# docs/logs.md says what a gigabyte takes: CERTOPS_LOG_BYTES=1000000000 repeats it.
SPEED_TEST_BYTES = int(float(os.environ.get("CERTOPS_LOG_BYTES", 50_000_000)))


def ask(*arguments: str, **options: Any) -> Answer:
    """Run the module by itself."""
    command = [str(BIN / "ansible"), "localhost", "-m", "certops.vsphere.sps_log_info", "-a", json.dumps(options), *arguments]
    return answer(run(command, {"ANSIBLE_PYTHON_INTERPRETER": sys.executable}), "localhost")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A support bundle: logs that were rotated and gzipped, one of them cut off."""
    bundle = tmp_path_factory.mktemp("bundle")
    sps, vpxd = (bundle / "vc-1" / "var" / "log" / "vmware" / folder for folder in ("vmware-sps", "vpxd"))
    for folder in (sps, vpxd):
        folder.mkdir(parents=True)
    noise = [line(f"[sync] request {number}", number % 60, f"pool-1-thread-{number % 7}", f"op-{number}") for number in range(2000)]
    old = "\n".join([*noise, legacy("esx-a02.example.com", "certificate_unknown(46)"), ""]).encode()
    (sps / "sps.log.2.gz").write_bytes(gzip.compress(old))
    (sps / "sps.log.3.gz").write_bytes(gzip.compress(old)[:400])
    (sps / "sps.log.1").write_text(
        "\n".join([legacy("esx-a02.example.com", "certificate_unknown(46)", 30), *noise]), encoding="utf-8"
    )
    failing = [line("[load] https://esx-a01.example.com:9080/version.xml password=geheim", 40), record(SELF_SIGNED, 41)]
    (sps / "sps.log").write_text("\n".join([*noise, *failing, record(FAILED, 41), record(LOADING, 41)]), encoding="utf-8")
    (vpxd / "vpxd-3.log.gz").write_bytes(gzip.compress(f"{SIGNING}esx-a03.example.com: Error: Start Time Error (70034)\n".encode()))
    return bundle


def test_a_bundle_is_read_and_explained(logs: Path) -> None:
    done = ask(path=[str(logs)])
    assert done.returncode == 0, done.printed
    found = [(one["pattern"], one["esxi_host"], one["count"], one["consequences"]) for one in done.result["findings"]]
    assert found == [
        ("vmca_root_too_young", "esx-a03.example.com", 1, 0),
        ("self_signed_certificate", "esx-a01.example.com", 1, 2),
        ("version_unread_certificate_unknown", "esx-a02.example.com", 2, 0),
    ]
    assert done.result["changed"] is False
    assert done.result["findings_total"] == 3
    assert [Path(entry["path"]).name for entry in done.result["unavailable"]] == ["sps.log.3.gz"]
    assert len(done.result["files"]) == 5
    assert "geheim" not in done.printed
    assert "Traceback" not in done.printed


def test_options_narrow_what_is_found(logs: Path) -> None:
    assert len(ask("--check", path=[str(logs)], max_findings=1).result["findings"]) == 1
    narrowed = ask(path=[str(logs)], since="2026-11-23T10:00:20Z", until="2026-11-23T10:00:35Z").result["findings"]
    assert [(one["pattern"], one["count"]) for one in narrowed] == [("version_unread_certificate_unknown", 1)]
    of_one = ask(path=[str(logs)], esxi_hosts=["*a03*"]).result["findings"]
    assert [one["esxi_host"] for one in of_one] == ["esx-a03.example.com"]


@pytest.mark.parametrize(
    ("options", "vsphere_fault"),
    [
        ({"path": ["/nowhere/sps.log"]}, "No log could be read: /nowhere/sps.log: no such file or directory"),
        ({"path": []}, "the option path is empty"),
        ({"since": "yesterday"}, "The option since cannot be used: 'yesterday' is not a time"),
        ({"since": "2026-11-24", "until": "2026-11-23"}, "The option since is later than the option until"),
        ({"max_findings": 0}, "The option max_findings is less than 1"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(logs: Path, options: dict[str, Any], vsphere_fault: str) -> None:
    done = ask(**{"path": [str(logs)], **options})
    assert done.returncode != 0
    assert vsphere_fault in done.message
    assert re.fullmatch(r"[a-z_]+", done.result["error_code"])
    assert "Traceback" not in done.printed


def test_the_examples_run(logs: Path, tmp_path: Path) -> None:
    text = examples("sps_log_info").replace("/tmp/vc-support-bundle", str(logs))
    tasks = yaml.safe_load(text)
    # On an appliance the logs are where the defaults say.
    tasks[0]["certops.vsphere.sps_log_info"]["path"] = str(logs)
    playbook = tmp_path / "examples.yml"
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = tmp_path / "hosts.yml"
    hosts = dict.fromkeys(("localhost", "vcenter-appliance.example.com"))
    inventory.write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}), encoding="utf-8")
    for task in tasks:
        task.get("vars", {}).pop("ansible_user", None)
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    done = run([str(BIN / "ansible-playbook"), "-i", str(inventory), str(playbook)])
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
def test_an_appliance_is_asked_over_ssh(logs: Path, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    [playbook] = re.findall(r"```yaml\n# why.yml\n(.*?)```", guide, re.DOTALL)
    [command] = re.findall(r"^ +(ansible all .*sps_log_info)$", guide, re.MULTILINE)
    with ssh_server(tmp_path / "ssh") as server:
        # A Python that has no library of ours, as an appliance's has none. The logs of the example are where they are there.
        variables = {**server.variables, "ansible_python_interpreter": str(Path(sys.base_prefix, "bin", "python3"))}
        named = playbook.replace("/var/log/vmware", str(logs)).replace("ansible_user: root", f"ansible_user: {server.user}")
        assert named.count(str(logs)) == 1
        (tmp_path / "why.yml").write_text(named, encoding="utf-8")
        inventory = tmp_path / "hosts.yml"
        appliance = {"vcenter.example.com": variables}
        inventory.write_text(json.dumps({"all": {"hosts": {"localhost": {"ansible_connection": "local"}, **appliance}}}), "utf-8")
        played = run([str(BIN / "ansible-playbook"), "-i", str(inventory), str(tmp_path / "why.yml")])
        assert played.returncode == 0, played.stdout
        for told in ("vmca_root_too_young", "esx-a03.example.com", "Set vpxd.certmgmt.certs.minutesBefore to 10"):
            assert told in played.stdout
        assert "geheim" not in played.stdout

        words = command.replace("-u root", f"-u {server.user}").split()
        asked = run([str(BIN / words[0]), *words[1:], "-e", json.dumps(variables), "-a", json.dumps({"path": [str(logs)]})])
        assert len(answer(asked, "vcenter.example.com").result["findings"]) == 3, asked.stdout
        # It was there, by that key, and not here.
        assert server.log.read_text(encoding="utf-8").count(f"Accepted publickey for {server.user} from 127.") >= 2


# Ansible packs these very files for the appliance. -S and -I: without any package that is installed here.
BARE = f"""
import pathlib, sys, time
sys.path.insert(0, {str(ROOT / "playbooks" / "collections")!r})
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_findings import Findings
from ansible_collections.certops.vsphere.plugins.module_utils._log_files.read_logs import read_logs
findings = Findings()
reading = read_logs(sys.argv[1:], findings)
# Not ru_maxrss, in which Linux also counts what the process was before it became this one.
[memory] = [line.split()[1] for line in pathlib.Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(sum(one.count for one in findings.sorted()), reading.files[0]["bytes"], memory, round(1000 * time.process_time()))
foreign = sorted(name for name in ("pyVmomi", "cryptography", "ansible", "yaml") if name in sys.modules)
print(foreign)
"""


def read_bare(path: Path) -> tuple[list[int], str]:
    """What a Python without any library counts, how many bytes it read, and the kilobytes and the milliseconds of CPU that it took."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", BARE, str(path)], capture_output=True, text=True, check=True, timeout=240
    )
    numbers, foreign = done.stdout.splitlines()
    return [int(word) for word in numbers.split()], foreign


def test_it_needs_no_library(logs: Path) -> None:
    (count, _bytes, _memory, _cpu), foreign = read_bare(logs)
    assert (count, foreign) == (4, "[]")


def busy_block() -> bytes:
    """Some 0.8 MB of a log in which every fiftieth line is a cause."""
    lines = [line(f"[sync] request {number}", number % 60, f"pool-{number}", f"op-{number}") for number in range(5000)]
    lines += [legacy(f"esx-{number}.example.com", "unknown_ca(48)") for number in range(100)]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_what_a_gigabyte_takes(tmp_path: Path, packed: bool) -> None:
    block = busy_block()
    path = tmp_path / "sps.log"
    times = SPEED_TEST_BYTES // len(block) + 1
    with gzip.open(path, "wb", compresslevel=1) if packed else path.open("wb") as file:
        for _time in range(times):
            file.write(block)
    (count, size, memory, milliseconds), _foreign = read_bare(path)
    path.unlink()
    # The time is told and not judged: how long it takes is a matter of the machine and of what else it does.
    spent = milliseconds / 1000 / (size / 1e9)
    print(f"{size / 1e9:.2f} GB, {'gzipped' if packed else 'plain'}: {spent:.1f} s of CPU a GB, {memory / 1024:.0f} MB of memory")
    assert (count, size) == (times * 100, times * len(block))
    assert memory < MOST_MEMORY_KILOBYTES


@pytest.mark.parametrize("shape", ["lines", "one_line", "one_record", "gzip"])
def test_memory_does_not_grow_with_the_log(tmp_path: Path, shape: str) -> None:
    block = busy_block()
    if shape == "one_line":
        block = block.replace(b"\n", b" ")
    elif shape == "one_record":
        block = block.replace(b"2026-11", b"        at 2026-11")
    path = tmp_path / "sps.log"
    times = MEMORY_TEST_BYTES // len(block)
    with gzip.open(path, "wb", compresslevel=1) if shape == "gzip" else path.open("wb") as file:
        for _time in range(times):
            file.write(block)
    (count, size, memory, _cpu), _foreign = read_bare(path)
    assert size == times * len(block)
    assert count == {"one_line": 0}.get(shape, times * 100)
    assert memory < MOST_MEMORY_KILOBYTES
