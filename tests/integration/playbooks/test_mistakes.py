# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mistakes that users make, each with the one sentence that it gives: no traceback, no secret, and nothing changed.

Mistakes that do not hide each other share a run: what stops a run before its first call is told of all variables at once, and what is wrong with
one vCenter is told of that one. A sentence of Ansible's own stands here where the mistake never reaches the collection.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import player
import pytest
import yaml
from processes import BIN, ROOT, mutating, run, wait
from vsphere_sim.testing import RunningEstate, estate

RENEW, AUDIT = "renew_iofilter.yml", "audit.yml"
WRONG = "Wr0ng-Pa55word"
SOON_SECONDS = 60


def _host(name: str, days: int) -> dict[str, Any]:
    return {"name": name, "certificate": {"days_left": days}, "provider": {}}


SCENARIO = {
    "vcenters": [
        {
            "name": "vc01",
            "clusters": [{"name": "prod", "hosts": [_host("esx01.corp.example", 20), _host("esx02.corp.example", 900)]}],
        },
        {"name": "vc02", "clusters": [{"name": "lab", "hosts": [_host("esx01.lab.example", 20)]}]},
    ]
}


@dataclass(frozen=True)
class Made:
    """How a run is started. Texts have what is the estate's in braces.

    vcenters: hosts of the group vcenters in place of the estate's own, each with what is wrong with it. more: an inventory beside the estate's.
    command: in place of a playbook, words for Ansible itself, which the mistake is about.
    """

    playbook: str = AUDIT
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    protection: Optional[str] = "confirmed"
    vcenters: Optional[Mapping[str, Mapping[str, Any]]] = None
    more: str = ""
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


