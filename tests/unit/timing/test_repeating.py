# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change is made again only where it is seen that nobody is at it and that it was not made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional
from unittest.mock import Mock

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import (
    AccessDenied,
    CertopsError,
    RepeatableError,
    TransientError,
)
from ansible_collections.certops.vsphere.plugins.module_utils._timing import repeating, waiting
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import faults, running_tasks, tasks
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.properties import ObjectProperties
from pyVmomi import sms, vim, vmodl

LOST = "Renewing esx01 failed"


@dataclass
class Change:
    """A change that fails so many times; it is made by the attempt of this number, whatever became of the answer."""

    fails: int
    made_by: Optional[int] = None
    error: type[CertopsError] = TransientError
    attempts: int = 0
    looks: list[str] = field(default_factory=list)

    def call(self) -> None:
        """Make it."""
        self.attempts += 1
        self.looks.append("call")
        if self.attempts <= self.fails:
            raise self.error(LOST, code="lost", vsphere_fault="HTTP 503")

    def made(self) -> bool:
        """Whether it was made."""
        self.looks.append("made")
        return self.made_by is not None and self.attempts >= self.made_by

    def settled(self) -> bool:
        """Nobody is at it."""
        self.looks.append("settled")
        return True


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "rest", lambda _seconds: None)


def make(change: Change, **more: Any) -> Mock:
    session = Mock()
    repeating.retry_unless_done(
        session.count_retry, change.call, change.made, waiting.Deadline(60), more.get("settled", change.settled)
    )
    return session


def test_what_succeeds_is_not_looked_at() -> None:
    change = Change(fails=0)
    assert make(change).count_retry.call_count == 0
    assert change.looks == ["call"]


def test_what_failed_and_was_not_made_is_made_again() -> None:
    change = Change(fails=1)
    assert make(change).count_retry.call_count == 1
    assert change.looks == ["call", "settled", "made", "call"]


def test_what_was_made_although_its_answer_was_lost_is_not_made_again() -> None:
    change = Change(fails=9, made_by=1)
    assert make(change).count_retry.call_count == 1
    assert change.attempts == 1


def test_it_ends_after_three_attempts_and_says_so() -> None:
    change = Change(fails=9)
    with pytest.raises(TransientError, match="failed in each of 3 attempts: vSphere said HTTP 503"):
        make(change)
    assert change.attempts == 3


@pytest.mark.parametrize("error", [CertopsError, AccessDenied])
def test_what_need_not_pass_is_not_tried_again(error: type[CertopsError]) -> None:
    change = Change(fails=9, error=error)
    with pytest.raises(error):
        make(change)
    assert change.looks == ["call"]


def test_where_it_cannot_be_seen_what_is_going_on_nothing_is_sent_twice() -> None:
    change = Change(fails=9)

    def unseen() -> bool:
        raise CertopsError("The tasks cannot be seen", code="broken")

    with pytest.raises(TransientError, match=LOST):
        make(change, settled=unseen)
    assert change.attempts == 1


def test_what_does_not_end_is_said_to_be_going_on_perhaps() -> None:
    change = Change(fails=9)
    with pytest.raises(TransientError, match="may still be going on"):
        repeating.retry_unless_done(Mock(), change.call, change.made, waiting.Deadline(0), lambda: False)
    assert change.attempts == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (vim.fault.TaskInProgress(), TransientError),
        (vim.fault.ConcurrentAccess(), TransientError),
        (vmodl.fault.HostNotReachable(), TransientError),
        (vim.fault.InvalidState(), RepeatableError),
        (vim.fault.InvalidHostConnectionState(), RepeatableError),
        (vim.fault.HostConnectFault(), RepeatableError),
        (vim.fault.NoHost(), RepeatableError),
        (vmodl.fault.SystemError(reason="it was a bad moment"), RepeatableError),
        (vmodl.fault.SystemError(reason="Start Time Error (70034)"), CertopsError),
        (vim.fault.SSLVerifyFault(), CertopsError),
        (vim.fault.SSLDisabledFault(), CertopsError),
        (vim.fault.NotSupportedHost(), CertopsError),
        (vim.fault.InvalidPowerState(), CertopsError),
        (vim.fault.InvalidLogin(), AccessDenied),
        (vim.fault.NoPermission(), AccessDenied),
        (sms.fault.ProviderRegistrationFault(), RepeatableError),
        (sms.fault.ProviderUnregistrationFault(), RepeatableError),
        (sms.fault.CertificateNotTrusted(), CertopsError),
        (sms.fault.CertificateNotImported(), CertopsError),
        (sms.fault.InvalidCertificate(), CertopsError),
        (sms.fault.IncorrectUsernamePassword(), CertopsError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, vmodl.MethodFault) else None,
)
def test_which_faults_are_worth_another_attempt(fault: Any, kind: type[CertopsError]) -> None:
    assert faults.translate(fault, LOST).__class__ is kind


