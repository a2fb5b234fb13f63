# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Progress as it is printed: lines of a real run, by the clock, for every kind of output; and a run that they never harm."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import BIN, ROOT, module
from vsphere_sim.scenario.demo import expiring
from vsphere_sim.testing import RunningEstate, estate

EVERY_SECONDS = 1.0
SPEAKING = ("-e", f"certops_progress_seconds={EVERY_SECONDS}")
LINE = re.compile(r"^vc01: (?P<step>\w+) (?P<rest>.*)$", re.MULTILINE)
COUNTED = re.compile(r"(\d+) of (\d+) hosts done, (\d+) failed, about \d+ (s|min) left")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """Six hosts in two clusters, on which a step takes some seconds."""
    clusters: Any = [{"name": name, "hosts": [expiring() for _number in range(3)]} for name in "ab"]
    made: Any = {"vcenters": [{"name": "vc01", "version": "8.0.3", "clusters": clusters}]}
    with estate(tmp_path_factory.mktemp("fleet"), scenario=made, speed=4) as running:
        yield running


PLAYBOOK = """
- hosts: vcenters
  gather_facts: false
  tasks:
    - certops.vsphere.{task}:
        hostname: "{{ ansible_host }}"
        port: "{{ certops_vcenter_port | default(443) }}"
        username: "{{ certops_vcenter_username }}"
        password: "{{ certops_vcenter_password }}"
        ca_path: "{{ certops_vcenter_ca_path }}"
        esxi_hosts: ["*"]{more}
      vars:
        ansible_connection: local
        ansible_python_interpreter: "{{ ansible_playbook_python }}"
"""
# The restart is what is spoken of.
MORE = {"vasa_provider_reregister": "\n        look_seconds: 0"}


def spoken_by(
    fleet: RunningEstate, folder: Path, *words: str, task: str = "esxi_reconnect", **environment: str
) -> tuple[int, list[str], str]:
    """Run a task as a user does: how it ended, its lines in the order in which they came, and what it printed as errors."""
    book = folder / "book.yml"
    book.write_text(PLAYBOOK.replace("{task}", task).replace("{more}", MORE.get(task, "")), encoding="utf-8")
    command = [str(BIN / "ansible-playbook"), str(book), "-i", str(fleet.inventory), *words]
    with open(folder / "stderr", "w+", encoding="utf-8") as errors:
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process:
            assert process.stdout is not None
            lines = [line.rstrip("\n") for line in process.stdout]
        errors.seek(0)
        return process.returncode, lines, errors.read()


def test_a_long_task_speaks_while_it_works_and_says_how_far_it_is(fleet: RunningEstate, tmp_path: Path) -> None:
    returncode, lines, errors = spoken_by(fleet, tmp_path, *SPEAKING)
    assert returncode == 0, (lines, errors)
    spoken = [text for text in lines if LINE.match(text)]
    assert len(spoken) >= 3, lines
    # It speaks while it works, and not when it has ended; how often is tested by a clock of the test's own (test_speaking.py).
    [begins] = [place for place, text in enumerate(lines) if text.startswith("TASK [certops.vsphere.esxi_reconnect")]
    [ends] = [place for place, text in enumerate(lines) if text.startswith("changed: [vc01]")]
    assert all(begins < lines.index(text) < ends for text in spoken)
    counted = [found for text in spoken if (found := COUNTED.search(text))]
    assert counted, spoken
    assert {int(found[2]) for found in counted} == {6}
    done = [int(found[1]) for found in counted]
    assert done == sorted(done)
    assert "certops-progress" not in errors
    # The module's environment is the only way by which the password could come into a line.
    assert fleet.vcenter("vc01").password not in "\n".join(lines)


def test_waiting_for_sps_speaks_too(fleet: RunningEstate, tmp_path: Path) -> None:
    for host in fleet.state()["vcenters"][0]["hosts"]:
        fleet.set("provider", host=host["name"], registered=False)
    returncode, lines, errors = spoken_by(fleet, tmp_path, *SPEAKING, task="vasa_provider_reregister")
    assert returncode == 0, (lines, errors)
    spoken = "\n".join(lines)
    assert re.search(
        r"^vc01: reregister 0 of 6 hosts done, 0 failed, SPS is restarting, at most 1[45] min more$", spoken, re.MULTILINE
    )


