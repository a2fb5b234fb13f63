# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions that a run begins and ends with: plan, guard, report of a vCenter, report of all. Without Ansible and without a vCenter."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import pytest
import yaml
from ansible_collections.certops.vsphere.plugins.action import guard_vcenter, plan_vcenter, report_fleet, report_vcenter
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._common.packed import pack
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import installed_collection
from ansible_collections.certops.vsphere.plugins.plugin_utils._run import guarding, said, shown_report
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.policy_variables import policy_from
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.vcenter_share import Share
from ansible_collections.certops.vsphere.tests.unit.estates import estate, host

ROOT = Path(__file__).resolve().parents[3]
DUE, SOUND = "esx01.example.com", "esx02.example.com"
FACTS = estate(host(DUE, ends=20), host(SOUND)).to_facts()
NOBODYS_NAME = "certops_skip names esx-z, and no ESXi host of vc1 matches."


class HostVars(dict[str, dict[str, Any]]):
    """hostvars, as far as actions look at them."""

    def raw_get(self, name: str) -> dict[str, Any]:
        """The variables of a host as they stand."""
        return self[name]


class World:
    """One vCenter's task, with what is printed and what modules of others are asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, *others: str, check_mode: bool = False) -> None:
        self.hostvars = HostVars({name: {} for name in ("vc1", *others)})
        self.variables: dict[str, Any] = {
            "inventory_hostname": "vc1",
            "ansible_play_hosts_all": ["vc1", *others],
            "groups": {"vcenters": ["vc1", *others]},
            "hostvars": self.hostvars,
            "certops_protection": "confirmed",
            "certops_report_dir": str(folder),
            "certops_fail_on": "unknown",
            "certops_failure": "",
        }
        self.answer: dict[str, Any] = {"changed": False, "retries": 0, "ansible_facts": {"certops": FACTS}}
        self.asked: list[tuple[str, dict[str, Any], Any]] = []
        self.printed: list[str] = []
        self._check_mode = check_mode
        self._monkeypatch = monkeypatch
        for place in (said, shown_report):
            monkeypatch.setattr(place, "writes_lines", lambda: True)
            monkeypatch.setattr(place.display, "display", lambda text, **_where: self.printed.append(text))

    def run(self, action: Any, **options: Any) -> dict[str, Any]:
        """What the task of an action returns."""
        kind = action.ActionModule
        one = object.__new__(kind)
        one._task = SimpleNamespace(check_mode=self._check_mode, args=options, environment=[])
        one._templar = SimpleNamespace(template=lambda value: value)
        given = {**{name: spec.get("default") for name, spec in action.SPEC.items()}, **options}
        if hasattr(kind, "run_module"):
            self._monkeypatch.setattr(
                kind, "run_module", lambda _self, _vars, name, _made, asked, _step: self._answer(name, asked, None)
            )
            self._monkeypatch.setattr(kind, "speaking", lambda _self, *_told: contextlib.nullcontext())
            self._monkeypatch.setattr(kind, "validate_argument_spec", lambda _self, argument_spec: (None, given))
            self._monkeypatch.setattr(
                kind,
                "_execute_module",
                lambda own, module_name, module_args, task_vars: self._answer(module_name, module_args, own._task.environment),
            )
            result: dict[str, Any] = one.work(self.variables)
            return result
        one.variables = self.variables
        reported: dict[str, Any] = one.work(given)
        return reported

    def _answer(self, name: str, asked: dict[str, Any], environment: Any) -> dict[str, Any]:
        self.asked.append((name, asked, environment))
        return self.answer

    def planned(self, **variables: Any) -> dict[str, Any]:
        """Make the plan, and keep it as the role does."""
        self.variables.update(variables)
        plan: dict[str, Any] = self.run(plan_vcenter)["plan"]
        self.variables["certops_plan"] = self.hostvars["vc1"]["certops_plan"] = plan
        return plan


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """The only vCenter of an inventory."""
    return World(monkeypatch, tmp_path)


def test_a_plan_is_made_by_the_roles_variables_and_nothing_observed_becomes_a_fact(world: World) -> None:
    world.variables.update(certops_probe=False, certops_connection={"hostname": "192.0.2.1", "request_timeout_seconds": 7})
    made = world.run(plan_vcenter)
    asked = {"hostname": "192.0.2.1", "probe": False, "request_timeout_seconds": 7, "ssh": False, "vsan": True, "chosen_by": {}}
    assert world.asked == [("cert_expiry_facts", asked, None)]
    assert {one["esxi_host"]: one["steps"][:1] for one in made["plan"]["hosts"]} == {DUE: ["renew"], SOUND: []}
    assert "ansible_facts" not in made
    assert (made["retries"], world.printed) == (0, [])


@pytest.mark.parametrize(("given", "told"), [(False, True), ("no", True), (True, False), (None, False)])
def test_it_is_told_where_nobody_verifies_whom_the_password_is_sent_to(
    world: World, monkeypatch: pytest.MonkeyPatch, given: Any, told: bool
) -> None:
    world.variables["certops_connection"] = {"hostname": "vc1", **({} if given is None else {"validate_certs": given})}
    monkeypatch.delenv("VMWARE_VALIDATE_CERTS", raising=False)
    said_of = [text for text in world.run(plan_vcenter)["plan"]["warnings"] if "certops_vcenter_validate_certs is false" in text]
    assert bool(said_of) is told
    if given is None:
        monkeypatch.setenv("VMWARE_VALIDATE_CERTS", "false")
        assert "was not verified" in world.run(plan_vcenter)["plan"]["warnings"][0]


def test_check_mode_shows_what_would_be_done_and_that_a_run_would_be_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = World(monkeypatch, tmp_path, check_mode=True)
    plan = world.planned(certops_protection=None)
    assert (plan["allowed"], plan["policy"]["protection"]) == (True, None)
    assert [one["code"] for one in plan["blockers"]] == ["protection_not_stated"]
    assert world.run(guard_vcenter) == {"changed": False}
    reported = world.run(report_vcenter)
    assert [one["result"] for one in reported["report"]["hosts"]] == ["would change", "ok"]
    assert "1 kept back (vc1)" in reported["gate"]
    # Where nothing is due, nobody asks.
    assert world.planned(certops_hosts=[SOUND])["blockers"] == []


def test_a_vcenter_that_cannot_be_read_has_no_plan(world: World) -> None:
    world.answer = {"failed": True, "msg": "InvalidLogin."}
    assert world.run(plan_vcenter) == {"failed": True, "msg": "InvalidLogin."}


def test_the_inventorys_hosts_are_sorted_where_no_playbook_has_done_so(world: World) -> None:
    world.hostvars.update(esx01={"vcenter": "vc1", "certops_skip": True}, esx02={"vcenter": "vc1", "ansible_host": "192.0.2.2"})
    world.variables["groups"]["esxi"] = ["esx01", "esx02"]
    plan = world.planned()
    assert plan["policy"]["inventory_hosts"] == ["esx01", "esx02"]
    assert plan["policy"]["inventory_addresses"] == {"esx02": "192.0.2.2"}
    assert [one["esxi_host"] for one in plan["excluded"]] == [DUE]
    # Who has hosts in the inventory may have had SSH switched on for one.
    assert world.asked[-1][1]["ssh"] is True


@pytest.mark.parametrize(("skip", "taken"), [(True, ["*"]), (False, []), ("a, b", ["a", "b"]), (["a"], ["a"]), ([], [])])
def test_a_vcenter_may_be_skipped_whole(skip: Any, taken: list[str]) -> None:
    variables: Mapping[str, Any] = {"certops_skip": skip, "certops_custom_ca": {"method": "key"}, "certops_hosts": None}
    policy = policy_from(variables.__getitem__, variables.__contains__, Share(), "auto").to_facts()
    assert (policy["skip"], policy["custom_ca"], policy["hosts"]) == (taken, True, None)


def test_the_defaults_of_the_roles_are_those_of_the_policy() -> None:
    defaults = policy_from({}.__getitem__, {}.__contains__, Share(), "auto").to_facts()
    assert {**defaults, "hosts": None} == {**Policy().to_facts(), "inventory_hosts": None}
    for role in ("observe", "renew_iofilter"):
        text = (ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
        options = yaml.safe_load(text)["argument_specs"]["main"]["options"]
        declared = {name.removeprefix("certops_"): option["default"] for name, option in options.items() if "default" in option}
        told = {name: value for name, value in declared.items() if name in defaults and name != "custom_ca"}
        assert told == {name: defaults[name] for name in told}


def test_the_guard_lets_pass_what_may_be_begun(world: World) -> None:
    world.planned()
    assert world.run(guard_vcenter) == {"changed": False}


def test_the_guard_stops_where_something_forbids_all(world: World) -> None:
    world.planned(certops_protection=None)
    with pytest.raises(CertopsError, match=r"Pre-flight checks failed for vc1.example.com; nothing was changed. ") as caught:
        world.run(guard_vcenter)
    assert "set certops_protection to confirmed" in str(caught.value)


def test_the_guard_stops_where_a_name_is_nobodys(world: World) -> None:
    world.planned(certops_skip="esx-z")
    with pytest.raises(CertopsError, match=r"Nothing was changed on vc1.example.com. certops_skip names esx-z"):
        world.run(guard_vcenter)


def test_the_guard_asks_for_the_account_that_registers_providers(world: World) -> None:
    world.planned(certops_reregister_method="register", certops_provider_username="root", certops_provider_password="")
    with pytest.raises(CertopsError, match=r"Use the method sps_restart, which needs no account."):
        world.run(guard_vcenter)
    world.variables["certops_provider_password"] = "secret"
    assert world.run(guard_vcenter) == {"changed": False}
    # Nothing is to be done, so that nobody needs it.
    world.variables["certops_provider_password"] = ""
    world.planned(certops_hosts=[SOUND])
    assert world.run(guard_vcenter) == {"changed": False}


def test_the_guard_asks_for_a_ca_that_can_sign(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = world.planned()
    plan["hosts"][0]["steps"] = ["renew_custom_ca", "reconnect"]
    world.variables["certops_custom_ca"] = {"method": "command", "argv": ["/nowhere/sign"]}
    with pytest.raises(CertopsError, match=r"Nothing was changed on vc1.example.com: certops_custom_ca cannot be used") as caught:
        world.run(guard_vcenter)
    assert "there is no program /nowhere/sign" in str(caught.value)
    world.variables["certops_custom_ca"]["argv"] = ["sh"]
    assert world.run(guard_vcenter) == {"changed": False}
    monkeypatch.setattr(guarding, "role_problem", lambda _action, name: None if name == "sign_here" else f"no role {name}")
    world.variables["certops_custom_ca"] = {"method": "role", "name": "sign_nowhere"}
    with pytest.raises(CertopsError, match="no role sign_nowhere"):
        world.run(guard_vcenter)
    world.variables["certops_custom_ca"]["name"] = "sign_here"
    assert world.run(guard_vcenter) == {"changed": False}


def with_snapshot(world: World, monkeypatch: pytest.MonkeyPatch, **variables: Any) -> dict[str, Any]:
    """A plan that is protected by a snapshot."""
    monkeypatch.setattr(guarding, "installed_module", lambda name: name == "vmware.vmware.vm_snapshot")
    given = {"certops_protection": "snapshot", "certops_vcenter_hostname": "vcsa", "certops_vcenter_vm_folder": "dc1/vm"}
    return world.planned(**given, **variables)


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_snapshot_of_the_vcenters_own_machine_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, check_mode: bool) -> None:
    world = World(monkeypatch, tmp_path, check_mode=check_mode)
    plan = with_snapshot(world, monkeypatch)
    world.hostvars["vc1"].update(certops_vcenter_username="root", certops_vcenter_ca_path="/ca.pem", certops_vcenter_port=8443)
    world.answer, world.asked = {"changed": True}, []
    assert world.run(guard_vcenter) == {"changed": True}
    ((module, options, environment),) = world.asked
    assert module == "vmware.vmware.vm_snapshot"
    assert (options["hostname"], options["port"], options["username"], options["validate_certs"]) == ("vc1", 8443, "root", True)
    assert (options["name"], options["folder"], options["quiesce"], options["memory_dump"]) == ("vcsa", "dc1/vm", False, False)
    assert environment == [{"SSL_CERT_FILE": "/ca.pem", "REQUESTS_CA_BUNDLE": "/ca.pem"}]
    which, done = (
        ("A snapshot", "would be taken, and would stay")
        if check_mode
        else (f'The snapshot "certops {plan["decided_at"]}"', "was taken, and stays")
    )
    assert world.printed == [
        f"vc1: {which} of the virtual machine vcsa (folder dc1/vm of vc1) {done}: remove it in vCenter when all is well, since a snapshot grows for"
        " as long as it is there."
    ]


def test_that_sps_may_be_restarted_is_proven_only_when_the_run_may_begin_and_is_protected(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.planned(certops_protection=None)["may_restart_sps"] = None
    world.asked = []
    with pytest.raises(CertopsError) as caught:
        world.run(guard_vcenter)
    assert (caught.value.code, world.asked) == ("run_not_allowed", [])
    with_snapshot(world, monkeypatch)["may_restart_sps"] = None
    world.answer, world.asked = {"changed": True}, []
    assert world.run(guard_vcenter) == {"changed": True}
    assert [module for module, _options, _environment in world.asked] == ["vmware.vmware.vm_snapshot", "sps_restart_right"]
    # Nobody is renewed whose provider could not be brought back.
    world.answer = {"changed": False, "ansible_facts": {"certops": FACTS}}
    world.planned(certops_protection="confirmed")["may_restart_sps"] = None
    world.answer = {"failed": True, "msg": "It may not."}
    assert world.run(guard_vcenter) == world.answer


def test_the_snapshots_module_is_given_the_whole_way_to_the_vcenter(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with_snapshot(world, monkeypatch, certops_vcenter_vm_managed_by="vc2", certops_vcenter_vm="own")
    way = ("port", "username", "password", "validate_certs", "proxy_host", "proxy_port")
    world.hostvars["vc2"] = {"ansible_host": "192.0.2.2", **{f"certops_vcenter_{option}": option for option in way}}
    world.variables["groups"]["vcenters"].append("vc2")
    world.answer, world.asked = {"changed": True}, []
    world.run(guard_vcenter)
    ((_module, options, environment),) = world.asked
    assert {option: options[option] for option in way} == {option: option for option in way}
    assert (options["hostname"], options["name"], environment) == ("192.0.2.2", "own", [])


@pytest.mark.parametrize(
    ("variables", "answer", "told"),
    [
        ({"certops_vcenter_vm_folder": None}, {}, "Set certops_vcenter_vm_folder to its folder"),
        (
            {"certops_vcenter_vm_managed_by": "nobody"},
            {},
            "the inventory name of the vCenter that manages it, one of the group vcenters.",
        ),
        (
            {},
            {"failed": True, "msg": "There is no such machine"},
            "(folder dc1/vm of vc1). There is no such machine. Check certops_vcenter_vm,",
        ),
        ({}, {"failed": True}, "It gave no reason. Check certops_vcenter_vm,"),
    ],
)
def test_without_a_snapshot_nothing_is_begun(
    world: World, monkeypatch: pytest.MonkeyPatch, variables: dict[str, Any], answer: dict[str, Any], told: str
) -> None:
    with_snapshot(world, monkeypatch)
    world.variables.update(variables)
    world.answer = answer
    with pytest.raises(CertopsError) as caught:
        world.run(guard_vcenter)
    assert str(caught.value).startswith("Nothing was changed on vc1.example.com: ")
    assert told in str(caught.value)


def test_the_collection_that_makes_snapshots_is_asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with_snapshot(world, monkeypatch)
    monkeypatch.setattr(guarding, "installed_module", lambda _name: False)
    with pytest.raises(CertopsError, match=r'Install it with "ansible-galaxy collection install --upgrade vmware.vmware"'):
        world.run(guard_vcenter)


def test_a_collection_of_a_version_without_the_module_is_not_taken_for_one_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # vmware.vmware 1.7, which ansible 10 carries, has no vm_snapshot.
    there = {"ansible_collections.vmware.vmware", "ansible_collections.vmware.vmware.plugins.modules.vm_info"}

    def find_spec(name: str) -> Optional[str]:
        if name.startswith("ansible_collections.nobody"):
            raise ModuleNotFoundError(name)
        return name if name in there else None

    monkeypatch.setattr(installed_collection, "find_spec", find_spec)
    asked = ("vmware.vmware.vm_info", "vmware.vmware.vm_snapshot", "nobody.vmware.vm_info", "nothing")
    assert [one for one in asked if installed_collection.installed_module(one)] == ["vmware.vmware.vm_info"]


RENEWED = [{"esxi_host": DUE, "step": "renew", "status": "changed", "error": None, "failed": False}]


def outcome_of(reported: Mapping[str, Any]) -> dict[str, Any]:
    """What the job leaves of the vCenter."""
    stats = reported["ansible_stats"]
    assert (stats["per_host"], stats["aggregate"]) == (False, False)
    ((name, outcome),) = stats["data"].items()
    assert name == "certops_outcome_vc1"
    return dict(outcome)


def test_the_report_of_steps_is_shown_written_and_left(world: World, tmp_path: Path) -> None:
    world.planned()
    world.variables.update(
        certops_results=RENEWED, certops_after=pack(FACTS), certops_failure="It stopped.", certops_failure_code="sps_not_ready"
    )
    reported = world.run(report_vcenter)
    assert json.loads((tmp_path / "vc1.json").read_text(encoding="utf-8")) == reported["report"]
    assert {one["esxi_host"]: one["result"] for one in reported["report"]["hosts"]} == {DUE: "unfinished", SOUND: "ok"}
    assert any(DUE in text for text in world.printed)
    assert (reported["failure"], reported["unwritten"], reported["results"]) == ("It stopped.", "", RENEWED)
    assert (outcome_of(reported)["failure"], outcome_of(reported)["steps"]) == ("It stopped.", {"renew": 1})
    assert {one["failure_code"] for one in (reported, reported["report"], outcome_of(reported))} == {"sps_not_ready"}


def test_an_audit_is_reported_without_what_an_earlier_run_left(world: World) -> None:
    world.planned()
    world.variables.update(certops_audit="yes", certops_results=RENEWED, certops_failure="It stopped.", certops_fail_on="due")
    reported = world.run(report_vcenter)
    assert (reported["report"]["audit"], reported["failure"], reported["results"]) == (True, "", [])
    assert "certops_fail_on=due found 1 due" in reported["gate"]


def test_a_vcenter_that_could_not_be_read_leaves_its_outcome_alone(world: World, tmp_path: Path) -> None:
    world.variables.update(
        certops_plan={}, certops_failure="No answer.", certops_failure_code="connection_failed", certops_audit=True
    )
    reported = world.run(report_vcenter)
    assert (reported["report"], reported["failure"], reported["gate"]) == ({}, "No answer.", "")
    assert (outcome_of(reported)["read"], outcome_of(reported)["failure"]) == (False, "No answer.")
    assert outcome_of(reported)["failure_code"] == "connection_failed"
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_is_left_all_the_same(world: World, tmp_path: Path) -> None:
    world.planned()
    (tmp_path / "file").write_text("", encoding="utf-8")
    world.variables["certops_report_dir"] = str(tmp_path / "file" / "below")
    reported = world.run(report_vcenter)
    assert reported["unwritten"].startswith("The report cannot be written into ")
    assert outcome_of(reported)["hosts"] == 2
    world.variables["certops_report_dir"] = ""
    assert world.run(report_vcenter)["unwritten"].startswith("The report has no folder to be written into. ")


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """Two vCenters, of which one was not read."""
    world = World(monkeypatch, tmp_path, "vc2")
    world.planned()
    world.hostvars["vc1"]["certops_report"] = world.run(report_vcenter)["report"]
    world.hostvars["vc2"].update(certops_plan={}, certops_failure="No answer.", certops_failure_code="connection_failed")
    return world


def test_the_report_of_all_has_who_was_read_and_why_others_were_not(fleet: World, tmp_path: Path) -> None:
    written = fleet.run(report_fleet)
    document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [one["inventory_name"] for one in document["vcenters"]] == ["vc1"]
    assert document["unavailable"] == [{"vcenter": "vc2", "failure": "No answer.", "failure_code": "connection_failed"}]
    assert written["failures"] == {"vc2": "No answer."}
    assert written["files"] == ["certops.prom", "junit.xml", "report.csv", "report.html", "report.json"]


def test_the_metrics_of_each_vcenter_go_to_the_folder_of_node_exporter(fleet: World, tmp_path: Path) -> None:
    folder = tmp_path / "textfile"
    fleet.variables["certops_textfile_dir"] = str(folder)
    with pytest.raises(CertopsError, match=r"cannot be written into .*/textfile \(there is no such folder\)"):
        fleet.run(report_fleet)
    folder.mkdir()
    (folder / "other.prom").write_text("# HELP other x\nother 1\n", encoding="utf-8")
    (folder / "old.prom").symlink_to(folder / "nowhere")
    fleet.run(report_fleet)
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("certops-*.prom")}
    assert sorted(files) == ["certops-vc1.prom", "certops-vc2.prom"]
    assert {(folder / name).stat().st_mode & 0o777 for name in files} == {0o644}
    whole = (tmp_path / "certops.prom").read_text(encoding="utf-8")
    assert set("".join(files.values()).splitlines()) == set(whole.splitlines())
    assert 'certops_vcenter_read{vcenter="vc2"} 0' in files["certops-vc2.prom"]
    # Another job of the same vCenters writes the same files.
    fleet.run(report_fleet)
    (folder / "certops-berlin.prom").write_text(whole, encoding="utf-8")
    with pytest.raises(
        CertopsError, match=r"The metrics of vc1 are in .*/certops-berlin.prom too, and node_exporter would drop one"
    ):
        fleet.run(report_fleet)


def test_who_was_never_come_to_is_told_and_a_report_of_an_earlier_run_is_none(fleet: World, tmp_path: Path) -> None:
    fleet.hostvars["vc1"]["certops_plan"] = {}
    del fleet.hostvars["vc2"]["certops_failure"]
    told = fleet.run(report_fleet)["failures"]
    assert {name: text.partition(". ")[0] for name, text in told.items()} == {
        name: f"The run ended before {name} was read" for name in ("vc1", "vc2")
    }
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written["vcenters"] == []
    assert {one["failure_code"] for one in written["unavailable"]} == {"run_ended_before_reading"}
    # Who included the role with a plan of their own has none as a fact.
    del fleet.hostvars["vc1"]["certops_plan"]
    assert list(fleet.run(report_fleet)["failures"]) == ["vc2"]


def test_an_audit_fails_where_a_name_is_nobodys_when_all_is_reported(world: World) -> None:
    world.planned(certops_skip="esx-z", certops_audit=True)
    world.hostvars["vc1"]["certops_report"] = world.run(report_vcenter)["report"]
    told = world.run(report_fleet)["failures"]
    assert list(told) == ["vc1"]
    assert told["vc1"].startswith(f"Nothing was changed on vc1.example.com. {NOBODYS_NAME} A host is known by its name in vCenter")


def of_playbook(world: World, **runs: dict[str, Any]) -> dict[str, Any]:
    """What the last task of a playbook returns, from what run_vcenter left of each vCenter."""
    world.variables["__certops_in_playbook"] = True
    for name, run in runs.items():
        world.hostvars[name]["__certops_run"] = run
    return world.run(report_fleet)


def test_a_playbook_ends_with_lines_that_count_and_say_where_the_report_is(fleet: World, tmp_path: Path) -> None:
    report, place = fleet.hostvars["vc1"]["certops_report"], tmp_path / "report.html"
    fleet.variables["certops_fail_on"] = "stopped"
    fleet.printed.clear()
    dead = {"report": {}, "failure": "No answer.", "failure_code": "connection_failed"}
    written = of_playbook(fleet, vc1={"report": report, "failure": ""}, vc2=dead)
    assert written["failures"] == {"vc2": "No answer."}
    assert fleet.printed[0].splitlines() == [
        "",
        "vc1: 1 not started, 1 needs nothing, next expiry 2026-03-21 (esx01.example.com)",
        "vc2: could not be read. No answer.",
        f"2 hosts under 2 vCenters (1 could not be read): 1 not started, 1 needs nothing. Report: {place}",
    ]
    fleet.variables["certops_fail_on"] = "kept_back"
    closed = of_playbook(fleet)
    assert closed["failed"] is True
    assert closed["msg"].startswith("certops_fail_on=kept_back found ")


def test_who_left_nothing_of_a_playbooks_run_was_never_read(fleet: World) -> None:
    failures = of_playbook(fleet, vc1={"failed": True, "msg": "A defect."})["failures"]
    assert failures["vc1"].startswith("The run ended before vc1 was read.")
    # A role that signs could not be included.
    assert failures["vc2"] == "No answer."


def test_what_could_only_be_told_of_names_over_all_vcenters_is_in_the_report_of_an_audit(fleet: World, tmp_path: Path) -> None:
    fleet.variables["certops_audit"] = True
    plan = fleet.planned(certops_skip="esx-z")
    report = {**fleet.run(report_vcenter)["report"], "warnings": ["another"]}
    fleet.variables["ansible_play_hosts_all"] = ["vc1"]
    fleet.printed.clear()
    of_playbook(fleet, vc1={"report": report, "names": plan["names"]})
    [vcenter] = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["vcenters"]
    note = "certops_skip names esx-z, and no ESXi host of vc1 matches, as far as this run looks"
    assert vcenter["warnings"] == [note, "another"]
    assert fleet.printed[0].splitlines()[1] == f"note: {note}"
