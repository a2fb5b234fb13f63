# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docs/awx.md has one copy into AWX: its variables exist, and its playbooks do what it says."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.certops.vsphere.plugins.module_utils.core.outcome import build, variable
from ansible_collections.certops.vsphere.plugins.module_utils.entry import CONNECTION_SPEC
from role_options import options

ROOT = Path(__file__).resolve().parent.parent.parent
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
