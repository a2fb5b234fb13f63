# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles of single steps in a play of somebody's own, without a plan: one after the other, predicted, and where a host fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._timing.repeating import ATTEMPTS
from openssh import needs_ssh
from processes import BIN, mutating, run
from ssh_hosts import NO_MASTER
from vsphere_sim.testing import RunningEstate, estate, sound

EXPIRING = {"version": "8.0.3", "certificate": {"days_left": 20}, "provider": {}}
HEALTHY = {"version": "8.0.3", "certificate": {"days_left": 900}, "provider": {}}
SCENARIO = {"vcenters": [{"name": "vc01", "version": "8.0.3", "clusters": [{"name": "a", "hosts": [EXPIRING, HEALTHY]}]}]}
STEPS = ("renew", "reconnect", "reregister", "verify")
# More often than a refused change is tried again.
OFTEN = 9


def included(role: str, *hosts: str, **variables: Any) -> dict[str, Any]:
    """A task that includes the role of a step."""
    return {"ansible.builtin.include_role": {"name": f"certops.vsphere.{role}"}, "vars": {"certops_step_hosts": hosts, **variables}}


def played(running: RunningEstate, folder: Path, *tasks: dict[str, Any], check: bool = False) -> tuple[int, str, list[list[str]]]:
    """Run tasks against the vCenter: the exit code, what was printed, and by result the step and what became of it."""
    path = folder / "results.json"
    shown = {
        "ansible.builtin.copy": {"content": "{{ certops_results | default([]) | to_json }}", "dest": str(path), "mode": "0600"},
        "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "check_mode": False,
    }
    rescued = [shown, {"ansible.builtin.fail": {"msg": "{{ ansible_failed_result.msg }}"}}]
    play = [{"hosts": "vcenters", "gather_facts": False, "tasks": [{"block": [*tasks, shown], "rescue": rescued}]}]
    (folder / "steps.yml").write_text(json.dumps(play), encoding="utf-8")
    command = [
        str(BIN / "ansible-playbook"),
        str(folder / "steps.yml"),
        "-i",
        str(running.inventory),
        *(["--check"] if check else []),
    ]
    done = run(command, NO_MASTER, cwd=None)
    told = json.loads(path.read_text(encoding="utf-8"))
    return done.returncode, done.stdout, [[one["step"], one["status"]] for one in told]


def test_the_roles_take_a_host_through_all_steps_without_a_plan(tmp_path: Path) -> None:
    with estate(tmp_path / "estate", scenario=SCENARIO, speed=100) as running:
        name, healthy = (host["name"] for host in running.state()["vcenters"][0]["hosts"])
        steps = [included(role, name) for role in STEPS]
        code, printed, predicted = played(running, tmp_path, *steps[:2], check=True)
        assert code == 0, printed
        assert mutating(running) == []
        code, printed, done = played(running, tmp_path, *steps)
        assert code == 0, printed
        assert predicted == done[:2]
        assert done == [["renew", "changed"], ["reconnect", "changed"], ["reregister", "changed"]]
        assert sound(running.host(name))
        assert not [target for _method, target in mutating(running) if target == healthy]


def test_a_role_fails_with_what_failed_and_leaves_the_results(tmp_path: Path) -> None:
    with estate(tmp_path / "estate", scenario=SCENARIO, speed=100) as running:
        name = running.state()["vcenters"][0]["hosts"][0]["name"]
        broken = {"task_error": "vmodl.fault.SystemError", "properties": {"reason": "the host gave no CSR"}}
        running.fault({"match": {"method": "CertMgrRefreshCertificates_Task"}, "times": OFTEN, "effect": broken})
        code, printed, done = played(running, tmp_path, included("renew", name), included("reconnect", name))
        assert code != 0
        assert "the host gave no CSR" in printed
        assert done == [["renew", "failed"]]
        # One may fail: the step goes on, and the next one is the caller's business.
        code, printed, done = played(running, tmp_path, included("renew", name, certops_max_failures=1))
        assert code == 0, printed
        assert done == [["renew", "failed"]]


@needs_ssh
def test_whom_vcenter_refuses_its_own_cli_renews(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in NO_MASTER.items():
        monkeypatch.setenv(key, value)
    with estate(tmp_path / "estate", scenario=SCENARIO, speed=50, ssh="on", inventory_esxi=True) as running:
        name = running.state()["vcenters"][0]["hosts"][0]["name"]
        no_csr = {"task_error": "vmodl.fault.SystemError", "properties": {"reason": "the host gave no CSR"}}
        running.fault({"match": {"method": "CertMgrRefreshCertificates_Task"}, "times": ATTEMPTS, "effect": no_csr})
        code, printed, done = played(running, tmp_path, included("renew", name, certops_renew_fallback_hosts=[name]))
        assert code == 0, printed
        assert done == [["renew_cli", "changed"], ["reconnect_pinned", "changed"], ["renew", "changed"]]