PLAYBOOK = ("ansible-playbook", str(ROOT / "playbooks" / AUDIT))
LISTED = ("-i", "{inventory}")
RUNS: dict[str, Made] = {
    "values": Made(
        RENEW,
        variables={
            "certops_batch": 0,
            "certops_renew_before_days": "sixty",
            "certops_fail_on": "nothing",
            "certops_window_end": 22 * 3600,
            "certops_custom_ca": {"metod": "command"},
            "certops_vcenter_port": 70000,
            "certops_force": "perhaps",
            "certops_protection": "yes",
            "certops_save_plan": "plan.json",
            "certops_concurrency": 0,
        },
        protection=None,
    ),
    "names": Made(variables={"certops_host": ["esx*"]}, more="[esxi]\nesx01.corp.example vcenter=vc01 certops_skpi=true\n"),
    "set by the run": Made(variables={"certops_results": []}),
    "nobody": Made(RENEW, variables={"certops_hosts": ["esx0l.corp.example"]}),
    "several": Made(RENEW, variables={"certops_hosts": ["esx01"]}),
    "to be skipped": Made(RENEW, variables={"certops_skip": ["esx99"]}),
    "vcenters": Made(
        vcenters={
            "password": {"certops_vcenter_password": WRONG},
            "nopassword": {"certops_vcenter_password": None},
            "undefined": {"certops_vcenter_password": "{{ vault_vcenter_password }}"},
            "cafile": {"certops_vcenter_ca_path": "/no/such/ca.pem"},
            "cacontent": {"certops_vcenter_ca_path": "/etc/hosts"},
            "ca": {"certops_vcenter_ca_path": None},
            "dns": {"certops_vcenter_hostname": "vcenter.invalid"},
            "url": {"certops_vcenter_hostname": "https://vc01/ui"},
            "port": {"certops_vcenter_port": 1},
            "proxy": {"certops_vcenter_proxy_host": "127.0.0.1"},
        }
    ),
    "protection": Made(RENEW, protection=None),
    "register": Made(RENEW, variables={"certops_reregister_method": "register"}),
    "plan": Made(RENEW, variables={"certops_apply_plan": "/no/such/plan.json"}),
    "vcenter of a host": Made(more="[esxi]\nesx01.corp.example vcenter=vc99\n"),
    "limit": Made(arguments=("--limit", "esx01.corp.example"), more="[esxi]\nesx01.corp.example vcenter=vc01\n"),
    "limit of nobody": Made(
        arguments=("--limit", "vc01:esx01.corp.example:!esxi"), more="[esxi]\nesx01.corp.example vcenter=vc01\n"
    ),
    "limit of Ansible": Made(command=(*PLAYBOOK, *LISTED, "--limit", "vc0l")),
    "folder": Made(variables={"certops_report_dir": "{folder}/file/report"}),
    "inventory": Made(command=(*PLAYBOOK, "-i", "{folder}/no-such-inventory.yml")),
    "group": Made(command=(*PLAYBOOK, "-i", "{folder}/vcentres.ini")),
    "callback": Made(command=(*PLAYBOOK, *LISTED), environment={"ANSIBLE_STDOUT_CALLBACK": "no_such_callback"}),
    "locale": Made(command=(*PLAYBOOK, *LISTED), environment={"LC_ALL": "xx_XX.UTF-8"}),
    "interpreter": Made(
        command=(
            *("ansible", "vc01", *LISTED, "-m", "certops.vsphere.cert_expiry_facts", "-a", "probe=false"),
            *("-e", "ansible_python_interpreter={folder}/python"),
        )
    ),
    "interrupted": Made(
        RENEW,
        command=(
            "ansible-playbook",
            str(ROOT / "playbooks" / RENEW),
            *LISTED,
            "-e",
            "certops_protection=confirmed",
            "--limit",
            "vc01",
        ),
    ),
}
# By the run: each mistake with its sentence.
MISTAKES: dict[str, dict[str, str]] = {
    "values": {
        "a number that is too small": "certops_batch cannot be 0 (it must be a number from 1 to 100000; vc01, vc02)",
        "a word for a number": "certops_renew_before_days cannot be 'sixty' (it must be a number from 0 to 36500; vc01, vc02)",
        "no such choice": "certops_fail_on cannot be 'nothing' (it must be one of: stopped, kept_back, unknown, blocked, due, warning; vc01, vc02)",
        "a time without quotes": "certops_window_end cannot be 79200 (it is not text: YAML reads 22:00 without quotes as a number; give a duration",
        "a misspelt key": "certops_custom_ca has no value that it can have (it has no metod, only method, ca_path,",
        "a port that is none": "certops_vcenter_port cannot be 70000 (it must be a number from 1 to 65535; vc01, vc02)",
        "no boolean": "certops_force cannot be 'perhaps' (it must be true or false; vc01, vc02)",
        "a yes for a word": "certops_protection cannot be 'yes' (it must be one of: confirmed, snapshot, none; vc01, vc02)",
        "to save a plan without check mode": "certops_save_plan cannot be 'plan.json' (a plan is saved in check mode only: add --check; vc01, vc02)",
        "nothing at a time": "certops_concurrency cannot be 0 (it must be a number of 1 or more; vc01, vc02)",
    },
    "names": {
        "a misspelt extra variable": "this collection has no variable certops_host (an extra variable; certops_hosts is the nearest)",
        "a misspelt variable of a host": "certops_skpi (of esx01.corp.example; certops_skip is the nearest). Correct the name, or take the variable out",
    },
    "set by the run": {
        "a variable of the run's own": "because the run itself sets certops_results, which an extra variable would replace. Take it out",
    },
    "nobody": {"a host that is none": "certops_hosts names esx0l.corp.example, and no ESXi host of vc01, vc02 matches."},
    "several": {
        "a short name of two": "certops_hosts names esx01, which may be esx01.corp.example of vc01, esx01.lab.example of vc02: give the whole name.",
    },
    "to be skipped": {"nobody to be skipped": "certops_skip names esx99, and no ESXi host of vc01, vc02 matches."},
    "vcenters": {
        "a wrong password": "password: could not be read. Logging in to {address} was refused: vSphere said InvalidLogin: Cannot complete login",
        "no password": "nopassword: could not be read. certops_vcenter_password (the option password) is not set. Set it, or the environment variable",
        "a vault variable that is not there": "'vault_vcenter_password' is undefined",
        "a CA file that is not there": (
            "The CA file /no/such/ca.pem of certops_vcenter_ca_path (the option ca_path) is not there. Give the path of a "
            "PEM file on the controller."
        ),
        "a CA file of something else": "The CA file /etc/hosts of certops_vcenter_ca_path (the option ca_path) holds no certificate in PEM.",
        "no CA file": "the certificate of {address} was issued by a CA that is not trusted here, and does not verify",
        "a name that does not resolve": (
            "Logging in to vcenter.invalid failed, because the name vcenter.invalid does not resolve. Check the hostname and DNS."
        ),
        "a URL for a name": (
            "certops_vcenter_hostname (the option hostname) cannot be 'https://vc01/ui'. Give a name or an address, "
            "without a scheme, a port or a path."
        ),
        "a port where nobody listens": "port: could not be read. Logging in to {address} failed, because {address} cannot be reached (Connection refused).",
        "a proxy without its port": (
            "certops_vcenter_proxy_host and certops_vcenter_proxy_port (the options proxy_host and proxy_port) need each "
            "other. Give both or neither."
        ),
    },
    "protection": {
        "no word of protection": (
            "certops_protection is not set, so nothing says how {address} is protected. Take a snapshot or backup of it "
            "and set certops_protection"
        ),
    },
    "register": {
        "a method without its account": "certops_reregister_method is register, and certops_provider_username or certops_provider_password is not set.",
    },
    "plan": {
        "a plan that is not there": "the approved plan /no/such/plan.json cannot be used: No such file or directory. Give the file that check mode"
    },
    "vcenter of a host": {"a vCenter that the inventory lacks": "it has ESXi hosts of vc99, and no such vCenter."},
    "limit": {"a limit without a vCenter": "Type --limit 'esx01.corp.example,vc01'."},
    "limit of nobody": {
        "a limit that leaves no host": "Take the vCenter out of the limit, or name it without ESXi hosts, to have all of them taken."
    },
    "limit of Ansible": {
        "a limit of a misspelt vCenter": "Specified inventory, host pattern and/or --limit leaves us with no hosts to target."
    },
    "folder": {
        "a file for a folder": "folder/file/report (Not a directory). Give a folder of the controller that its user may write to, with certops_report_dir"
    },
    "inventory": {
        "an inventory that is not there": "The inventory has no group vcenters, so there is nothing to look at. Give an inventory with -i"
    },
    "group": {
        "a misspelt group": "The inventory has no group vcenters, so there is nothing to look at. Give an inventory with -i whose group vcenters"
    },
    "callback": {"a callback that is not there": "Could not load 'no_such_callback' callback plugin."},
    "locale": {"a locale that is not there": "Ansible could not initialize the preferred locale: unsupported locale setting"},
    "interpreter": {
        "a Python without the libraries": "The Python library pyvmomi cannot be imported by {python} (No module named 'pyVmomi'). Install it there",
    },
    "interrupted": {
        "Ctrl-C": "vc01: reconnect was interrupted. In flight, and being finished: esx01.corp.example. Nothing further is started. Run it again:"
    },
}
# Ansible itself ends with another status.
STATUS = {"callback": 1, "locale": 1, "limit of Ansible": 1, "interrupted": 99}


