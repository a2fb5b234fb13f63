# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Have an ESXi host make its own new certificate, over its shell; put the old one back where anything goes wrong.

KB 320568, "CLI Step". What the host makes was issued by nobody that SPS trusts (trust.made_by_host): it is for hosts that vCenter can't
renew, and VMCA replaces it later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Callable, Optional, TypeVar

from .._certificates.certificate import Certificate, to_pem
from .._certificates.host_pair import HostPair, is_named, name_problem
from .._common.errors import CertopsError
from .._common.unforeseen import foreseen
from .._deciding.rules import RENEW_CLI, why_due
from .._estate.step_result import CHANGED, FAILED, UNCHANGED, StepResult
from .._esxi_shell import pair_files
from .._esxi_shell.identity import Identity, identify, read_clock
from .._esxi_shell.shell import Shell, ShellDropped, ShellUnreachable
from .._stepping.port import Endpoints
from .._stepping.reload import Notifier, Reload, Wanted
from .._timing.waiting import SYSTEM_CLOCK, Clock, Deadline, wait_until
from . import cli_messages

T = TypeVar("T")

CLOCK_TOLERANCE = timedelta(minutes=5)
# How long a host may take to let somebody in again after its services were restarted or a connection was lost.
RETURN_SECONDS = 120.0
# How long generate-certificates may go on by itself on the host after the connection was lost.
SETTLE_SECONDS = 60.0
# What putting the old pair back may take, whatever was left of the time.
ROLLBACK_SECONDS = 300.0


@dataclass(frozen=True)
class Order:
    """What is wanted of one host. reload: the most disruptive way to have the new certificate taken up; see reload.LEVELS."""

    esxi_host: str
    renew_before_days: float
    force: bool
    reload: str
    timeout_seconds: float
    check_mode: bool


@dataclass
class HostOutcome:
    """What became of the host: the step's result, the certificate that it has now, and where the old pair was copied."""

    result: StepResult
    certificate: Optional[Certificate] = None
    backup: Optional[str] = None
    reloaded_by: list[str] = field(default_factory=list)

    def to_facts(self) -> dict[str, Any]:
        """The result as the action returns it."""
        return {
            **self.result.to_facts(),
            "certificate_pem": to_pem(self.certificate) if self.certificate else None,
            "backup": self.backup,
            "reloaded_by": list(self.reloaded_by),
        }


def regenerate_on_host(
    shell: Shell,
    order: Order,
    notifier: Optional[Notifier],
    endpoints: Endpoints,
    clock: Clock = SYSTEM_CLOCK,
    before_change: Callable[[], None] = lambda: None,
) -> HostOutcome:
    """Look at the host, make it a new pair where that is due, and see that its daemons serve what it has.

    notifier: tells the daemons through vCenter's API that the certificate changed; None where there is no vCenter to ask.
    before_change: called right before anything is changed on the host; what it raises passes, and nothing was changed then.
    """
    return _Regeneration(shell, order, notifier, endpoints, clock, before_change).run()


def predicted(order: Order, reason: str) -> HostOutcome:
    """What renewing it would come to, for a host that cannot be asked in check mode."""
    result = StepResult(order.esxi_host, RENEW_CLI, CHANGED, reason, after={"renewed": True}, trusted_by="ssh")
    return HostOutcome(result)


def failed_on(esxi_host: str, reason: str, error: CertopsError) -> HostOutcome:
    """A failure that is not of the renewal itself. reason: what was to be done."""
    return HostOutcome(StepResult(esxi_host, RENEW_CLI, FAILED, reason, error=str(error), error_code=error.code))


