# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run and a host that does not trust SMS: told and left alone, and with the option cured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from processes import Played, mutating, play
from vsphere_sim.testing import estate, sound

SOUND: dict[str, Any] = {"version": "8.0.2", "certificate": {"days_left": 900}, "provider": {}}
SCENARIO = {"vcenters": [{"name": "vc01", "clusters": [{"name": "a", "hosts": [SOUND, SOUND, {**SOUND, "sms_trust_lost": True}]}]}]}


def steps(played: Played, name: str) -> list[tuple[str, str]]:
    """What was done to a host, as the report has it."""
    return [(result["step"], result["status"]) for result in played.host("vc01", name)["step_results"]]


def test_a_host_that_does_not_trust_sms_is_left_alone_and_with_the_option_cured(tmp_path: Path, root: Path) -> None:
    with estate(tmp_path / "estate", scenario=SCENARIO, speed=100) as running:
        first, _second, ill = [host["name"] for host in running.state()["vcenters"][0]["hosts"]]
        before = running.host(ill)

        left = play(running, tmp_path / "1")
        assert left.returncode == 0, left.printed
        assert [one["code"] for one in left.host("vc01", ill)["blockers"]] == ["host_distrusts_sms"]
        assert mutating(running) == []

        predicted = play(running, tmp_path / "2", "--check", certops_repair_host_trust=True)
        assert predicted.returncode == 0, predicted.printed
        assert mutating(running) == []

        done = play(running, tmp_path / "3", certops_repair_host_trust=True)
        assert done.returncode == 0, done.printed
        assert steps(done, ill) == steps(predicted, ill) == [("repair_trust", "changed"), ("reregister", "changed")]
        after = running.host(ill)
        assert sound(after)
        assert after["damage"] == []
        assert after["castore"][: len(before["castore"])] == before["castore"]
        assert after["castore"] == running.host(first)["castore"]
        assert after["crls"] == before["crls"]
        assert next(method for method, _target in mutating(running)) == "ReplaceCACertificatesAndCRLs"

        backup = done.host("vc01", ill)["step_results"][0]["backup"]
        assert len(backup["ca_certificates"]) == len(before["castore"])
        assert backup["ca_crls"] == before["crls"]
        schema = json.loads((root / "docs" / "report.schema.json").read_text(encoding="utf-8"))
        whole = json.loads((tmp_path / "3" / "report" / "report.json").read_text(encoding="utf-8"))
        assert list(Draft202012Validator(schema).iter_errors(whole)) == []