@dataclass
class Mistaken:
    """The estate, and what came of the runs that were made so far."""

    fleet: RunningEstate
    folder: Path
    ended: dict[str, tuple[int, str]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def run(self, name: str) -> tuple[int, str]:
        """The exit status, and what was printed as one line."""
        if name not in self.ended:
            folder = self.folder / name.replace(" ", "-")
            folder.mkdir()
            before = len(mutating(self.fleet))
            returncode, printed = self._interrupted(folder) if name == "interrupted" else self._run(RUNS[name], folder)
            self.ended[name] = returncode, " ".join(printed.split())
            self.changed |= {name} if len(mutating(self.fleet)) > before else set()
        return self.ended[name]

    def _run(self, made: Made, folder: Path) -> tuple[int, str]:
        if made.command:
            words, environment = self._filled(list(made.command), folder), self._filled(dict(made.environment), folder)
            done = run([str(BIN / words[0]), *words[1:]], environment, cwd=folder)
            return done.returncode, done.stdout
        inventory, arguments = self.fleet.inventory, list(made.arguments)
        if made.vcenters is not None:
            inventory = folder / "vcenters.yml"
            inventory.write_text(yaml.safe_dump(self._vcenters(made.vcenters)), encoding="utf-8")
        if made.more:
            (folder / "more.ini").write_text(made.more, encoding="utf-8")
            arguments += ["-i", str(folder / "more.ini")]
        played = player.play(
            self.fleet,
            folder,
            *arguments,
            playbook=made.playbook,
            protection=made.protection,
            inventory=inventory,
            **self._filled(dict(made.variables), folder),
        )
        return played.returncode, played.printed

    def _vcenters(self, mistaken: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """An inventory of vCenters that are all vc01, each with a mistake; None takes a variable away."""
        real = self.fleet.vcenter("vc01")
        given = {
            "ansible_host": real.address,
            "certops_vcenter_port": real.port,
            "certops_vcenter_username": real.username,
            "certops_vcenter_password": real.password,
            "certops_vcenter_ca_path": str(self.fleet.ca_path),
        }
        hosts = {
            name: {key: value for key, value in {**given, **wrong}.items() if value is not None} for name, wrong in mistaken.items()
        }
        return {"all": {"children": {"vcenters": {"hosts": hosts}}}}

    def _filled(self, given: Any, folder: Path) -> Any:
        """Texts with what is the estate's, and a folder with files for mistakes."""
        (folder / "file").touch()
        (folder / "vcentres.ini").write_text("[vcentres]\nvc01\n", encoding="utf-8")
        (folder / "python").write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n', encoding="utf-8")
        (folder / "python").chmod(0o755)
        text = json.dumps(given).replace("{inventory}", str(self.fleet.inventory)).replace("{folder}", str(folder))
        return json.loads(text)

    def _interrupted(self, folder: Path) -> tuple[int, str]:
        """Ctrl-C while a host is away."""
        self.fleet.fault({"match": {"method": "ReconnectHost_Task"}, "times": 1, "effect": {"delay_seconds": 2}})
        program, *words = self._filled(list(RUNS["interrupted"].command), folder)
        with (folder / "printed.txt").open("wb") as printed:
            # As a terminal does it: the signal is for all of its processes.
            running = subprocess.Popen(
                [str(BIN / program), *words],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                start_new_session=True,
            )
        wait(
            lambda: any(call["method"] == "DisconnectHost_Task" for call in self.fleet.journal()), "nothing was begun", SOON_SECONDS
        )
        os.killpg(running.pid, signal.SIGINT)
        return running.wait(SOON_SECONDS), (folder / "printed.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mistaken]:
    """Two small vCenters, the second with a host of the same short name as one of the first."""
    folder = tmp_path_factory.mktemp("mistakes")
    with estate(folder / "estate", scenario=SCENARIO, host_names="fqdn", speed=100) as running:
        yield Mistaken(running, folder)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [pytest.param(name, sentence, id=mistake) for name, told in MISTAKES.items() for mistake, sentence in told.items()],
)
def test_a_mistake_is_one_sentence(mistaken: Mistaken, name: str, sentence: str) -> None:
    returncode, printed = mistaken.run(name)
    told = sentence.format(address=mistaken.fleet.vcenter("vc01").address, python=sys.executable)
    assert told in printed, printed
    assert returncode == STATUS.get(name, 2), printed


@pytest.mark.parametrize("name", RUNS)
def test_it_has_no_traceback_tells_no_secret_and_changes_nothing(mistaken: Mistaken, name: str) -> None:
    _returncode, printed = mistaken.run(name)
    assert "Traceback" not in printed
    assert [secret for secret in (WRONG, mistaken.fleet.vcenter("vc01").password) if secret in printed] == []
    assert mistaken.changed <= {"interrupted"}


def test_there_are_thirty_of_them() -> None:
    assert sum(map(len, MISTAKES.values())) >= 30
    assert MISTAKES.keys() == RUNS.keys()
