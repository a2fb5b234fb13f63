# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of a vCenter: nothing of the estate stands in it, and played back it gives the same facts with other names."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Answer, carry_out
from ansible_collections.certops.vsphere.plugins.module_utils._journal.pseudonyms import Pseudonyms
from ansible_collections.certops.vsphere.plugins.modules import cert_expiry_facts
from journal_player import JournalPlayer
from vsphere_sim.testing import RunningEstate, estate

HOSTS = ["esx-a01.looking.glass", "esx-a02.looking.glass", "ESX-B01.looking.glass"]
CLUSTERS = ["Production Wonderland", "Lab 51"]
_DIGEST = re.compile(r"(?:[0-9A-F]{2}:){19,31}[0-9A-F]{2}")


@pytest.fixture(scope="module", params=["8.0.3", "6.7.2"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    first, second, third = HOSTS
    scenario = {
        "vcenters": [
            {
                "name": "vc-wonder",
                "version": request.param,
                "settings": {"vpxd.certmgmt.certs.cn.organizationName": "Wonderland Ltd"},
                "backups": [{"status": "SUCCEEDED", "end_time": "2026-01-02T03:04:05.000Z"}],
                "orphans": [{"name": "gone.looking.glass"}],
                "other_providers": True,
                "clusters": [
                    {"name": CLUSTERS[0], "hosts": [{"name": first, "certificate": {"days_left": 20}}, {"name": second}]},
                    {"name": CLUSTERS[1], "hosts": [{"name": third, "certificate": {"issuer": "self"}}]},
                ],
            }
        ]
    }
    with estate(tmp_path_factory.mktemp("journal"), scenario=scenario) as made:
        yield made


def facts(journal: Path, **connection: Any) -> Answer:
    """cert_expiry_facts, in this process."""
    spec = cert_expiry_facts.DEFINITION.whole_spec
    options = {**{name: one.get("default") for name, one in spec.items()}, "journal": str(journal), **connection}
    return carry_out(cert_expiry_facts.DEFINITION, options, set(), check_mode=False, diff=False, tell=lambda _progress: None)


@pytest.fixture(scope="module")
def recorded(running: RunningEstate, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A journal, and the facts that were read while it was written."""
    journal = tmp_path_factory.mktemp("written") / "vcenter.jsonl"
    vcenter = running.vcenter("vc-wonder")
    answer = facts(
        journal,
        hostname=vcenter.address,
        port=vcenter.port,
        username=vcenter.username,
        password=vcenter.password,
        ca_path=str(running.ca_path),
    )
    assert answer.failure is None
    assert not [one for one in answer.warnings if "journal" in one]
    return journal, answer.values["ansible_facts"]["certops"]


def names_of(running: RunningEstate, told: dict[str, Any]) -> set[str]:
    """Every name, address and id of the estate."""
    vcenter = running.vcenter("vc-wonder")
    [state] = running.state()["vcenters"]
    found = {
        *HOSTS,
        *CLUSTERS,
        vcenter.address,
        "vc-wonder.example",
        "gone.looking.glass",
        "Wonderland Ltd",
        told["vcenter"]["instance_uuid"],
    }
    found |= {one["address"] for one in state["hosts"]} | {
        host["provider"]["provider_uid"] for host in told["hosts"] if host["provider"]
    }
    found |= {one["name"].split()[-1] for one in told["orphans"]} | {one["provider_uid"] for one in told["orphans"]}
    found |= {host["datacenter"] for host in told["hosts"]} - {"Datacenter"}
    return found


def parts(name: str) -> set[str]:
    """A name and its parts that tell something."""
    return {name, *(one for one in re.split(r"[.\s]", name) if len(one) > 3 and not one.isdigit())} - {
        "vmware",
        "local",
        "vsphere",
        "Engineering",
    }


def test_nothing_of_the_estate_stands_in_it(running: RunningEstate, recorded: tuple[Path, dict[str, Any]]) -> None:
    journal, told = recorded
    text = journal.read_text(encoding="utf-8")
    vcenter = running.vcenter("vc-wonder")
    for name in names_of(running, told):
        for one in parts(name):
            assert one.lower() not in text.lower(), one
    assert vcenter.password not in text
    for secret in re.findall(r"[\w-]{20,}", json.dumps([one["session"] for one in running.journal() if one["session"]])):
        assert secret not in text
    for word in ("BEGIN CERTIFICATE", "PRIVATE KEY", "Basic ", "soap_session", "Assertion"):
        assert word not in text
    for certificate in (host["certificate"] for host in told["hosts"]):
        for digest in (certificate["sha256_fingerprint"], certificate["sha1_thumbprint"], certificate["serial_number"]):
            assert digest.lower() not in text.lower()


def test_it_is_for_its_owner_alone_and_tells_what_was_asked(running: RunningEstate, recorded: tuple[Path, dict[str, Any]]) -> None:
    journal, _told = recorded
    for path in (journal, journal.with_name(f"{journal.name}.key")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert {"soap", "https", "tls"} == {one["protocol"] for one in lines if "protocol" in one}
    asked = {one["ask"].get("method") for one in lines if "ask" in one}
    assert {"RetrieveServiceContent", "Login", "RetrievePropertiesEx", "QueryProviderInfo", "QueryOptions", "Logout"} <= asked
    for word in ("HostSystem", "connectionState", "connected", "vpxd.certmgmt.mode", "vmca", "STARTED", "IOFILTER Provider"):
        assert word in journal.read_text(encoding="utf-8")


def canonical(told: Any, names: dict[str, str]) -> Any:
    """Facts with other names, each digest by when it came first, and without what depends on the time."""
    text = json.dumps(told)
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(re.escape(json.dumps(name)[1:-1]), names[name], text, flags=re.IGNORECASE)
    read = json.loads(text)
    for several in ("hosts", "orphans", "unavailable"):
        read[several].sort(key=lambda one: str(one.get("name") or one.get("subject")))
    text = json.dumps(read)
    seen: dict[str, str] = {}
    text = _DIGEST.sub(lambda one: seen.setdefault(one.group(), f"digest {len(seen)}"), text)

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: without(item)
                for key, item in value.items()
                if key not in ("serial_number", "days_left", "observed_at", "clock_offset_seconds")
            }
        return [without(item) for item in value] if isinstance(value, list) else value

    return without(json.loads(text))


def test_played_back_it_gives_the_same_facts(
    running: RunningEstate, recorded: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    journal, told = recorded
    standins = Pseudonyms(journal.with_name(f"{journal.name}.key").read_bytes())
    names = {
        one: standins.text(one) for name in names_of(running, told) for one in (name, name.partition(".")[0]) if not one.isdigit()
    }
    player = JournalPlayer(journal)
    player.install(monkeypatch)
    again = facts(tmp_path / "again.jsonl", **{key: player.session[key] for key in ("hostname", "username")}, password="another")
    assert again.failure is None, again.failure
    played = again.values["ansible_facts"]["certops"]
    assert canonical(played, {}) == canonical(told, names)
    assert abs(played["vcenter"]["clock_offset_seconds"] - told["vcenter"]["clock_offset_seconds"]) < 60
    assert "QueryProviderInfo" in player.asked


def test_two_sessions_share_a_file_and_its_stand_ins(running: RunningEstate, recorded: tuple[Path, dict[str, Any]]) -> None:
    journal, _told = recorded
    vcenter = running.vcenter("vc-wonder")
    before = len(journal.read_text(encoding="utf-8").splitlines())
    failed = facts(
        journal,
        hostname=vcenter.address,
        port=vcenter.port,
        username=vcenter.username,
        password="wrong one",
        ca_path=str(running.ca_path),
    )
    assert failed.failure is not None
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > before
    assert len({json.dumps(one["session"]) for one in lines if "session" in one}) == 1
    assert "wrong one" not in journal.read_text(encoding="utf-8")
    assert "InvalidLogin" in json.dumps(lines[before:])