@dataclass
class Tasks:
    """What a vCenter shows of its tasks, in the place of read_object."""

    recent: list[ObjectProperties]
    unreadable: bool = False
    forgets: int = 0

    def read_object(self, _session: Any, _objects: Any, paths: tuple[str, ...], what: str) -> list[ObjectProperties]:
        """As _vsphere/properties.py has it."""
        if paths == ("recentTask",):
            if self.unreadable:
                return [ObjectProperties(None, unreadable={"recentTask": "NoPermission"})]
            return [ObjectProperties(None, {"recentTask": [one.managed_object for one in self.recent]})]
        if self.forgets:
            self.forgets -= 1
            raise CertopsError(what, code="broken") from vmodl.fault.ManagedObjectNotFound()
        return self.recent


def task(state: Optional[str], entity: Any = None, described: Optional[str] = None) -> ObjectProperties:
    values = {"info.state": state, "info.entity": entity, "info.descriptionId": described}
    return ObjectProperties(f"task {state}", {key: value for key, value in values.items() if value is not None})


THIS, OTHER = vim.HostSystem("host-1"), vim.HostSystem("host-2")


@pytest.mark.parametrize(
    ("recent", "running"),
    [
        ([], []),
        ([task("running", THIS)], ["task running"]),
        ([task("queued", THIS)], ["task queued"]),
        ([task("success", THIS), task("error", THIS)], []),
        ([task("running", OTHER)], []),
        # The entity of a renewal's task is not documented: without a host it may be about any.
        ([task("running", None, "CertificateManager.refreshCertificates")], ["task running"]),
        ([task("running", vim.Folder("group-1"), "CertificateManager.refreshCertificates")], ["task running"]),
        ([task("running", OTHER, "CertificateManager.refreshCertificates")], []),
        ([task("running", vim.VirtualMachine("vm-1"), "VirtualMachine.powerOn")], []),
        ([task(None, THIS)], []),
    ],
)
def test_whose_tasks_are_running(recent: list[ObjectProperties], running: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_tasks, "read_object", Tasks(recent).read_object)
    host = Mock(moid="host-1")
    assert running_tasks.running_on(Mock(), host) == running
    assert running_tasks.nothing_runs_on(Mock(), host) == (not running)


def test_tasks_that_cannot_be_seen_are_not_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_tasks, "read_object", Tasks([], unreadable=True).read_object)
    host = Mock(moid="host-1")
    assert running_tasks.running_on(Mock(), host) is None
    with pytest.raises(CertopsError, match="cannot be seen"):
        running_tasks.nothing_runs_on(Mock(), host)


@pytest.mark.parametrize(("entity", "seen"), [(THIS, None), (OTHER, [])])
def test_a_task_whose_state_cannot_be_read_is_not_over(entity: Any, seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = ObjectProperties(
        "task", {"info.entity": entity}, {"info.state": "pyVmomi does not know the value 'paused' of TaskInfoState"}
    )
    monkeypatch.setattr(running_tasks, "read_object", Tasks([odd]).read_object)
    assert running_tasks.running_on(Mock(), Mock(moid="host-1")) == seen


def test_a_task_whose_state_cannot_be_read_is_not_waited_for_until_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = ObjectProperties(None, {}, {"info.state": "pyVmomi does not know the value 'paused' of TaskInfoState"})
    monkeypatch.setattr(tasks, "read_object", lambda *_arguments: [odd])
    with pytest.raises(CertopsError, match="cannot be followed: pyVmomi does not know the value 'paused'"):
        tasks.wait_for_task(Mock(), Mock(), "Renewing esx01", waiting.Deadline(60))


@pytest.mark.parametrize(("forgets", "ends"), [(1, True), (2, True), (3, False)])
def test_a_task_that_is_forgotten_meanwhile_is_looked_past(forgets: int, ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_tasks, "read_object", Tasks([task("running", THIS)], forgets=forgets).read_object)
    host = Mock(moid="host-1")
    if ends:
        assert running_tasks.running_on(Mock(), host) == ["task running"]
    else:
        with pytest.raises(CertopsError):
            running_tasks.running_on(Mock(), host)
