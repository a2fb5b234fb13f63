# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""See that a host's daemons serve a certificate: ask its ports, and reload what serves another one, least disruptive first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Protocol

from .._certificates.certificate import Certificate
from .._common import notice
from .._common.errors import CertopsError, DeadlineExceeded, EndpointError
from .._estate.provider import IOFILTER_PORT, OWN_CERTIFICATE_SINCE_ESXI
from .._esxi_shell import daemons
from .._esxi_shell.identity import Identity
from .._esxi_shell.shell import Shell, ShellDropped, ShellUnreachable
from .._timing.waiting import Deadline, wait_until
from . import messages
from .endpoints import shown_by
from .port import Endpoints

NOTIFY, AGENTS, ALL = "notify", "agents", "all"
# From the least disruptive on: a level includes those before it.
LEVELS = (NOTIFY, AGENTS, ALL)

HTTPS_PORT = 443
PORTS = (HTTPS_PORT, IOFILTER_PORT)
# How long daemons may take to come up with another certificate.
NOTIFY_SECONDS = 20.0
RESTART_SECONDS = 90.0
ALL_SECONDS = 600.0


@dataclass(frozen=True)
class Wanted:
    """The certificate that is to be served, and by whom."""

    certificate: Optional[Certificate]
    identity: Identity


class Notifier(Protocol):
    """Tells a host's daemons through vCenter that their certificate changed."""

    def available(self) -> bool:
        """Whether vCenter and the host can do that."""

    def notify(self) -> Optional[str]:
        """Do it. Why that was refused; None where it was not."""


class Reload:
    """What was asked and restarted on one host. done names it, in order."""

    def __init__(self, shell: Shell, esxi_host: str, level: str, notifier: Optional[Notifier], endpoints: Endpoints) -> None:
        self._shell = shell
        self._esxi_host = esxi_host
        self._level = level
        self._notifier = notifier
        self._endpoints = endpoints
        self._silent_before: set[int] = set()
        self._ports: tuple[int, ...] = ()
        self.done: list[str] = []

    @property
    def begun(self) -> bool:
        """Whether any daemon may have taken up another certificate."""
        return bool(self.done)

    def impossible(self) -> Optional[CertopsError]:
        """Why the way that was asked for does not exist, found before anything is changed; None where it does."""
        if self._level == NOTIFY and (self._notifier is None or not self._notifier.available()):
            return messages.RELOAD_NOT_POSSIBLE(esxi_host=self._esxi_host)
        return None

    def note_before(self, wanted: Wanted) -> None:
        """Remember which ports do not answer at all before anything is changed: they are not waited for."""
        self._silent_before = {port for port in self._judged(wanted) if self._shown(port, wanted) is None}

    def different(self, wanted: Wanted) -> list[str]:
        """Which ports serve something else, in words. A port that does not answer at all counts for 9080 only."""
        found = []
        for port in self._judged(wanted):
            shown = self._shown(port, wanted)
            if shown is None:
                if port == IOFILTER_PORT:
                    found.append(f"port {port} does not answer")
            elif wanted.certificate is None or not shown.same_as(wanted.certificate):
                found.append(f"port {port} serves another certificate ({shown.sha256_fingerprint})")
        return found

    def until_served(self, wanted: Wanted, deadline: Deadline) -> list[str]:
        """Reload until both ports serve the certificate; remarks. Raises CertopsError where they do not in the end."""
        notes: list[str] = []
        if self._notifier is not None and self._notifier.available():
            self.done.append("NotifyAffectedServices")
            refused = self._notifier.notify()
            if refused is None and self._waited(wanted, deadline, NOTIFY_SECONDS):
                return notes
            notes += [refused] if refused else []
        if self._level != NOTIFY:
            self.done.append("hostd, vpxa")
            notes += daemons.restart_agents(self._shell, wanted.identity.major)
            if self._waited(wanted, deadline, RESTART_SECONDS, ports=(HTTPS_PORT,)) and not self.different(wanted):
                return notes
            self.done.append("iofiltervpd")
            notes += daemons.restart_iofiltervpd(self._shell)
            if self._waited(wanted, deadline, RESTART_SECONDS):
                return notes + self._notice(wanted)
        if self._level == ALL:
            using = daemons.forbids_all(self._shell)
            if using is None:
                self.done.append("services.sh")
                notes += daemons.restart_all(self._shell)
                if self._waited(wanted, deadline, ALL_SECONDS):
                    return notes + self._notice(wanted)
            else:
                notes.append(notice.NOT_RESTARTED.of(using=using))
        raise messages.CERTIFICATE_NOT_SERVED(esxi_host=self._esxi_host, problems="; ".join([*self.different(wanted), *notes]))

    def _waited(self, wanted: Wanted, deadline: Deadline, seconds: float, ports: tuple[int, ...] = PORTS) -> bool:
        def served() -> Optional[bool]:
            for port in (port for port in ports if port in self._judged(wanted)):
                shown = self._shown(port, wanted)
                if shown is None and port in self._silent_before:
                    continue
                if shown is None or wanted.certificate is None or not shown.same_as(wanted.certificate):
                    return None
            return True

        try:
            return wait_until(served, Deadline(min(seconds, deadline.left_seconds), deadline.clock))
        except DeadlineExceeded:
            return False

    def _judged(self, wanted: Wanted) -> tuple[int, ...]:
        """The ports that are to serve the host's certificate. Since ESXi 9.0 the provider behind 9080 may have one of its own, which stays: so
        it is where the two ports show different ones when they are looked at first."""
        if (wanted.identity.major or 0) < OWN_CERTIFICATE_SINCE_ESXI:
            return PORTS
        if not self._ports:
            management, provider = (self._shown(port, wanted) for port in PORTS)
            differ = management is not None and provider is not None and not management.same_as(provider)
            self._ports = (HTTPS_PORT,) if differ else PORTS
        return self._ports

    def _notice(self, wanted: Wanted) -> list[str]:
        """What did not answer before, and does not now, was not proven: that is said."""
        silent = sorted(port for port in self._silent_before if self._shown(port, wanted) is None)
        return [notice.NEVER_ANSWERED.of(port=port) for port in silent]

    def _shown(self, port: int, wanted: Wanted) -> Optional[Certificate]:
        """The certificate on a port, asked from here or, where that does not reach it, by the host itself; None for none."""
        try:
            return shown_by(self._endpoints, list(dict.fromkeys([self._esxi_host, self._shell.address])), port)
        except EndpointError:
            pass
        try:
            return daemons.shown_to_itself(self._shell, wanted.identity.configured_name, port)
        except (ShellDropped, ShellUnreachable):
            self._shell.renew()
            return None
