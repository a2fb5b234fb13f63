# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection against govmomi's simulated vCenter, which has hosts and no SMS, settings of other names, and cookies without quotes.

What it does not have is told in sentences, and no host is said to be sound.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import processes

from .conftest import Served

HOSTS = {"DC0_H0", "DC0_C0_H0", "DC0_C0_H1", "DC0_C0_H2"}


def test_facts(vcsim: Served) -> None:
    estate: Any = vcsim
    answer = processes.module(estate, "cert_expiry_facts")
    assert answer.returncode == 0, answer.printed
    facts = answer.result["ansible_facts"]["certops"]
    hosts = {host["name"]: host for host in facts["hosts"]}
    assert set(hosts) == HOSTS
    assert {(host["datacenter"], host["cluster"]) for host in hosts.values()} == {("DC0", "DC0_C0"), ("DC0", None)}
    assert {host["connection_state"] for host in hosts.values()} == {"connected"}
    assert {host["certificate"] for host in hosts.values()} == {None}
    assert all("HTTP 404" in host["provider_unavailable"] for host in hosts.values())
    assert {one["what"] for one in facts["unavailable"]} >= {"certificate_settings", "trusted_roots", "providers", "sps"}
    assert "Traceback" not in answer.printed


def test_audit(vcsim: Served, tmp_path: Path) -> None:
    estate: Any = vcsim
    played = processes.play(estate, tmp_path, playbook="audit.yml", protection=None)
    assert "Traceback" not in played.printed
    assert played.returncode == 2, played.printed
    assert "certops_fail_on=unknown found 4 unknown" in played.printed
    assert played.results("vcsim") == dict.fromkeys(HOSTS, "unknown")
    assert "vCenter's record of the certificate cannot be used: it is empty" in played.printed
    # The table has the reason only.
    remedies = {blocker["remedy"] for host in played.reports["vcsim"]["hosts"] for blocker in host["blockers"]}
    assert any("look at why it shows no certificate of it" in one for one in remedies), remedies


def test_audit_that_does_not_fail_on_what_is_unknown(vcsim: Served, tmp_path: Path) -> None:
    estate: Any = vcsim
    played = processes.play(estate, tmp_path, playbook="audit.yml", protection=None, certops_fail_on="stopped")
    assert played.returncode == 0, played.printed


def test_check_mode_begins_nothing(vcsim: Served, tmp_path: Path) -> None:
    estate: Any = vcsim
    played = processes.play(estate, tmp_path, "--check")
    assert "Traceback" not in played.printed
    assert played.results("vcsim") == dict.fromkeys(HOSTS, "unknown")


def test_inventory_plugin(vcsim: Served, tmp_path: Path) -> None:
    source = tmp_path / "vcsim.estate.yml"
    at = vcsim.at
    given = {
        "plugin": "certops.vsphere.estate",
        "username": at.username,
        "password": at.password,
        "ca_path": str(vcsim.ca_path),
        "vcenters": [{"name": "vcsim", "hostname": at.address, "port": at.port}],
    }
    source.write_text(json.dumps(given))
    found = processes.inventory(source)
    assert "Traceback" not in found.printed
    assert found.members("unknown") == found.members("esxi") == HOSTS
    assert found.members("cluster_vcsim_DC0_DC0_C0") == HOSTS - {"DC0_H0"}
