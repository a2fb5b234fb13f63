# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module does and says the same in its task's process, in a process of its own, and by whichever Python."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from demo_hosts import DemoHosts, demo_hosts
from processes import BIN, Answer, module, run
from vsphere_sim.testing import RunningEstate, estate

# ansible-core 2.21 returns a module's options where it is told to, those before it always. A setting has Ansible start anew, which takes longer than
# the module does.
WITH_OPTIONS = {"ANSIBLE_INJECT_INVOCATION": "true"} if version("ansible-core") >= "2.21" else {}
# What two readings of the same estate tell differently.
MOVING = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|\d+\.\d+(?= days)")
MOVING_KEYS = {"observed_at", "days_left", "clock_offset_seconds", "last_sync"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """An estate of this file's own, to which faults are added."""
    with estate(tmp_path_factory.mktemp("demo"), scenario="demo", speed=100) as running:
        yield running


@pytest.fixture(scope="module")
def hosts(demo: RunningEstate) -> DemoHosts:
    """Its hosts."""
    return demo_hosts(demo)


def still(value: Any) -> Any:
    """A result without what moves."""
    if isinstance(value, dict):
        return {key: still(one) for key, one in value.items() if key not in MOVING_KEYS}
    if isinstance(value, list):
        return [still(one) for one in value]
    return MOVING.sub("then", value) if isinstance(value, str) else value


def both(demo: RunningEstate, name: str, fault: dict[str, Any] | None = None, **options: Any) -> tuple[Answer, Answer]:
    """Run a module in its task's process, and in one of its own; both make the same calls."""
    answers, calls = [], []
    for own_process in (False, True):
        if fault:
            demo.fault(fault)
        since = demo.journal()[-1]["seq"] if demo.journal() else 0
        answers.append(module(demo, name, verbose=True, own_process=own_process, **options))
        demo.clear_faults()
        calls.append(sorted(f"{call['method']} {call['target']} {call['outcome']}" for call in demo.journal(since)))
    here, there = answers
    # What Ansible says of each process that it starts for a module.
    assert ("EXEC" in here.printed, "EXEC" in there.printed) == (False, True)
    assert calls[0] == calls[1]
    assert here.returncode == there.returncode
    assert still(here.result) == still(there.result)
    return here, there


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("cert_expiry_facts", {}, marks=pytest.mark.every_core),
        ("cert_expiry_facts", {"probe": False}),
        ("esxi_cert_regenerate", {"esxi_hosts": ["expiring"]}),
        ("esxi_cert_request", {"vcenter": "vc02", "esxi_hosts": ["custom_expiring"]}),
        # Its cluster lacks a host already.
        pytest.param("esxi_reconnect", {"esxi_hosts": ["expiring"], "per_cluster": 2}, marks=pytest.mark.every_core),
        ("vasa_provider_reregister", {"esxi_hosts": ["offline"]}),
        ("vasa_provider_orphans", {}),
        ("esxi_trust_repair", {"esxi_hosts": ["offline"]}),
    ],
)
def test_the_answer_is_the_same(demo: RunningEstate, hosts: DemoHosts, name: str, options: dict[str, Any]) -> None:
    meant = dict(options)
    if "esxi_hosts" in meant:
        found = [getattr(hosts, kind) for kind in meant["esxi_hosts"]]
        meant["esxi_hosts"] = [one if isinstance(one, str) else one[0] for one in found]
    here, _there = both(demo, name, check=True, environment=WITH_OPTIONS, **meant)
    assert here.returncode == 0, here.printed
    assert here.result["invocation"]["module_args"]["password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        pytest.param("cert_expiry_facts", {"password": "wrong"}, "InvalidLogin", marks=pytest.mark.every_core),
        ("cert_expiry_facts", {"esxi_hosts": ["esx-typo"]}, "esx-typo"),
        ("esxi_reconnect", {"esxi_hosts": ["esx-typo"], "concurrency": 0}, "concurrency) cannot be 0"),
    ],
)
def test_a_failure_is_the_same(demo: RunningEstate, name: str, options: dict[str, Any], told: str) -> None:
    here, _there = both(demo, name, **options)
    assert here.returncode != 0
    assert told in here.message
    assert "Traceback" not in here.printed


@pytest.mark.every_core
def test_a_warning_is_the_same(demo: RunningEstate) -> None:
    fault = {"match": {"method": "RetrievePropertiesEx"}, "times": 1, "effect": {"http_status": 503}}
    here, there = both(demo, "cert_expiry_facts", fault, probe=False)
    warned = "failed with transient errors and were retried"
    # Before 2.19 Ansible breaks the lines of a warning.
    assert warned in " ".join(here.printed.split("localhost |")[0].split())
    assert warned in " ".join(there.printed.split("localhost |")[0].split())


@pytest.mark.every_core
def test_options_that_are_wrong_are_told_by_the_module(demo: RunningEstate) -> None:
    answer = module(demo, "esxi_reconnect", verbose=True, esxi_hosts=["a"], esxi_hots=["a"])
    assert "Unsupported parameters" in answer.message
    assert "EXEC" in answer.printed


@pytest.mark.every_core
def test_what_a_task_puts_into_the_environment_reaches_its_module(demo: RunningEstate, tmp_path: Path) -> None:
    address = demo.vcenter("vc01")
    options = {"username": address.username, "password": address.password, "port": address.port, "ca_path": str(demo.ca_path)}
    task = {"certops.vsphere.cert_expiry_facts": {**options, "probe": False}, "environment": {"VMWARE_HOST": address.address}}
    path = tmp_path / "play.json"
    path.write_text(
        json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [{"name": "Read", **task}]}]), encoding="utf-8"
    )
    played = run([str(BIN / "ansible-playbook"), "-vvv", str(path)])
    assert played.returncode == 0, played.stdout
    assert "EXEC" in played.stdout
