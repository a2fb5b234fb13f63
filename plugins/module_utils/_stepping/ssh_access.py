# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SSH of an ESXi host for as long as its own CLI works: switched on where it is off, and off again whatever becomes of the work."""

from __future__ import annotations

from typing import Callable, Optional, TypeVar

from .._common.errors import CertopsError
from .._estate.estate import CONNECTED, EsxiHost
from .._esxi_shell.service import stop_ssh
from .._esxi_shell.shell import Shell, ShellDropped, ShellUnreachable
from .._timing.repeating import retry_unless_done
from .._timing.waiting import SYSTEM_CLOCK, Clock, Deadline
from . import messages
from .port import VSphere

T = TypeVar("T")

# How long starting or stopping it may take, with all attempts.
SWITCH_SECONDS = 60.0
# How often it is tried to switch it off, through vCenter and over the host's own shell, and how long there is between.
ROUNDS = 3
PAUSE_SECONDS = 5.0
_ANSWER_SECONDS = 20.0


class SshAccess:
    """SSH of one host, which vCenter had a connection to when this was made."""

    def __init__(self, vsphere: VSphere, host: EsxiHost, shell: Shell, clock: Clock = SYSTEM_CLOCK) -> None:
        self._vsphere = vsphere
        self._host = host
        self._shell = shell
        self._clock = clock

    def is_off(self) -> bool:
        """Whether vCenter shows that it does not run. Raises CertopsError where vCenter cannot be asked."""
        service = self._vsphere.ssh_service(self._host)
        return service is not None and not service.running

    def while_on(self, work: Callable[[], T]) -> tuple[T, Optional[CertopsError]]:
        """Switch it on, do some work, and switch it off whatever is raised meanwhile; why that failed goes with the result.

        Raises what switching it on or the work raises. What then keeps it from being switched off is part of a CertopsError.
        """
        try:
            retry_unless_done(
                self._vsphere.count_retry,
                lambda: self._vsphere.start_ssh(self._host),
                lambda: not self.is_off(),
                Deadline(SWITCH_SECONDS, self._clock),
            )
            done = work()
        except CertopsError as error:
            left_on = self._switched_off()
            if left_on is not None:
                raise error.retold(remedy=f"{error.remedy} {left_on}".strip()) from error
            raise
        except BaseException:
            self._switched_off()
            raise
        return done, self._switched_off()

    def _switched_off(self) -> Optional[CertopsError]:
        """Switch it off. Why that failed; None where it did not."""
        problem: Optional[CertopsError] = None
        for attempt in range(ROUNDS):
            self._clock.rest(PAUSE_SECONDS if attempt else 0)
            for way in (self._stop_through_vcenter, self._stop_over_the_shell):
                try:
                    way()
                    return None
                except CertopsError as error:
                    problem = problem or error
        return messages.SSH_NOT_SWITCHED_OFF(esxi_host=self._host.name, problem=str(problem).rstrip("."))

    def _stop_through_vcenter(self) -> None:
        """Raises CertopsError, also where vCenter has lost the host over its new certificate."""
        if self._vsphere.host_state(self._host).connection_state != CONNECTED:
            raise messages.SSH_HOST_NOT_CONNECTED(esxi_host=self._host.name)
        retry_unless_done(self._vsphere.count_retry, self._stop_unless_off, self.is_off, Deadline(SWITCH_SECONDS, self._clock))

    def _stop_unless_off(self) -> None:
        if not self.is_off():
            self._vsphere.stop_ssh(self._host)

    def _stop_over_the_shell(self) -> None:
        """Raises CertopsError. That nobody is let in any more proves it: who is in stays in."""
        try:
            stop_ssh(self._shell)
        except ShellDropped:
            # What became of it shows next.
            pass
        self._shell.renew()
        try:
            self._shell.run("true", _ANSWER_SECONDS)
        except (ShellUnreachable, ShellDropped):
            return
        raise messages.SSH_STILL_ON(esxi_host=self._host.name)
