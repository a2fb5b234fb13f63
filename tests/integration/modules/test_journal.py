# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of a vCenter: nothing of the estate stands in it, and played back it gives the same facts with other names."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Collection, Iterator
from hashlib import sha256
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
        # What signs tokens has a name of its own, which nothing tells from a company's.
        *re.findall(r"CN=(\w+)", " ".join(one["subject"] for one in (told["vcenter"]["signing_chain"] or ())[:1])),
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


def texts(value: Any) -> Iterator[str]:
    """Every text in what JSON tells, its keys too, without the escapes of JSON."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def stands_in(name: str, text: str) -> bool:
    """Whether a name is in a text; one that hexadecimal digits spell only as a whole word, since a random digest may have it inside."""
    if re.fullmatch(r"[0-9a-f]+", name, re.IGNORECASE):
        return re.search(rf"(?<![0-9a-z]){name}(?![0-9a-z])", text, re.IGNORECASE) is not None
    return name.lower() in text.lower()


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("dc01", "certificate-dc011cf0a1b2c3d4e5f6", False),
        ("dc01", "nf0adc01a1b2c", False),
        ("dc01", "the datacenter DC01", True),
        ("dc01", "/dc01/host", True),
        ("dc01", "cluster_dc01_lab", True),
        ("esx-a01", "xesx-a01y", True),
        ("Lab", "slab", True),
    ],
)
def test_a_name_is_found_wherever_it_stands_but_not_in_a_random_digest(name: str, text: str, found: bool) -> None:
    assert stands_in(name, text) is found


def test_nothing_of_the_estate_stands_in_it(running: RunningEstate, recorded: tuple[Path, dict[str, Any]]) -> None:
    journal, told = recorded
    text = "\n".join(one for line in journal.read_text(encoding="utf-8").splitlines() for one in texts(json.loads(line)))
    vcenter = running.vcenter("vc-wonder")
    assert [one for name in names_of(running, told) for one in parts(name) if stands_in(one, text)] == []
    assert vcenter.password not in text
    # The simulator keeps of a session's id, which are 40 hexadecimal digits, the beginning of its digest.
    sessions = {one["session"] for one in running.journal() if one["session"]}
    assert sessions
    assert [one for one in re.findall(r"[0-9a-f]{40}", text) if sha256(one.encode()).hexdigest()[:8] in sessions] == []
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


def renamed(value: Any, names: Collection[str], standin: Callable[[str], str]) -> Any:
    """What was told with other names: all are replaced at once, so that none is found in a stand-in."""
    if not names:
        return value
    longest_first = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![0-9a-z])(?:{longest_first})(?![0-9a-z])", re.IGNORECASE)

    def of(one: Any) -> Any:
        if isinstance(one, dict):
            return {of(key): of(item) for key, item in one.items()}
        if isinstance(one, list):
            return [of(item) for item in one]
        return pattern.sub(lambda found: standin(found.group()), one) if isinstance(one, str) else one

    return of(value)


def canonical(told: Any) -> Any:
    """Facts with each digest by when it came first, and without what depends on the time."""
    read = json.loads(json.dumps(told))
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
    names = {one for name in names_of(running, told) for one in (name, name.partition(".")[0]) if not one.isdigit()}
    player = JournalPlayer(journal)
    player.install(monkeypatch)
    again = facts(tmp_path / "again.jsonl", **{key: player.session[key] for key in ("hostname", "username")}, password="another")
    assert again.failure is None, again.failure
    played = again.values["ansible_facts"]["certops"]
    assert canonical(played) == canonical(renamed(told, names, standins.text))
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
