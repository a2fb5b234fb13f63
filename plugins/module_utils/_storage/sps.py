# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restart SPS, and wait until SMS answers again. All storage policies of a vCenter hang on it: it is never done in passing."""

from __future__ import annotations

from typing import Optional

from .._common.errors import AccessDenied, CertopsError, DeadlineExceeded, TransientError
from .._common.progress import Progress
from .._deciding.rules import REREGISTER
from .._estate.sps_state import DISABLED, PASSING, STARTED, SpsState
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._timing.waiting import Deadline, wait_until
from . import provider_messages

# How long SPS is watched for signs of a restart whose answer was lost, before it is asked for again.
WATCH_SECONDS = 5.0
# How often it is asked for where vCenter answers with an error of its own (HTTP 500) and nothing comes of it.
ATTEMPTS = 3
# Before a restart is asked for again that was refused.
ASK_AGAIN_SECONDS = 1.0
# How long a restart that somebody else began is waited for: as long as several take that go well.
PATIENCE_SECONDS = 180.0
# How long SMS may need until it answers in an SPS that is started.
INITIALIZING_SECONDS = 20.0
# How long the call that restarts it may take. It blocks until the service is up; one that takes longer, or is lost, is watched instead.
RESTART_CALL_SECONDS = 300.0
# How often the write that proves the right is made where its answer is lost. It changes nothing.
PROOF_ATTEMPTS = 3


def settled(vsphere: VSphere, patience: Deadline, step: str, tell: Tell = silent) -> SpsState:
    """How SPS is; while it is starting or stopping, because somebody else restarts it, that is waited for first.

    What it still is when the patience ends is returned as it is. Raises CertopsError where it cannot be read.
    """
    told = False

    def look() -> Optional[SpsState]:
        nonlocal told
        found = vsphere.sps()
        if found.state not in PASSING or patience.passed:
            return found
        if not told:
            tell(Progress(step, doing=f"waiting for SPS, which is {found.state}, to finish its restart"))
        told = True
        return None

    return wait_until(look, patience)


def wait_for_sps_restart(vsphere: VSphere, patience: Deadline, step: str, tell: Tell = silent) -> bool:
    """Whether SPS was being restarted and has come back: SMS answers again when this returns True.

    False where it is not being restarted, or takes longer than the patience. Raises CertopsError where its state cannot be read.
    """
    state = vsphere.sps().state
    if state not in (STARTED, *PASSING) or (state == STARTED and _answers_at_once(vsphere)):
        return False
    settled(vsphere, patience, step, tell)
    if patience.passed:
        return False
    try:
        return wait_until(
            lambda: _answers(vsphere),
            Deadline(min(patience.left_seconds, INITIALIZING_SECONDS), vsphere.clock),
        )
    except DeadlineExceeded:
        return False


def require_restartable(vsphere: VSphere, deadline: Deadline, tell: Tell = silent, *, only_reading: bool = False) -> bool:
    """Raise CertopsError unless SPS runs, may be restarted, and the account may do so: before anything is unregistered.

    A restart that somebody else began is waited for. only_reading: write nothing; what only a write could prove is False then.
    """
    found = settled(vsphere, Deadline(min(PATIENCE_SECONDS, deadline.left_seconds), vsphere.clock), REREGISTER, tell)
    if found.state != STARTED:
        raise provider_messages.SPS_NOT_READY(vcenter=vsphere.name, state=found.state or "in an unknown state")
    if found.startup_type == DISABLED:
        raise provider_messages.SPS_IS_DISABLED(vcenter=vsphere.name)
    # The account's groups prove it. Where they are not told, a write that changes nothing does.
    try:
        permitted = vsphere.may_restart_sps()
    except CertopsError as error:
        if only_reading:
            return False
        _prove_by_writing(vsphere, found.startup_type, str(error), deadline, tell)
        return True
    if permitted:
        return True
    raise provider_messages.SPS_RESTART_NOT_PERMITTED(vcenter=vsphere.name)