class _Regeneration:
    """The story for one host: each step is taken when the one before it was checked."""

    def __init__(
        self,
        shell: Shell,
        order: Order,
        notifier: Optional[Notifier],
        endpoints: Endpoints,
        clock: Clock,
        before_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._shell = shell
        self._before_change = before_change
        self._clock = clock
        self._order = order
        self._reload = Reload(shell, order.esxi_host, order.reload, notifier, endpoints)
        self._deadline = Deadline(order.timeout_seconds, clock)
        self._notes: list[str] = []
        self._backup: Optional[str] = None
        self._before: Any = None
        self._reason = "its certificate is looked at"

    def run(self) -> HostOutcome:
        """Everything, with an outcome that says what is there now, whatever is raised: an old pair is put back all the same."""
        try:
            return self._foreseen(self._work)
        except CertopsError as error:
            return self._failed(error, self._now() if self._backup else None)

    def _work(self) -> HostOutcome:
        identity = identify(self._shell)
        self._refuse_unfit(identity)
        pair = pair_files.read_pair(self._shell)
        self._before = self._shown(pair.certificate)
        due = self._why_due(pair, self._clock.now())
        if due is None:
            return self._take_up(pair, identity)
        self._reason = due
        return self._renew(pair, identity)

    def _refuse_unfit(self, identity: Identity) -> None:
        """What speaks against this host, before anything is changed. Raises CertopsError."""
        name = self._order.esxi_host
        problem = name_problem(identity.configured_name)
        if problem:
            raise cli_messages.HOST_NAME_UNFIT(esxi_host=name, problem=problem)
        if not is_named(identity.configured_name, name, identity.addresses):
            raise cli_messages.HOST_OF_ANOTHER_NAME(
                esxi_host=name, address=self._shell.address, configured_name=identity.configured_name
            )
        offset = identity.clock - self._clock.now()
        if abs(offset) > CLOCK_TOLERANCE:
            side = "ahead of" if offset > timedelta(0) else "behind"
            raise cli_messages.HOST_CLOCK_WRONG(esxi_host=name, seconds=abs(offset).total_seconds(), ahead_or_behind=side)
        pair_files.check_space(self._shell, write=not self._order.check_mode)

    def _why_due(self, pair: HostPair, now: datetime) -> Optional[str]:
        if not pair.whole:
            return f"its certificate and key are not whole: {'; '.join(pair.broken())}"
        if pair.certificate is None:
            return "it has no certificate"
        due = why_due(pair.certificate, renew_before_days=self._order.renew_before_days, force=self._order.force, now=now)
        return due[1] if due else None

    def _take_up(self, pair: HostPair, identity: Identity) -> HostOutcome:
        """Nothing to make: but what the host serves must be what it has, or an earlier run died in between."""
        wanted = Wanted(pair.certificate, identity)
        different = self._reload.different(wanted)
        if not different:
            self._reason = f"its certificate does not expire within {self._order.renew_before_days:g} days"
            return self._done(UNCHANGED, pair.certificate)
        self._reason = f"its certificate is sound, but not yet taken up: {'; '.join(different)}"
        if self._order.check_mode:
            return self._done(CHANGED, pair.certificate)
        self._before_change()
        try:
            self._notes += self._reload.until_served(wanted, self._deadline)
        except CertopsError as error:
            return self._failed(error, pair.certificate)
        return self._done(CHANGED, pair.certificate)

    def _renew(self, old: HostPair, identity: Identity) -> HostOutcome:
        problem = self._reload.impossible()
        if problem is not None:
            return self._failed(problem, old.certificate)
        if self._order.check_mode:
            outcome = StepResult(
                self._order.esxi_host, RENEW_CLI, CHANGED, self._reason, before=self._before, after={"renewed": True}
            )
            return HostOutcome(outcome)
        self._before_change()
        try:
            mode = pair_files.key_mode(self._shell)
            # Whether port 9080 answers before decides whether it is waited for afterwards.
            self._reload.note_before(Wanted(old.certificate, identity))
            self._backup = self._back_up()
        except CertopsError as error:
            return self._failed(error, old.certificate)
        try:
            new = self._foreseen(lambda: self._replace(old, identity, mode))
        except CertopsError as error:
            return self._roll_back(error, old, identity)
        return self._done(CHANGED, new)

    def _replace(self, old: HostPair, identity: Identity, mode: Optional[int]) -> Certificate:
        """Make the new pair, and see that it is kept and served. Raises CertopsError."""
        new = self._generate(old, identity)
        self._surely(lambda: self._keep_mode(mode))
        self._surely(lambda: pair_files.save(self._shell))
        self._notes += self._reload.until_served(Wanted(new, identity), self._deadline)
        return new

    def _foreseen(self, work: Callable[[], T]) -> T:
        where = f"the old pair is in {self._backup} on the host" if self._backup else "nothing was replaced on the host"
        return foreseen(f"the step {RENEW_CLI} of {self._order.esxi_host}", work, consequence=f"Look at the host: {where}.")

    def _back_up(self) -> str:
        now = self._clock.now()
        try:
            return pair_files.back_up(self._shell, now)
        except ShellDropped:
            self._return()
            return pair_files.back_up(self._shell, now, again=True)

    def _surely(self, act: Callable[[], T]) -> T:
        """Do what may be done twice, and once more where the connection was lost over it. Raises what it raises then."""
        try:
            return act()
        except ShellDropped:
            self._return()
            return act()

    def _generate(self, old: HostPair, identity: Identity) -> Certificate:
        """Make the pair and check it. Raises CertopsError."""
        try:
            pair_files.generate(self._shell)
            pair = pair_files.read_pair(self._shell)
        except ShellDropped:
            # Never sent twice: whether it was made is seen on the host, which may still be making it.
            pair = self._after_drop(old)
        clock = self._surely(lambda: read_clock(self._shell))
        problems = pair.unsound([identity.configured_name, self._order.esxi_host], clock + timedelta(seconds=1))
        if pair.shows_the_same_as(old):
            problems.append("it is still the old one")
        if problems or pair.certificate is None:
            raise cli_messages.GENERATED_CERTIFICATE_UNSOUND(esxi_host=self._order.esxi_host, problems="; ".join(problems))
        return pair.certificate

    def _after_drop(self, old: HostPair) -> HostPair:
        self._return()

        def whole_and_new() -> Optional[HostPair]:
            # While the host is still making it, what lies there may be half of a pair.
            if pair_files.generating(self._shell):
                return None
            pair = pair_files.read_pair(self._shell)
            return pair if pair.whole and not pair.shows_the_same_as(old) else None

        return wait_until(
            whole_and_new,
            Deadline(min(SETTLE_SECONDS, max(self._deadline.left_seconds, 1.0)), self._clock),
            late=lambda seconds: cli_messages.NEW_PAIR_NOT_SEEN(esxi_host=self._order.esxi_host, seconds=seconds),
        )

    def _return(self) -> None:
        """Wait until the host lets us in again. Raises DeadlineExceeded."""
        wait_for_shell(self._shell, self._order.esxi_host, Deadline(RETURN_SECONDS, self._clock))

    def _keep_mode(self, mode: Optional[int]) -> None:
        """A new key must not be open to more than the old one was."""
        wanted = mode if mode is not None else pair_files.LARGEST_KEY_MODE
        if pair_files.key_mode(self._shell) != wanted:
            pair_files.set_key_mode(self._shell, wanted)

    def _roll_back(self, error: CertopsError, old: HostPair, identity: Identity) -> HostOutcome:
        """Put the old pair back, have it kept and served, and say which of that worked."""
        where = f"the old pair is in {self._backup} on the host"
        begun = self._reload.begun
        try:
            pair = self._foreseen(lambda: self._put_back(old))
        except CertopsError as second:
            told = error.retold(remedy=f"{error.remedy} PUTTING THE OLD PAIR BACK FAILED TOO ({_inner(second)}): {where}.")
            return self._failed(told, self._now())
        told_parts = ["The old certificate and key are back in place"]
        try:
            pair_files.save(self._shell)
        except CertopsError as second:
            told_parts.append(f"but a reboot may lose that ({_inner(second)})")
        wanted = Wanted(pair.certificate, identity)
        try:
            if pair.certificate is None:
                told_parts.append("and no daemon was reloaded, since there was no usable certificate before")
            elif begun or self._reload.different(wanted):
                self._notes += self._reload.until_served(wanted, Deadline(ROLLBACK_SECONDS, self._clock))
                told_parts.append("and are served again")
            else:
                told_parts.append("and are what the host serves")
        except CertopsError as second:
            told_parts.append(f"but are not served yet ({_inner(second)})")
        told = error.retold(remedy=f"{error.remedy} {', '.join(told_parts)}.")
        return self._failed(told, pair.certificate)

    def _put_back(self, old: HostPair) -> HostPair:
        """Put the old pair back; what is there then. Raises CertopsError."""
        self._return()
        # What is put back while the host still makes a pair would be overwritten.
        wait_until(
            lambda: None if pair_files.generating(self._shell) else True,
            Deadline(SETTLE_SECONDS, self._clock),
            late=lambda seconds: cli_messages.GENERATING_NOT_ENDED(esxi_host=self._order.esxi_host, seconds=seconds),
        )
        self._surely(lambda: pair_files.put_back(self._shell, str(self._backup)))
        pair = self._surely(lambda: pair_files.read_pair(self._shell))
        self._compare(old, pair)
        return pair

    def _compare(self, old: HostPair, now: HostPair) -> None:
        same = now.shows_the_same_as(old) or (now.certificate is None and old.certificate is None)
        if not same or now.key_modulus != old.key_modulus:
            raise cli_messages.RESTORED_PAIR_DIFFERS(esxi_host=self._order.esxi_host)

    def _now(self) -> Optional[Certificate]:
        try:
            return pair_files.read_pair(self._shell).certificate
        except CertopsError:
            return None

    def _done(self, status: str, certificate: Optional[Certificate]) -> HostOutcome:
        after = self._shown(certificate)
        if status == CHANGED and after == self._before:
            # A pair that was merely not taken up is the same before and after: said in words, or it would have no diff.
            after = {**(after or {}), "activation_result": True}
        return self._outcome(status, certificate, after)

    def _failed(self, error: CertopsError, certificate: Optional[Certificate]) -> HostOutcome:
        after = self._shown(certificate) if certificate is not None or self._backup else self._before
        return self._outcome(FAILED, certificate, after, error)

    def _shown(self, certificate: Optional[Certificate]) -> Optional[dict[str, Any]]:
        return certificate.to_facts(self._clock.now()) if certificate else None

    def _outcome(
        self, status: str, certificate: Optional[Certificate], after: Any, error: Optional[CertopsError] = None
    ) -> HostOutcome:
        result = StepResult(
            self._order.esxi_host,
            RENEW_CLI,
            status,
            self._reason,
            error=str(error) if error else None,
            error_code=error.code if error else None,
            before=self._before,
            after=after,
            trusted_by="ssh",
            notes=tuple(self._notes),
        )
        return HostOutcome(result, certificate, self._backup, self._reload.done)


def wait_for_shell(shell: Shell, esxi_host: str, deadline: Deadline) -> None:
    """Wait until a host's shell answers (again). Raises DeadlineExceeded."""

    def answers() -> Optional[bool]:
        try:
            return shell.run("true", 20.0).ok or None
        except (ShellUnreachable, ShellDropped):
            shell.renew()
            return None

    wait_until(
        answers,
        deadline,
        late=lambda seconds: cli_messages.SHELL_NOT_BACK(esxi_host=esxi_host, seconds=seconds),
    )


def _inner(error: CertopsError) -> str:
    """A message within another one."""
    return str(error).rstrip(".")
