# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run is given, looked at before its first call: whatever stops it then has asked nobody anything."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import player
import pytest
from processes import BIN, ROOT, play, run
from vsphere_sim.testing import RunningEstate

PLAYBOOKS = ["renew_iofilter.yml", "audit.yml"]


@pytest.fixture(autouse=True)
def nobody_asked(demo: RunningEstate) -> Iterator[None]:
    """No test of this file comes to a call."""
    before = len(demo.journal())
    yield
    assert [call["method"] for call in demo.journal()[before:]] == []


def more(folder: Path, **groups: Any) -> Path:
    """An inventory beside the estate's own, in a folder of its own, where group_vars can be put."""
    path = folder / "more.yml"
    path.write_text(json.dumps(groups), encoding="utf-8")
    return path


def own_play(folder: Path, role: str, **variables: Any) -> subprocess.CompletedProcess[str]:
    """A play that includes one role with these variables."""
    include = {"name": "Step", "ansible.builtin.include_role": {"name": f"certops.vsphere.{role}"}, "vars": variables}
    (folder / "play.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [include]}]), encoding="utf-8")
    inventory = more(folder, vcenters={"hosts": {"vc01": {"ansible_host": "127.0.0.1", "certops_vcenter_port": 9}}})
    return run([str(BIN / "ansible-playbook"), str(folder / "play.yml"), "-i", str(inventory)], cwd=ROOT)


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_name_that_is_none_stops_the_run_wherever_it_stands(demo: RunningEstate, tmp_path: Path, playbook: str) -> None:
    listed = more(tmp_path, esxi={"hosts": {"esx01": {"vcenter": "vc01", "certops_skpi": True}, "esx02": {"vcenter": "vc01"}}})
    for group, name in (("vcenters", "certops_canery"), ("esxi", "certops_methode")):
        (tmp_path / "group_vars").mkdir(exist_ok=True)
        (tmp_path / "group_vars" / f"{group}.yml").write_text(f"{name}: 3\n", encoding="utf-8")
    played = play(demo, tmp_path, "-i", str(listed), playbook=playbook, certops_host=["esx*"], certops_outcome_vc01={})
    assert played.returncode == 2
    told = " ".join(played.printed.split())
    for one in (
        "certops_host (an extra variable; certops_hosts is the nearest)",
        "certops_skpi (of esx01; certops_skip is the nearest)",
        "certops_methode (of esx01, esx02; certops_method is the nearest)",
        "certops_canery (of vc01, vc02; certops_canary is the nearest)",
    ):
        assert one in told, one
    assert "certops_outcome_vc01" not in told
    assert (played.reports, "Traceback" in told) == ({}, False)


def test_a_name_that_a_playbook_of_one_s_own_hands_on_is_looked_at_too(demo: RunningEstate, tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(
        json.dumps([{"import_playbook": "certops.vsphere.audit", "vars": {"certops_renew_before": 30}}]), encoding="utf-8"
    )
    played = play(demo, tmp_path, playbook=str(own))
    assert played.returncode == 2
    assert "certops_renew_before (of the play; certops_renew_before_days is the nearest)" in " ".join(played.printed.split())


def test_what_a_run_sets_by_itself_cannot_be_given(demo: RunningEstate, tmp_path: Path) -> None:
    played = play(demo, tmp_path, certops_results=[], certops_step_hosts=["esx01"])
    assert played.returncode == 2
    assert "because the run itself sets certops_results, certops_step_hosts, which" in " ".join(played.printed.split())


@pytest.mark.parametrize("given", [None, "", "{{ omit }}"], ids=["null", "an empty text", "omit"])
@pytest.mark.parametrize(("role", "variable"), [("renew", "certops_step_hosts"), ("guard", "certops_plan")])
def test_what_a_role_requires_is_refused_by_its_name_where_it_is_nothing(
    demo: RunningEstate, tmp_path: Path, role: str, variable: str, given: Any
) -> None:
    done = own_play(tmp_path, role, **{variable: given})
    assert done.returncode == 2, done.stdout
    assert variable in done.stdout.partition("fatal: ")[2].partition("argument_spec_data")[0]


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_every_value_is_looked_at_and_told_once(demo: RunningEstate, tmp_path: Path, playbook: str) -> None:
    listed = more(
        tmp_path,
        vcenters={
            "hosts": {"vc01": {"certops_batch": 0}},
            "vars": {"certops_vcenter_port": 70000, "certops_shown_hosts": "{{ 0 - 1 }}"},
        },
        esxi={"hosts": {"esx01": {"vcenter": "vc01", "certops_skip": "ture"}}},
    )
    given = {
        "certops_concurrency": 0,
        "certops_request_timeout_seconds": "",
        "certops_fail_on": "nothing",
        "certops_custom_ca": {"metod": "x"},
    }
    played = player.play(demo, tmp_path, "-i", str(listed), playbook=playbook, **given)
    told = " ".join(played.printed.split())
    assert (played.returncode, played.reports, "Traceback" in told) == (2, {}, False)
    for one in (
        "certops_concurrency cannot be 0 (it must be a number of 1 or more; vc01, vc02)",
        "certops_request_timeout_seconds cannot be '' (it must not be empty; vc01, vc02)",
        "certops_fail_on cannot be 'nothing' (it must be one of: ",
        "certops_batch cannot be 0 (it must be a number from 1 to 100000; vc01)",
        "certops_shown_hosts cannot be -1 (it must be a number of 0 or more; vc01, vc02)",
        "certops_skip cannot be 'ture' (it must be true or false; esx01)",
        "certops_custom_ca has no value that it can have (it has no metod, only method",
    ):
        assert one in told, one


@pytest.mark.parametrize(
    ("folder", "told"), [("", "certops_report_dir cannot be ''"), ("{file}/x", "(Not a directory)"), ("{file}", "(")]
)
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_folder_that_the_report_cannot_be_written_into_is_told_first(
    demo: RunningEstate, tmp_path: Path, playbook: str, folder: str, told: str
) -> None:
    (tmp_path / "file").touch()
    played = player.play(demo, tmp_path, playbook=playbook, certops_report_dir=folder.format(file=tmp_path / "file"))
    assert played.returncode == 2
    assert told in " ".join(played.printed.split())
    assert "certops_report_dir" in played.printed
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_a_playbook_of_one_s_own_hands_on_is_looked_at_too(demo: RunningEstate, tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(
        json.dumps([{"import_playbook": "certops.vsphere.audit", "vars": {"certops_probe": "perhaps"}}]), encoding="utf-8"
    )
    played = play(demo, tmp_path, playbook=str(own))
    assert played.returncode == 2
    assert "certops_probe cannot be 'perhaps' (it must be true or false; vc01, vc02)" in " ".join(played.printed.split())
