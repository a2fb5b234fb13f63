# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three slices of one inventory at the same time, by what AWX itself runs jobs with: each vCenter once, and what they leave adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from awx_jobs import Finished, Job, deal, prepare, run, stream, whole
from processes import mutating
from vsphere_sim.testing import RunningEstate, estate, sound

SLICES = 3
VCENTERS = 3
HOSTS = 3
RENEW = "certops.vsphere.renew_iofilter"
# What AWX gives every slice of a sliced job.
WORKFLOW = {"awx_job_template_name": "Renew", "awx_workflow_job_name": "Renew"}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """Three vCenters, in each of which two hosts are expiring. Every slice has an account of its own, which the journal names."""
    with estate(tmp_path_factory.mktemp("three"), vcenters=VCENTERS, hosts=HOSTS, due=0.67, speed=100) as running:
        for vcenter in running.vcenters:
            for number in range(1, SLICES + 1):
                running.set("account", vcenter=vcenter.name, username=account(number), password=vcenter.password, privileges=None)
        yield running


def account(number: int) -> str:
    """The account of a slice."""
    return f"slice{number}@vsphere.local"


def sliced(running: RunningEstate, folder: Path, esxi: bool = False, **variables: Any) -> list[Job]:
    """The jobs that AWX makes of one: a part of the inventory each. The password comes from a credential, by the environment."""
    inventory = whole(running, esxi)
    given = {"certops_protection": "confirmed", "certops_canary": 0, **variables}
    return [
        prepare(
            folder / f"slice-{number}",
            deal(inventory, number, SLICES),
            RENEW,
            {"VMWARE_USER": account(number), "VMWARE_PASSWORD": running.vcenters[0].password},
            **given,
        )
        for number in range(1, SLICES + 1)
    ]


def hosts(running: RunningEstate) -> list[dict[str, Any]]:
    """All hosts, in truth."""
    return [host for vcenter in running.state()["vcenters"] for host in vcenter["hosts"]]


def expiring(running: RunningEstate) -> list[str]:
    """The hosts that are to be renewed, in truth."""
    until = (datetime.now(timezone.utc) + timedelta(days=60)).isoformat()
    return sorted(host["name"] for host in hosts(running) if host["certificate"]["not_after"] < until)


def added(finished: list[Finished], what: str) -> dict[str, int]:
    """The results, or the steps, of all jobs, added up as their artifacts lie over each other in AWX: by their uppermost names."""
    artifacts: dict[str, Any] = {}
    for job in finished:
        artifacts.update(job.artifacts)
    sums: Counter[str] = Counter()
    for outcome in artifacts.values():
        sums.update(outcome[what])
    return dict(sums)


def handled_once(running: RunningEstate, finished: list[Finished], due: list[str]) -> None:
    """Whether each vCenter was one slice's, each host that was due was renewed once, and what the slices left says so."""
    assert [job.returncode for job in finished] == [0] * SLICES, "\n".join(job.printed for job in finished)
    calls = [call for call in running.journal() if call["protocol"] in ("vim", "sms", "rest")]
    for vcenter in running.vcenters:
        users = {call["username"] for call in calls if call["vcenter"] == vcenter.name and call["username"]}
        assert len(users) == 1, f"{vcenter.name} was handled by {users}"
    assert {call["username"] for call in calls if call["mutating"]} <= {account(number) for number in range(1, SLICES + 1)}
    renewed = [call["target"] for call in calls if call["method"] == "CertMgrRefreshCertificates_Task"]
    assert sorted(renewed) == due
    assert [host["name"] for host in hosts(running) if not sound(host)] == []
    names = [set(job.artifacts) for job in finished]
    assert [len(part) for part in names] == [VCENTERS // SLICES] * SLICES
    assert len(set.union(*names)) == VCENTERS
    assert added(finished, "counts") == {"done": len(due), "ok": VCENTERS * HOSTS - len(due)}
    assert added(finished, "steps") == {"renew": len(due), "reconnect": len(due), "reregister": len(due)}


def test_an_inventory_is_dealt_out_without_loss_and_keeps_its_groups(three: RunningEstate) -> None:
    inventory = whole(three, esxi=True)
    parts = [deal(inventory, number, SLICES) for number in range(1, SLICES + 1)]
    assert sorted(name for part in parts for name in part["_meta"]["hostvars"]) == sorted(inventory["_meta"]["hostvars"])
    assert [part["all"]["children"] for part in parts] == [["esxi", "vcenters"]] * SLICES
    assert [len(part["vcenters"]["hosts"]) for part in parts] == [VCENTERS // SLICES] * SLICES


def test_slices_that_part_vcenters_from_their_hosts_change_nothing(three: RunningEstate, tmp_path: Path) -> None:
    three.clear_journal()
    finished = run(sliced(three, tmp_path, esxi=True))
    assert [job.returncode for job in finished] == [2] * SLICES, "\n".join(job.printed for job in finished)
    assert all("this inventory does not contain both the vCenters and their ESXi hosts" in job.printed for job in finished)
    assert mutating(three) == []
    outcomes = [outcome for job in finished for outcome in job.artifacts.values()]
    assert [(outcome["read"], "certops_scope" in outcome["failure"]) for outcome in outcomes] == [(False, True)] * VCENTERS


def test_three_slices_on_execution_nodes_handle_each_vcenter_once_and_their_artifacts_add_up(
    three: RunningEstate, tmp_path: Path
) -> None:
    due = expiring(three)
    assert len(due) == 2 * VCENTERS
    three.clear_journal()
    finished = stream(sliced(three, tmp_path, **WORKFLOW))
    handled_once(three, finished, due)
    printed = "".join(job.printed for job in finished)
    assert three.vcenters[0].password not in printed


def test_three_slices_run_here_renew_what_has_become_due_since(three: RunningEstate, tmp_path: Path) -> None:
    for vcenter in three.state()["vcenters"][::2]:
        three.set("host", host=vcenter["hosts"][0]["name"], certificate={"days_left": 20})
    due = expiring(three)
    assert 0 < len(due) < len(hosts(three))
    three.clear_journal()
    handled_once(three, run(sliced(three, tmp_path, **WORKFLOW)), due)