def _prove_by_writing(vsphere: VSphere, startup_type: Optional[str], unknown: str, deadline: Deadline, tell: Tell) -> None:
    if startup_type is None:
        raise provider_messages.SPS_RESTART_NOT_PROVEN(vcenter=vsphere.name, reason=unknown)
    lost = 0
    while True:
        try:
            vsphere.prove_restart_right(startup_type)
            return
        except AccessDenied as error:
            raise provider_messages.SPS_RESTART_NOT_PERMITTED(vcenter=vsphere.name, vsphere_fault=error.vsphere_fault) from error
        except TransientError as error:
            # In the middle of a restart nothing is answered of the right.
            restarting = error.vsphere_fault.startswith("HTTP 400")
            lost += not restarting
            if deadline.passed or lost >= PROOF_ATTEMPTS:
                raise provider_messages.SPS_RESTART_NOT_PROVEN(vcenter=vsphere.name, reason=str(error)) from error
            vsphere.count_retry()
        except CertopsError as error:
            raise provider_messages.SPS_RESTART_NOT_PROVEN(vcenter=vsphere.name, reason=str(error)) from error
        settled(vsphere, Deadline(min(PATIENCE_SECONDS, deadline.left_seconds), vsphere.clock), REREGISTER, tell)
        vsphere.clock.rest(min(ASK_AGAIN_SECONDS, deadline.left_seconds))


def restart(vsphere: VSphere, deadline: Deadline) -> None:
    """Restart SPS and return when SMS answers. Raises DeadlineExceeded where it hangs, CertopsError where it is refused."""
    _ask(vsphere, deadline)
    with vsphere.uncounted():
        wait_until(
            lambda: _started(vsphere),
            deadline,
            late=lambda seconds: provider_messages.SPS_NOT_STARTED(vcenter=vsphere.name, seconds=seconds),
        )
        # STARTED tells of the process; SMS in it needs some seconds more, and then knows no session from before.
        wait_until(
            lambda: _answers(vsphere),
            deadline,
            late=lambda seconds: provider_messages.SMS_NOT_ANSWERING(vcenter=vsphere.name, seconds=seconds),
        )


def _ask(vsphere: VSphere, deadline: Deadline) -> None:
    unknown = 0
    while True:
        try:
            vsphere.restart_sps(min(RESTART_CALL_SECONDS, deadline.left_seconds))
            return
        except TransientError as error:
            refused = error.vsphere_fault.startswith("HTTP 400")
            if deadline.passed:
                # It was refused all the time; or it was asked for, and the call that blocks until the service is up took all of it.
                if not refused:
                    raise provider_messages.SPS_NOT_STARTED(
                        vcenter=vsphere.name, seconds=deadline.seconds, vsphere_fault=error.vsphere_fault
                    ) from error
                raise provider_messages.SPS_NOT_RESTARTED(
                    vcenter=vsphere.name, seconds=deadline.seconds, vsphere_fault=error.vsphere_fault
                ) from error
            vsphere.count_retry()
            # An error of vCenter's own that no restart comes of does not pass by being asked for without end.
            unknown += error.vsphere_fault.startswith("HTTP 500")
            problem = error
        if refused:
            # It is in the middle of another restart. That may have begun before everything was unregistered: ours comes after it.
            wait_until(
                lambda: _started(vsphere),
                deadline,
                late=lambda seconds: provider_messages.SPS_STILL_RESTARTING(vcenter=vsphere.name, seconds=seconds),
            )
            vsphere.clock.rest(min(ASK_AGAIN_SECONDS, deadline.left_seconds))
            continue
        # The answer may have been lost and not the request: a second restart on top of the first would do harm.
        if _is_restarting(vsphere, Deadline(min(WATCH_SECONDS, deadline.left_seconds), vsphere.clock)):
            return
        if unknown >= ATTEMPTS:
            raise problem


def _is_restarting(vsphere: VSphere, watch: Deadline) -> bool:
    """Whether SPS shows that it was restarted: its state, or SMS that does not answer, or has forgotten this session."""

    def look() -> Optional[bool]:
        restarting = _state(vsphere) not in (STARTED, None) or not _answers_at_once(vsphere)
        return True if restarting else None

    try:
        return wait_until(look, watch)
    except DeadlineExceeded:
        return False


def _state(vsphere: VSphere) -> Optional[str]:
    try:
        return vsphere.sps().state
    except TransientError:
        return None


def _started(vsphere: VSphere) -> Optional[bool]:
    return True if _state(vsphere) == STARTED else None


def _answers_at_once(vsphere: VSphere) -> bool:
    try:
        vsphere.ask_sms(once=True)
    except TransientError:
        # A session that it has forgotten is a sign of a restart as well.
        return False
    return True


def _answers(vsphere: VSphere) -> Optional[bool]:
    try:
        vsphere.ask_sms()
    except TransientError:
        return None
    return True
