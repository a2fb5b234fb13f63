# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command that a lost connection took along: what became of it is seen on the host before anything is sent again or put back."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import parse
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import Output, ShellDropped
from ansible_collections.certops.vsphere.plugins.module_utils._operations import regenerate_on_host as story
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate_on_host import HostOutcome, Order
from ansible_collections.certops.vsphere.tests.unit.certificates import HOST, NOW, key, make, pem
from ansible_collections.certops.vsphere.tests.unit.fake_clock import FakeClock
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate

FOLDER = "/etc/vmware/ssl"
OLD, NEW = pem(make(private=key("RSA 2048"), ends=20)), pem(make(private=key("RSA 2048"), ends=1800))
GENERATE, SAVE, COPY, MAKE_FOLDER, PUT_BACK = "generate-certificates", "auto-backup.sh", "cp -p $f", "mkdir", "mv -f"


class Host:
    """An ESXi host's shell. lost: by a part of a command, whether it was carried out (once) before its connection was lost.

    still_making: how many looks a lost generate-certificates is still seen at work, and only then has its pair in place.
    """

    address = "192.0.2.7"

    def __init__(self, lost: Optional[dict[str, bool]] = None, *, still_making: int = 0, fails: str = "") -> None:
        self.pair = OLD
        self.backups: dict[str, Optional[str]] = {}
        self.sent: list[str] = []
        self._lost = dict(lost or {})
        self._still_making = still_making
        self._fails = fails

    def run(self, command: str, _seconds: float) -> Output:
        """What the host does with a command."""
        self.sent.append(command)
        part = next((part for part in self._lost if self._is(part, command)), None)
        if part is None:
            return self._do(command)
        if self._lost.pop(part):
            self._do(command)
        raise ShellDropped("The connection ended", code="broken")

    def renew(self) -> None:
        """Nothing is kept of a connection."""

    def times(self, part: str) -> int:
        """How often a command was sent."""
        return sum(self._is(part, command) for command in self.sent)

    def _is(self, part: str, command: str) -> bool:
        # Some commands only look whether a program is there, or runs.
        return part in command and "grep" not in command and "[ -x" not in command

    def _do(self, command: str) -> Output:
        if self._fails and self._is(self._fails, command):
            return Output(1, "", "it fails")
        folder = next((word.strip(";") for word in command.split() if word.startswith(f"{FOLDER}/certops-backup")), "").rstrip("/")
        if "grep" in command:
            return self._looked_for()
        if self._is(GENERATE, command):
            if not self._still_making:
                self.pair = NEW
            return Output(0, "", "")
        if command.startswith("cat "):
            return Output(0, self.pair, "")
        if "modulus" in command:
            return Output(0, f"Modulus={parse(self.pair).key}\n", "")
        if command == "hostname":
            return Output(0, f"{HOST}\n", "")
        if command.startswith("date"):
            return Output(0, f"{NOW.timestamp():.0f}\n", "")
        if command.startswith("[ -e"):
            return Output(int(command.split()[2] not in self.backups), "", "")
        if MAKE_FOLDER in command:
            if folder in self.backups:
                return Output(1, "", "File exists")
            self.backups[folder] = None
        elif COPY in command:
            self.backups[folder] = self.pair
        elif "dgst" in command:
            return Output(int(self.backups.get(command.split("< ")[2].split("/$")[0]) != self.pair), "", "")
        elif PUT_BACK in command:
            self.pair = str(self.backups[folder.rsplit("/", 1)[0]])
        elif command.startswith("ls"):
            return Output(0, "-r--------    1 0 0 1704 Jan 1 00:00 rui.key", "")
        return Output(0, "", "")

    def _looked_for(self) -> Output:
        if self._still_making:
            self._still_making -= 1
            if not self._still_making:
                self.pair = NEW
            return Output(0, "", "")
        return Output(1, "", "")


class Served:
    """The host's daemons take up whatever lies there."""

    done: tuple[str, ...] = ()
    begun = False

    def __init__(self, *_given: Any) -> None:
        pass

    def impossible(self) -> None:
        """Nothing is in the way."""

    def note_before(self, _wanted: Any) -> None:
        """Nothing is served before."""

    def different(self, _wanted: Any) -> list[str]:
        """All is served."""
        return []

    def until_served(self, _wanted: Any, _deadline: Any) -> list[str]:
        """It is served."""
        return []


@pytest.fixture(autouse=True)
def _world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "Reload", Served)


def renew(host: Host) -> HostOutcome:
    """Renew the certificate of a host."""
    return story.regenerate_on_host(host, Order(HOST, 60, False, "agents", 300, False), None, FakeEstate(), FakeClock())


def renewed(outcome: HostOutcome, host: Host) -> bool:
    """Whether it has a new certificate, its backup is the old one, and nothing was made twice."""
    assert outcome.result.status == "changed", outcome.result.error
    assert outcome.backup is not None
    return host.pair == NEW and host.backups[outcome.backup] == OLD and host.times(GENERATE) == 1


def test_without_a_loss_nothing_is_sent_twice() -> None:
    host = Host()
    assert renewed(renew(host), host)
    assert [host.times(part) for part in (MAKE_FOLDER, COPY, SAVE, PUT_BACK)] == [1, 1, 1, 0]


@pytest.mark.parametrize("carried_out", [True, False], ids=["carried out", "never arrived"])
@pytest.mark.parametrize("part", [MAKE_FOLDER, COPY, SAVE])
def test_what_a_loss_took_along_is_looked_up_and_the_host_renewed(part: str, carried_out: bool) -> None:
    host = Host({part: carried_out})
    assert renewed(renew(host), host)


def test_a_whole_backup_is_not_made_twice() -> None:
    host = Host({COPY: True})
    assert renewed(renew(host), host)
    assert len(host.backups) == 1


@pytest.mark.parametrize("still_making", [0, 1, 5])
def test_a_pair_that_was_made_though_the_connection_was_lost_is_taken(still_making: int) -> None:
    host = Host({GENERATE: True}, still_making=still_making)
    outcome = renew(host)
    assert renewed(outcome, host)
    assert host.times(PUT_BACK) == 0


def test_a_pair_that_was_never_made_is_not_asked_for_again() -> None:
    host = Host({GENERATE: False})
    outcome = renew(host)
    assert outcome.result.status == "failed"
    assert host.pair == OLD
    assert "The old certificate and key are back in place" in str(outcome.result.error)


def test_nothing_is_put_back_while_the_host_makes_a_pair() -> None:
    host = Host({GENERATE: True}, still_making=10**9)
    outcome = renew(host)
    assert outcome.result.status == "failed"
    assert host.times(PUT_BACK) == 0
    assert "/sbin/generate-certificates still runs on" in str(outcome.result.error)
    assert f"the old pair is in {outcome.backup} on the host" in str(outcome.result.error)


@pytest.mark.parametrize("carried_out", [True, False])
def test_putting_back_is_done_again_where_the_connection_was_lost_over_it(carried_out: bool) -> None:
    host = Host({PUT_BACK: carried_out}, fails=SAVE)
    outcome = renew(host)
    assert outcome.result.status == "failed"
    assert host.pair == OLD
    assert "The old certificate and key are back in place" in str(outcome.result.error)
