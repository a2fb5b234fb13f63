# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole run as one task: what is told on the way, what ends it early, what a playbook and a role find afterwards. Without Ansible and a vCenter."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Optional

import pytest
from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.action import run_vcenter
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import parent
from ansible_collections.certops.vsphere.plugins.plugin_utils._run import said, shown_report
from ansible_collections.certops.vsphere.tests.unit.estates import estate, host

DUE, SOUND = "esx01.example.com", "esx02.example.com"
STEPS = {"esxi_cert_regenerate": "renew", "esxi_reconnect": "reconnect", "vasa_provider_reregister": "reregister"}
NOBODYS_NAME = "certops_skip names esx-z, and no ESXi host of vc1 matches."
LOOKED_THROUGH = {"vcenters": {}, "skipped": [], "addresses": {}, "in_doubt": [], "missing": []}


class HostVars(dict[str, dict[str, Any]]):
    """hostvars, as far as actions look at them."""

    def raw_get(self, name: str) -> dict[str, Any]:
        """The variables of a host as they stand."""
        return self[name]


class World:
    """The task of a vCenter whose modules do what they are asked. before: how the vCenter is; after: how it is read back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, *others: str, check_mode: bool = False) -> None:
        names = ["vc1", *others]
        self.before = estate(host(DUE, ends=20), host(SOUND)).to_facts()
        self.after = estate(host(DUE), host(SOUND)).to_facts()
        self.refused: dict[str, str] = {}
        self.asked: list[str] = []
        self.printed: list[str] = []
        self.variables: dict[str, Any] = {
            "inventory_hostname": "vc1",
            "ansible_play_hosts_all": names,
            "groups": {"vcenters": names},
            "hostvars": HostVars({name: {} for name in names}),
            "certops_protection": "confirmed",
            "certops_report_dir": str(folder),
        }
        self.parent: Callable[[], None] = lambda: None
        self._check_mode = check_mode
        self._monkeypatch = monkeypatch
        for place in (said, shown_report):
            monkeypatch.setattr(place, "writes_lines", lambda: True)
            monkeypatch.setattr(place.display, "display", lambda text, **where: self.printed.append(text))

    def run(self, **options: Any) -> dict[str, Any]:
        """What the task returns."""
        kind = run_vcenter.ActionModule
        one = object.__new__(kind)
        one._task = SimpleNamespace(check_mode=self._check_mode, args=options, environment=[])
        one._templar = SimpleNamespace(template=lambda value: value)
        patch = self._monkeypatch.setattr
        patch(kind, "run_module", lambda _self, _vars, name, _made, asked, _step: self._answer(name, asked))
        patch(kind, "speaking", lambda _self, *_told: contextlib.nullcontext())
        patch(kind, "validate_argument_spec", lambda _self, argument_spec: (None, {"audit": False, "goes_on": False, **options}))
        patch(run_vcenter, "end_with_parent", self._parent_ends)
        result: dict[str, Any] = one.work(self.variables)
        return result

    def _parent_ends(self) -> None:
        self.parent()

    def _answer(self, module: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(module)
        if module in self.refused:
            return {"changed": False, "failed": True, "msg": self.refused[module], "error_code": "refused"}
        if module == "cert_expiry_facts":
            facts = self.before if len(self.asked) == 1 else self.after
            return {"changed": False, "retries": 0, "ansible_facts": {"certops": facts}}
        step, status = STEPS[module], "changed"
        hosts = [
            {"esxi_host": name, "step": step, "status": status, "failed": False, "changed": True, "error": None, "after": None}
            for name in asked["esxi_hosts"]
        ]
        return {"changed": True, "hosts": hosts, "diff": [{"before": step}], "warnings": [f"{step} was slow."]}

    def in_playbook(self, **looked_through: Any) -> None:
        """Have it be a task of a playbook of ours."""
        found = {"names_given": False, "esxi": LOOKED_THROUGH, **looked_through}
        self.variables.update(__certops_in_playbook=True, __certops_looked_through=found)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """The only vCenter of an inventory."""
    return World(monkeypatch, tmp_path)


def test_a_run_says_what_it_does_and_reports(world: World, tmp_path: Path) -> None:
    done = world.run()
    assert world.printed[:5] == [
        f"vc1: 2 hosts, 1 to do (renew 1, reconnect 1, reregister 1), 0 blocked, 0 left alone; first {DUE}",
        *(f"vc1: turn {number} of 4: {step} {DUE} (canary)" for number, step in enumerate([*STEPS.values(), "verify"], start=1)),
    ]
    assert (done["changed"], done["failure"], done["role"], done["gate"]) == (True, "", {}, "")
    assert {one["esxi_host"]: one["result"] for one in done["report"]["hosts"]} == {DUE: "done", SOUND: "ok"}
    # What Ansible shows of its parts.
    assert (len(done["warnings"]), len(done["diff"])) == (3, 3)
    assert [one["step"] for one in done["results"]] == list(STEPS.values())
    assert [one["verified"] for one in done["verified"]] == [True]
    assert done["plan"]["vcenter"] == "vc1.example.com"
    assert (tmp_path / "vc1.json").is_file()


def test_where_a_document_is_printed_what_would_be_said_is_in_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (said, shown_report):
        monkeypatch.setattr(place, "writes_lines", lambda: False)
    done = world.run()
    assert [text.partition(":")[2].split()[0] for text in done["said"]] == ["2", "turn", "turn", "turn", "turn"]
    assert done["lines"][0] == "vc1 (vc1.example.com, run): 1 done, 1 ok"
    assert world.printed == []


def test_a_playbook_is_left_no_more_than_all_vcenters_have_in_common(world: World) -> None:
    world.in_playbook()
    done = world.run()
    assert {"results", "verified", "after", "plan"} & set(done) == set()
    assert done["names"] == {"entries": {}, "single": {}, "several": []}
    assert done["report"]["counts"] == {"done": 1, "ok": 1}


def test_an_audit_begins_nothing(world: World) -> None:
    world.in_playbook()
    world.variables.update(certops_audit=True, certops_skip="esx-z", certops_results=[{"of": "an earlier run"}])
    done = world.run(audit=True)
    assert (world.asked, done["changed"]) == (["cert_expiry_facts"], False)
    assert {one["result"] for one in done["report"]["hosts"]} == {"due", "ok"}
    # Over all vCenters it is told when all of them have been read.
    assert done["report"]["warnings"] == []
    assert done["names"]["entries"] == {"certops_skip": {"esx-z": 0}}


def test_check_mode_shows_the_turns_at_its_end_and_not_one_by_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, check_mode=True)
    done = world.run()
    assert {one["result"] for one in done["report"]["hosts"]} == {"would change", "ok"}
    assert [text for text in world.printed if text.startswith("vc1: ")] == []
    assert sum(text.count("\nturn ") for text in world.printed) >= 4


def test_where_nothing_is_due_nothing_is_asked_but_how_it_is(world: World) -> None:
    world.before = world.after
    done = world.run()
    assert (world.asked, done["changed"], done["failure"]) == (["cert_expiry_facts"], False, "")


def test_a_vcenter_that_cannot_be_read_has_no_report_and_fails_no_task(world: World) -> None:
    world.refused = {"cert_expiry_facts": "InvalidLogin."}
    done = world.run()
    assert (done["report"], done["failure"], done["failure_code"]) == ({}, "InvalidLogin.", "refused")
    assert "failed" not in done
    assert done["ansible_stats"]["data"]["certops_outcome_vc1"]["read"] is False


@pytest.mark.parametrize("broken", [AnsibleError("a variable has no value"), KeyError("a defect of ours")])
def test_what_cannot_even_be_begun_is_told(world: World, monkeypatch: pytest.MonkeyPatch, broken: Exception) -> None:
    def breaks(_self: Any, _vars: Any) -> Any:
        raise broken

    monkeypatch.setattr(run_vcenter.ActionModule, "begin", breaks)
    done = world.run()
    assert done["report"] == {}
    assert done["failure"].startswith(
        "a variable has no value" if isinstance(broken, AnsibleError) else "An internal error in certops.vsphere stopped reading"
    )


def test_the_guard_stops_it_before_anything_is_begun(world: World) -> None:
    world.variables["certops_protection"] = None
    done = world.run()
    assert (world.asked, done["failure_code"]) == (["cert_expiry_facts"], "run_not_allowed")
    assert done["report"]["failure"].startswith("Pre-flight checks failed for vc1.example.com; nothing was changed.")


def test_after_a_failure_nothing_more_is_begun_and_what_is_there_is_read_back(world: World) -> None:
    world.refused = {"esxi_reconnect": "It broke."}
    done = world.run()
    assert world.asked == ["cert_expiry_facts", "esxi_cert_regenerate", "esxi_reconnect", "esxi_reconnect", "cert_expiry_facts"]
    assert (done["changed"], done["failure_code"]) == (True, "refused")
    assert done["failure"].startswith("It broke.")
    assert done["report"]["failure"] == done["failure"]


def test_a_report_that_cannot_be_written_fails_the_task_of_a_playbook(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    world.variables["certops_report_dir"] = str(tmp_path / "file" / "below")
    done = world.run()
    assert ("failed" in done, done["unwritten"][:32]) == (False, "The report cannot be written int")
    world.asked.clear()
    world.in_playbook()
    failed = world.run()
    assert (failed["failed"], failed["msg"]) == (True, failed["unwritten"])


def test_what_a_role_has_to_do_ends_it_and_it_goes_on_after_that(world: World) -> None:
    world.variables.update(certops_method="cli", groups={"vcenters": ["vc1"], "esxi": [DUE]})
    world.variables["hostvars"][DUE] = {"vcenter": "vc1", "ansible_user": "root", "ansible_password": "secret"}
    waiting = world.run()
    assert (waiting["role"]["name"], waiting["role"]["esxi_hosts"], waiting["role_turns"]) == ("renew_cli", [DUE], 1)
    assert world.asked == ["cert_expiry_facts"]
    results = [
        {"esxi_host": DUE, "step": step, "status": "changed", "failed": False, "changed": True, "error": None, "after": None}
        for step in ("renew_cli", "reconnect_pinned")
    ]
    world.variables.update(__certops_run=waiting, certops_plan=waiting["plan"], certops_results=results)
    done = world.run(goes_on=True)
    assert (done["role"], done["failure"]) == ({}, "")
    assert [one["step"] for one in done["results"]][:2] == ["renew_cli", "reconnect_pinned"]
    assert done["report"]["counts"]["done"] == 1
    # There may be fewer turns of roles than were foreseen.
    world.variables["__certops_run"] = done
    assert world.run(goes_on=True) == {**done, "changed": False}
    # What the role failed with ends the run.
    world.variables.update(__certops_run=waiting, certops_failure="No SSH.", certops_failure_code="ssh_failed", certops_results=[])
    stopped = world.run(goes_on=True)
    assert (stopped["failure"], stopped["failure_code"]) == ("No SSH.", "ssh_failed")


def test_nothing_more_is_begun_where_ansible_itself_has_ended(world: World) -> None:
    def ended() -> None:
        if len(world.asked) > 1:
            raise SystemExit(1)

    world.parent = ended
    with pytest.raises(SystemExit):
        world.run()
    assert world.asked == ["cert_expiry_facts", "esxi_cert_regenerate"]


@pytest.mark.parametrize("alive", [None, True, False])
def test_a_process_asks_whether_the_one_that_began_it_is_there(monkeypatch: pytest.MonkeyPatch, alive: Optional[bool]) -> None:
    process = None if alive is None else SimpleNamespace(is_alive=lambda: alive)
    monkeypatch.setattr(parent.multiprocessing, "parent_process", lambda: process)
    with pytest.raises(SystemExit) if alive is False else contextlib.nullcontext():
        parent.end_with_parent()


def test_a_name_of_nobody_fails_a_run_with_its_plan(world: World) -> None:
    world.variables["certops_skip"] = "esx-z"
    done = world.run()
    assert done["failure"].startswith(
        f"Nothing was changed on vc1.example.com. {NOBODYS_NAME} A host is known by its name in vCenter"
    )
    assert (done["plan"]["vcenter"], world.asked) == ("vc1.example.com", ["cert_expiry_facts"])


def test_it_is_told_over_all_vcenters_whether_a_name_is_nobodys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def failure(**of_other: Any) -> str:
        world = World(monkeypatch, tmp_path, "vc2", *of_other.pop("others", ()))
        world.before = world.after
        world.in_playbook(names_given=True)
        world.variables["certops_skip"] = "esx-z"
        world.variables["hostvars"]["vc2"].update(of_other)
        if of_other.pop("sliced", False):
            world.variables["ansible_play_hosts_all"] = ["vc1", "vc2"]
        return str(world.run()["failure"])

    def planned(**entries: int) -> dict[str, Any]:
        return {"plan": {"names": {"entries": {"certops_skip": entries} if entries else {}, "single": {}, "several": []}}}

    known = planned(**{"esx-z": 1})
    assert failure() == "", "the other one has not been read"
    assert failure(__certops_planned=known) == ""
    assert NOBODYS_NAME in failure(__certops_planned=planned())
    # What an earlier playbook left says nothing.
    assert failure(__certops_run={"report": {}, "names": planned()["plan"]["names"]}) == ""
    assert failure(__certops_planned=planned(), others=["vc3"], sliced=True) == "", "the limit of the run leaves one out"


def test_a_plan_that_the_playbook_had_made_before_is_taken(world: World) -> None:
    first = world.run()["plan"]
    world.asked.clear()
    world.in_playbook(names_given=True)
    world.variables["__certops_planned"] = {"failed": True, "msg": "No answer."}
    assert (world.run()["failure"], world.asked) == ("No answer.", [])
    world.variables["__certops_planned"] = {"plan": {**first, "something_to_do": False}}
    assert (world.run()["failure"], world.asked) == ("", [])
