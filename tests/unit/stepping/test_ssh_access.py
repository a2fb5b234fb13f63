# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SSH is on while a host's own CLI works, and off again whatever becomes of the work, of vCenter's answers and of its connection."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import AccessDenied, CertopsError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import Output, ShellDropped, ShellUnreachable
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.ssh_access import ROUNDS, SshAccess
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, FakeHost, fake_estate

LOST = TransientError("The answer was lost", code="lost")
STOP = "vim-cmd hostsvc/stop_ssh"


class Shell:
    """The host's shell, into which nobody gets whose connection is new while SSH is off. answer: what becomes of stopping it."""

    address = "192.0.2.7"

    def __init__(self, fake: FakeHost, answer: Any = None, deaf: bool = False) -> None:
        self._fake, self._answer, self._deaf = fake, answer, deaf
        self._in = True
        self.sent: list[str] = []

    def run(self, command: str, _seconds: float) -> Output:
        """What the host does with a command."""
        if not self._in and not self._fake.ssh_runs:
            raise ShellUnreachable("Connection refused", code="unreachable")
        self.sent.append(command)
        if command == STOP:
            if isinstance(self._answer, Output):
                return self._answer
            self._fake.ssh_runs = self._deaf
            if self._answer is not None:
                raise self._answer
        return Output(0, "", "")

    def renew(self) -> None:
        """The next command opens another connection."""
        self._in = False


def access(answer: Any = None, deaf: bool = False) -> tuple[SshAccess, FakeEstate, FakeHost, Shell]:
    """A host whose SSH is off."""
    estate = fake_estate(hosts=1)
    fake = estate.fakes[0]
    shell = Shell(fake, answer, deaf)
    host = estate.hosts()[0][0]
    return SshAccess(estate, host, shell, estate.clock), estate, fake, shell


def test_it_is_on_while_the_work_is_done() -> None:
    switch, estate, fake, shell = access()
    assert switch.is_off()
    assert switch.while_on(lambda: fake.ssh_runs) == (True, None)
    assert estate.changes == ["start_ssh esx01.example.com", "stop_ssh esx01.example.com"]
    assert (fake.ssh_runs, shell.sent) == (False, [])


@pytest.mark.parametrize("raised", [CertopsError("It broke", code="broken"), SystemExit(143), KeyboardInterrupt()])
def test_it_is_off_whatever_the_work_raises(raised: BaseException) -> None:
    switch, _estate, fake, _shell = access()

    def work() -> None:
        assert fake.ssh_runs
        raise raised

    with pytest.raises(type(raised)):
        switch.while_on(work)
    assert not fake.ssh_runs


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("method", ["start_ssh", "stop_ssh"])
def test_a_lost_answer_is_looked_up(method: str, done: bool) -> None:
    switch, estate, fake, _shell = access()
    estate.spoil(method, LOST, done=done)
    assert switch.while_on(lambda: fake.ssh_runs) == (True, None)
    assert not fake.ssh_runs
    assert estate.changes.count(f"{method} esx01.example.com") == (1 if done else 2)


def test_where_it_may_not_be_started_nothing_is_done() -> None:
    switch, estate, fake, _shell = access()
    estate.spoil("start_ssh", AccessDenied("Host.Config.NetService is missing", code="denied", remedy="Give it."))
    with pytest.raises(AccessDenied) as caught:
        switch.while_on(lambda: pytest.fail("nothing is to be done"))
    assert str(caught.value) == "Host.Config.NetService is missing. Give it."
    assert (fake.ssh_runs, estate.changes) == (False, ["start_ssh esx01.example.com"])


@pytest.mark.parametrize("answer", [None, ShellDropped("It ended", code="dropped")])
def test_a_host_that_vcenter_has_lost_is_told_over_its_own_shell(answer: Optional[Exception]) -> None:
    switch, _estate, fake, shell = access(answer)
    _done, left_on = switch.while_on(lambda: setattr(fake, "state", "notResponding"))
    assert left_on is None
    assert (fake.ssh_runs, shell.sent) == (False, [STOP])


@pytest.mark.parametrize(("answer", "deaf"), [(Output(255, "", "Invalid command"), False), (None, True)])
def test_who_cannot_switch_it_off_says_so(answer: Any, deaf: bool) -> None:
    switch, estate, fake, shell = access(answer, deaf)
    seconds = estate.clock.seconds
    _done, left_on = switch.while_on(lambda: setattr(fake, "state", "notResponding"))
    assert str(left_on) == (
        "SSH was switched on for esx01.example.com and could not be switched off again: vCenter has no connection to esx01.example.com, and"
        " cannot stop its SSH. Reconnect the host, or stop TSM-SSH at its console. Stop the service TSM-SSH on the host."
    )
    assert shell.sent.count(STOP) == ROUNDS
    assert estate.clock.seconds > seconds
    with pytest.raises(CertopsError) as caught:
        switch.while_on(lambda: None)
    assert "could not be switched off again" in str(caught.value)
