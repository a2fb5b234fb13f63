# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report folder as a user finds it after a playbook: every file, in check mode too, for vCenters that could not be read, and none."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path
from xml.etree import ElementTree

import processes
from player import play
from processes import Played
from prometheus_client.parser import text_string_to_metric_families
from vsphere_sim.testing import RunningEstate
from written_reports import written

FLEET_FILES = ["certops.prom", "junit.xml", "report.csv", "report.html", "report.json"]


def changed(played: Played) -> set[str]:
    """What the recap says of changes."""
    recap = played.printed[played.printed.index("PLAY RECAP") :]
    return {word for word in recap.split() if word.startswith("changed=")}


def dead_vcenter(folder: Path) -> Path:
    """An inventory with a vCenter that nobody answers for."""
    path = folder / "dead.yml"
    host = {"ansible_host": "127.0.0.1", "certops_vcenter_port": 1}
    path.write_text(json.dumps({"vcenters": {"hosts": {"vc00": host}}}), encoding="utf-8")
    return path


def test_check_mode_leaves_every_file_and_no_change(demo: RunningEstate, tmp_path: Path) -> None:
    played = play(demo, tmp_path, "--check", "--limit", "vc02,localhost", certops_fail_on="stopped")
    assert played.returncode == 0, played.printed
    folder = tmp_path / "report"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FLEET_FILES, "vc02.json"])
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o640}
    [report] = written(tmp_path)["vcenters"]
    assert (report["check_mode"], report["inventory_name"]) == (True, "vc02")
    assert any(word["result"] == "would change" for word in report["hosts"])
    with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(report["hosts"])
    assert len(list(ElementTree.parse(folder / "junit.xml").iter("testcase"))) == len(report["hosts"])
    families = {family.name for family in text_string_to_metric_families((folder / "certops.prom").read_text(encoding="utf-8"))}
    assert "certops_host_certificate_expiry_timestamp_seconds" in families
    task = played.printed.split("Write the report of all vCenters]")[1]
    assert "\nok: [vc02]\n" in task, "a report is no change"
    assert (
        f" hosts under 1 vCenter (a part of the estate): 1 blocked, 1 would change, 2 need nothing. Report: {folder / 'report.html'}\n"
        in task
    )


def test_an_audit_of_a_vcenter_that_cannot_be_read_fails_and_is_in_the_report(demo: RunningEstate, tmp_path: Path) -> None:
    arguments = ("-i", str(dead_vcenter(tmp_path)), "--limit", "vc00,vc02,localhost")
    played = play(demo, tmp_path, *arguments, playbook="audit.yml", protection=None)
    assert played.returncode == 2
    assert changed(played) == {"changed=0"}
    document = written(tmp_path)
    assert [report["inventory_name"] for report in document["vcenters"]] == ["vc02"]
    [unavailable] = document["unavailable"]
    assert unavailable["vcenter"] == "vc00"
    assert "cannot be reached" in unavailable["failure"]
    assert 'certops_vcenter_read{vcenter="vc00"} 0\n' in (tmp_path / "report" / "certops.prom").read_text(encoding="utf-8")
    assert "Traceback" not in played.printed


def test_the_report_of_all_vcenters_is_written_once_whatever_strategy_is_configured(demo: RunningEstate, tmp_path: Path) -> None:
    # With the strategy free each vCenter would write it, at the same time.
    played = processes.play(
        demo, tmp_path, playbook="audit.yml", protection=None, environment={"ANSIBLE_STRATEGY": "free"}, certops_fail_on="due"
    )
    assert played.returncode == 2, played.printed
    assert len(played.reports) > 1
    assert played.printed.count("[Write the report of all vCenters]") == 1
    assert "run_once" not in played.printed


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(demo: RunningEstate, tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file in its place", encoding="utf-8")
    played = play(demo, tmp_path, "--limit", "vc02,localhost", playbook="audit.yml", protection=None)
    assert played.returncode == 2
    assert f"The report cannot be written into {tmp_path / 'report'} (Not a directory). Give a folder" in played.printed
    assert "Traceback" not in played.printed
