# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docs/awx.md has one copy into AWX: its variables exist, and its playbooks do what it says."""

from __future__ import annotations

import json
import math
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import CONNECTION_SPEC
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.outcome import build, variable
from role_options import options

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", GUIDE, re.DOTALL))
INPUTS: dict[str, Any] = yaml.safe_load(BLOCKS["inputs"])
INJECTORS: dict[str, Any] = yaml.safe_load(BLOCKS["injectors"])
FALLBACKS = {spec["fallback"][1][0] for spec in CONNECTION_SPEC.values() if "fallback" in spec}


def left(name: str, **changes: Any) -> dict[str, Any]:
    """The artifact of a vCenter all of whose hosts are sound."""
    return {variable(name): {**build({}, name), "read": True, "hosts": 3, "counts": {"ok": 3}, **changes}}


def alert(folder: Path, artifacts: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the guide's playbook as AWX would: the artifacts of the jobs before it are extra variables."""
    (folder / "alert.yml").write_text(BLOCKS["alert.yml"], encoding="utf-8")
    (folder / "vars.json").write_text(json.dumps(artifacts), encoding="utf-8")
    command = ["ansible-playbook", "alert.yml", "-e", "@vars.json"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_credential_injects_what_the_modules_take_and_what_it_asks_for() -> None:
    assert set(INJECTORS["env"]) <= FALLBACKS
    asked = {field["id"] for field in INPUTS["fields"]}
    assert set(INPUTS["required"]) == asked
    values = [*INJECTORS["env"].values(), *INJECTORS["file"].values()]
    used = {found for value in values for found in re.findall(r"{{ ([\w.]+) }}", value)}
    files = {name.partition(".")[2] for name in INJECTORS["file"]}
    assert used == asked | {f"tower.filename.{name}" for name in files}
    assert [field["id"] for field in INPUTS["fields"] if field.get("secret")] == ["password"]


def test_the_survey_asks_for_variables_of_the_roles_and_offers_what_they_take() -> None:
    known = options()
    for question in yaml.safe_load(BLOCKS["survey"]):
        option = known[question["variable"]]
        assert question.get("choices") == option.get("choices")
        assert {"multiplechoice": "str", "integer": "int"}[question["type"]] == option["type"]


def test_every_variable_that_the_guide_names_exists() -> None:
    facts = {"certops_ssh", "certops_outcome_vc01", "certops_outcome_vc_2dberlin", "certops_outcome_"}
    named = set(re.findall(r"\bcertops_\w+", GUIDE))
    assert named - set(options()) - facts == set()
    assert set(re.findall(r"\bVMWARE_\w+", GUIDE)) <= FALLBACKS


def test_the_outcome_that_the_guide_shows_has_what_an_outcome_has() -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)[0])
    assert list(shown) == [variable("vc01")]
    assert list(shown[variable("vc01")]) == list(build({}, "vc01"))
    assert variable("vc-berlin") in GUIDE


@pytest.mark.parametrize("block", ["renew.yml", "alert.yml"])
def test_a_playbook_of_the_guide_is_one(run, tmp_path: Path, block: str) -> None:
    (tmp_path / block).write_text(BLOCKS[block], encoding="utf-8")
    run("ansible-playbook", "--syntax-check", "-i", "localhost,", tmp_path / block)


def test_the_alert_is_silent_where_all_is_settled(tmp_path: Path) -> None:
    done = alert(tmp_path, {**left("vc-01"), **left("vc-02")})
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("artifacts", "told"),
    [
        ({**left("vc-01"), **left("vc-02", unsettled=["esx07"])}, "2 vCenters with 6 hosts: stopped none, unsettled esx07"),
        (left("vc-01", failure="It does not answer."), "1 vCenters with 3 hosts: stopped vc-01, unsettled none"),
        ({}, "0 vCenters with 0 hosts"),
    ],
)
def test_the_alert_fails_where_something_is_left_to_do(tmp_path: Path, artifacts: dict[str, Any], told: str) -> None:
    done = alert(tmp_path, artifacts)
    assert done.returncode == 2
    assert told in done.stdout, done.stdout


# The model on paper, as it is worked out: h hosts in each of 200 vCenters, batches of b hosts, c at the same time, t seconds a host.
VCENTERS, H, B, C, T = 200, 250, 12, 4, 16
BATCHES = math.ceil((H - 1) / B)
IN_VCENTER = T + BATCHES * math.ceil(B / C) * T + 2 * 31 + 0.5 * H
AUDIT, CHANGES, MEMORY = 25 + 2 * H, 4 * H + 2, 70 + 0.14 * H
AUDIT_CPU, RENEWAL_CPU, EVENTS = 1.8 + 0.0076 * H, 5 + 0.18 * H + 0.0008 * H * H, 270 + 60 * math.ceil(H / B)
MODEL = {
    "25 + 2*h* ": (f"{AUDIT}", f"{AUDIT * VCENTERS:,}"),
    "4*h* + 2 ": (f"{CHANGES:,}", f"{CHANGES * VCENTERS:,}"),
    "2 (after the canary, at the end)": ("2", f"{2 * VCENTERS}"),
    "70 MB + 0.14 MB *h*": (f"{MEMORY:.0f} MB", f"{MEMORY * VCENTERS / 1000:.0f} GB"),
    "1.8 s + 0.0076 s *h*": (f"{AUDIT_CPU:.0f} s", f"{AUDIT_CPU * VCENTERS / 60:.0f} minutes"),
    "5 s + 0.18 s *h* + 0.0008 s *h*^2": (f"{RENEWAL_CPU:.0f} s", f"{RENEWAL_CPU * VCENTERS / 3600:.1f} hours"),
    "*t* + ceil((*h* - 1)/*b*) ceil(*b*/*c*) *t* + SPS 2 x 31 s + 0.5 s *h*": (f"{IN_VCENTER:,.0f} s", ""),
    "270 + 60 ceil(*h*/*b*)": (f"{EVENTS:,}", f"{EVENTS * VCENTERS:,}"),
}


@pytest.mark.parametrize("formula", MODEL)
def test_the_model_on_paper_is_what_its_formulas_give(formula: str) -> None:
    [row] = [line.split(" | ") for line in GUIDE.splitlines() if f" | {formula}" in line]
    one, of_all = MODEL[formula]
    assert row[2].startswith(one)
    assert row[3].startswith(of_all)


def test_the_time_of_a_vcenter_and_of_the_whole_estate_follows_from_the_model() -> None:
    low, high = (IN_VCENTER + 30 + BATCHES * seconds for seconds in (3, 6))
    assert f"| {30 + BATCHES * 3} to {30 + BATCHES * 6} s |" in GUIDE
    assert f"| {low / 60:.0f} to {high / 60:.0f} minutes |" in GUIDE
    calls = 157 + 65 * H
    assert f"| {round(calls, -2):,}, {calls / high:.0f} a second | {calls * VCENTERS / 1e6:.1f} million |" in GUIDE
    megabytes = 0.4 + 0.038 * H + 0.0046 * H * H / B
    assert f"1,530, {megabytes:.0f} MB | 306,000, {megabytes * VCENTERS / 1000:.1f} GB" in GUIDE
    # 5 slices with 10 forks have 50 vCenters at work: four rounds.
    assert 4 * high < 2 * 3600