@pytest.mark.parametrize("seconds", ["0", "3600"])
def test_it_can_be_switched_off_and_what_is_quick_prints_nothing_more(fleet: RunningEstate, tmp_path: Path, seconds: str) -> None:
    returncode, lines, errors = spoken_by(fleet, tmp_path, "-e", f"certops_progress_seconds={seconds}")
    assert (returncode, errors) == (0, "")
    assert not [text for text in lines if LINE.match(text)]


DOCUMENT = '''
import json
from ansible.plugins.callback import CallbackBase
DOCUMENTATION = """
name: document
type: stdout
short_description: One JSON document
description: At the end.
"""
class CallbackModule(CallbackBase):
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "document"
    def v2_playbook_on_stats(self, stats):
        self._display.display(json.dumps({"processed": sorted(stats.processed)}))
'''


def test_a_document_on_standard_output_stays_one(fleet: RunningEstate, tmp_path: Path) -> None:
    (tmp_path / "document.py").write_text(DOCUMENT, encoding="utf-8")
    callbacks = {"ANSIBLE_STDOUT_CALLBACK": "document", "ANSIBLE_CALLBACK_PLUGINS": str(tmp_path)}
    returncode, lines, errors = spoken_by(fleet, tmp_path, *SPEAKING, **callbacks)
    assert returncode == 0, errors
    assert json.loads("\n".join(lines)) == {"processed": ["vc01"]}
    assert LINE.search(errors)


@pytest.mark.parametrize("given", ["soon", "-1", "nan", "1e99"])
def test_what_is_no_number_of_seconds_is_told_and_harms_nothing(fleet: RunningEstate, tmp_path: Path, given: str) -> None:
    returncode, _lines, errors = spoken_by(fleet, tmp_path, "-e", f"certops_progress_seconds={given}", task="cert_expiry_facts")
    assert returncode == 0
    assert f"certops_progress_seconds cannot be '{given}'" in " ".join(errors.split())


def test_a_module_by_itself_speaks_as_well_and_its_result_is_what_it_was(fleet: RunningEstate, tmp_path: Path) -> None:
    variables = tmp_path / "variables.yml"
    variables.write_text(f"certops_progress_seconds: {EVERY_SECONDS}\n", encoding="utf-8")
    host = fleet.state()["vcenters"][0]["hosts"][0]["name"]
    done = module(fleet, "esxi_reconnect", esxi_hosts=[host], extra_variables=variables)
    assert done.statuses == {host: "changed"}, done.printed
    assert f"{fleet.vcenter('vc01').address}: reconnect 0 of 1 hosts done" in done.printed


BREAKING = """
from ansible.plugins.callback import CallbackBase
DOCUMENTATION = "{name: breaking, type: aggregate, short_description: Breaks it, description: Before a task begins.}"
def broken(*_args, **_more):
    raise RuntimeError("broken on purpose")
class CallbackModule(CallbackBase):
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "breaking"
    def v2_playbook_on_task_start(self, task, is_conditional):
        from ansible_collections.certops.vsphere.plugins.module_utils._common import progress
        progress.sentence = broken
"""


def test_progress_that_breaks_costs_one_warning_and_nothing_else(fleet: RunningEstate, tmp_path: Path) -> None:
    (tmp_path / "breaking.py").write_text(BREAKING, encoding="utf-8")
    callbacks = {"ANSIBLE_CALLBACKS_ENABLED": "breaking", "ANSIBLE_CALLBACK_PLUGINS": str(tmp_path)}
    returncode, lines, errors = spoken_by(fleet, tmp_path, *SPEAKING, **callbacks)
    assert returncode == 0, errors
    assert not [text for text in lines if LINE.match(text)]
    assert " ".join(errors.split()).count("cannot be shown (broken on purpose)") == 1
