# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host monitoring of a cluster, switched off while its hosts are worked on, and on again whatever becomes of the work.

What it was is noted on the cluster before: a run that is killed leaves the note, by which the next one switches host monitoring on again. The note
says who needs it off and until when, which is prolonged while the work goes on: nobody else restores, or switches it, before that.
"""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Callable, Optional, TypeVar

from .._common import times
from .._common.errors import CertopsError, DeadlineExceeded
from .._common.progress import Progress
from .._estate.cluster import Cluster
from .._estate.estate import EsxiHost
from .._estate.ha_note import MONITORED, NOTE_NAME, UNMONITORED, held, monitoring_in, needed_until, note_of, owner_in
from .._stepping.port import VSphere
from .._stepping.progress import Tell
from .._timing.repeating import retry_unless_done
from .._timing.waiting import Deadline, wait_until
from . import messages
from .owner import is_gone, this_process

T = TypeVar("T")

# How long one change of a cluster may take, with all attempts.
CHANGE_SECONDS = 120.0
# How often it is tried to switch host monitoring on again, and how long there is between.
ROUNDS = 3
PAUSE_SECONDS = 5.0
# For how long a note holds by itself, and after which time it is prolonged.
HOLD_SECONDS = 240.0
PROLONG_SECONDS = 60.0
# Two may write their notes at the same moment, of which the last one stays: after so long each sees whose it is.
CLAIM_SECONDS = 3.0
_OFF = "certops.vsphere switched host monitoring of {cluster} off (it was {before}) while certificates of its hosts are renewed"
_ON = "certops.vsphere set host monitoring of {cluster} to {after} again"


class HostMonitoring:
    """Host monitoring of the cluster of a host. host: any of its hosts."""

    def __init__(
        self,
        vsphere: VSphere,
        cluster: Cluster,
        host: EsxiHost,
        timeout_seconds: float,
        step: str,
        tell: Tell,
        *,
        owner: Optional[str] = None,
    ) -> None:
        """owner: the process that notes are of (this one)."""
        self._vsphere = vsphere
        self._cluster = cluster
        self._host = host
        self._timeout_seconds = timeout_seconds
        self._step = step
        self._tell = tell
        self._owner = owner or this_process()
        self._prolonged_at = vsphere.clock.monotonic()
        # Whether host monitoring was seen to be what the note says, in the last attempts at that.
        self._is_back = False

    def while_off(self, work: Callable[[], T]) -> tuple[T, Optional[CertopsError]]:
        """Switch it off, do some work, and switch it on again whatever is raised meanwhile; why that failed goes with the result.

        Where it is off already, and no run's note says that it was switched off, it stays as it is. Raises what switching it off or the work raises.
        """
        try:
            self._switch_off()
            done = work()
        except CertopsError as error:
            left_off = self._surely_back()
            if left_off is not None:
                raise error.retold(remedy=f"{error.remedy} {left_off}".strip()) from error
            raise
        except BaseException:
            self.switch_back()
            raise
        return done, self._surely_back()

    def _surely_back(self) -> Optional[CertopsError]:
        """The same as switch_back, once more where the process is told to end in the middle of it."""
        try:
            return self.switch_back()
        except BaseException:
            self.switch_back()
            raise

    def switch_back(self) -> Optional[CertopsError]:
        """Have host monitoring be what a note says that it was, and take the note away. Why that failed; None otherwise.

        Nothing is done without a note, and where another process needs it as it is.
        """
        problem: Optional[CertopsError] = None
        self._is_back = False
        for attempt in range(ROUNDS):
            self._vsphere.clock.rest(PAUSE_SECONDS if attempt else 0)
            try:
                self._switch_back()
                return None
            except CertopsError as error:
                problem = problem or error
        name, wanted, why = self._cluster.name, monitoring_in(self._cluster.noted or ""), str(problem).rstrip(".")
        if self._is_back:
            return messages.HA_NOTE_LEFT(cluster=name, wanted=wanted, problem=why, attribute=NOTE_NAME)
        return messages.HA_NOT_SWITCHED_BACK(cluster=name, wanted=wanted, problem=why)

    def still_at_work(self) -> None:
        """Prolong the note, where that is due: who waits for its end sees that the work goes on. A failure changes nothing of that."""
        if self._vsphere.clock.monotonic() - self._prolonged_at < PROLONG_SECONDS:
            return
        self._prolonged_at = self._vsphere.clock.monotonic()
        with contextlib.suppress(CertopsError):
            noted = self._now().noted or ""
            if owner_in(noted) == self._owner:
                self._vsphere.note_on_cluster(self._cluster, self._held(noted))

    def until_left(self) -> bool:
        """Wait until nobody needs host monitoring off any more; whether a note is left by which it is to be restored.

        Not where its process goes on, which it shows by prolonging the note, or the time is over.
        """
        first = self._now().noted or ""
        deadline = Deadline(self._timeout_seconds, self._vsphere.clock)

        def look() -> Optional[bool]:
            noted = self._now().noted
            if noted is None or not self.needed_by_others():
                return noted is not None
            prolonged = owner_in(noted) == owner_in(first) and needed_until(noted) != needed_until(first)
            return False if prolonged or deadline.passed else None

        return wait_until(look, deadline, longest_pause_seconds=PAUSE_SECONDS)

    def needed_by_others(self) -> bool:
        """Whether another process noted that it needs host monitoring off, and may still be at work."""
        noted = self._cluster.noted or ""
        owner, until = owner_in(noted), needed_until(noted)
        if owner is None or until is None or owner == self._owner or is_gone(owner):
            return False
        return self._vsphere.server_time() < until

    def _switch_off(self) -> None:
        self._until_free()
        if not self._cluster.left_off and not self._cluster.restarts_vms:
            return
        self._tell(Progress(self._step, doing=f"switching host monitoring of {self._cluster.name} off"))
        self._until_quiet()
        now = self._claim()
        if now.host_monitoring != UNMONITORED:
            self._set(UNMONITORED)
        self._log(_OFF.format(cluster=self._cluster.name, before=now.host_monitoring or f"unset, which means {MONITORED}"))

    def _switch_back(self) -> None:
        now = self._now()
        if now.noted is None or self.needed_by_others():
            return
        wanted = monitoring_in(now.noted)
        if (now.host_monitoring or MONITORED) != wanted:
            self._tell(Progress(self._step, doing=f"setting host monitoring of {self._cluster.name} to {wanted} again"))
            self._until_quiet()
            self._set(wanted)
        self._is_back = True
        self._note("")
        self._log(_ON.format(cluster=self._cluster.name, after=wanted))

    def _now(self) -> Cluster:
        """The cluster as it is. Raises CertopsError where it cannot be read."""
        clusters, unavailable = self._vsphere.clusters([self._host])
        if unavailable or not clusters:
            raise messages.HA_NOT_READ(clusters=self._cluster.name, vcenter=self._vsphere.name)
        self._cluster = clusters[0]
        return self._cluster

    def _until_free(self) -> None:
        """Wait until no other process needs host monitoring off: what it restores then would be missing here."""
        told = False

        def look() -> Optional[bool]:
            nonlocal told
            self._now()
            if not self.needed_by_others():
                return True
            if not told:
                doing = f"waiting for another run that switched host monitoring of {self._cluster.name} off"
                self._tell(Progress(self._step, doing=doing))
                told = True
            return None

        deadline = Deadline(self._timeout_seconds, self._vsphere.clock)
        wait_until(look, deadline, late=self._in_use, longest_pause_seconds=PAUSE_SECONDS)

    def _in_use(self, _seconds: float = 0.0) -> DeadlineExceeded:
        noted = self._cluster.noted or ""
        until = needed_until(noted)
        return messages.HA_IN_USE(
            cluster=self._cluster.name, owner=owner_in(noted), needed_until=times.to_text(until) if until else "an unknown time"
        )

    def _claim(self) -> Cluster:
        """Note what host monitoring is, or was before a run that is gone, and see that the note stays this process's own; the cluster before that."""
        now = self._now()
        if self.needed_by_others():
            raise self._in_use()
        written = self._held(now.noted or note_of(now.host_monitoring, self._vsphere.server_time()))
        self._note(written)
        self._vsphere.clock.rest(CLAIM_SECONDS)
        self._require_noted(written)
        return now

    def _held(self, noted: str) -> str:
        """The note that this process holds from now on."""
        return held(noted, self._owner, self._vsphere.server_time() + timedelta(seconds=HOLD_SECONDS))

    def _until_quiet(self) -> None:
        """Wait until vCenter works on the cluster no more: a remediation of Lifecycle Manager changes the same configuration."""
        going: list[str] = []

        def look() -> Optional[bool]:
            going[:] = self._vsphere.tasks_on_cluster(self._cluster)
            return None if going else True

        wait_until(
            look,
            Deadline(self._timeout_seconds, self._vsphere.clock),
            late=lambda seconds: messages.HA_CLUSTER_BUSY(cluster=self._cluster.name, tasks=", ".join(going), seconds=seconds),
        )

    def _note(self, text: str) -> None:
        """Write it, and see that it is there."""
        self._surely(
            lambda _deadline: self._vsphere.note_on_cluster(self._cluster, text), lambda: (self._now().noted or "") == text
        )
        self._require_noted(text)

    def _require_noted(self, text: str) -> None:
        if (self._now().noted or "") == text:
            return
        if text and self.needed_by_others():
            raise self._in_use()
        raise messages.HA_NOTE_NOT_KEPT(cluster=self._cluster.name, attribute=NOTE_NAME)

    def _set(self, wanted: str) -> None:
        """Set it, and see that it is so."""
        self._surely(
            lambda deadline: self._vsphere.switch_host_monitoring(self._cluster, wanted, deadline),
            lambda: self._now().host_monitoring == wanted,
        )
        wait_until(
            lambda: True if self._now().host_monitoring == wanted else None,
            self._deadline(),
            late=lambda seconds: messages.HA_NOT_SWITCHED_OFF(cluster=self._cluster.name, wanted=wanted, seconds=seconds),
        )

    def _surely(self, change: Callable[[Deadline], None], made: Callable[[], bool]) -> None:
        deadline = self._deadline()
        retry_unless_done(self._vsphere.count_retry, lambda: change(deadline), made, deadline, self._quiet)

    def _quiet(self) -> bool:
        return not self._vsphere.tasks_on_cluster(self._cluster)

    def _log(self, text: str) -> None:
        """An event is for those who look at vCenter: whether it is kept changes nothing."""
        with contextlib.suppress(CertopsError):
            self._vsphere.log_event(self._cluster, text)

    def _deadline(self) -> Deadline:
        return Deadline(CHANGE_SECONDS, self._vsphere.clock)
