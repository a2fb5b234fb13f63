# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One vCenter: its identity, its hosts, its certificates, and the objects that clients see."""

from __future__ import annotations

import itertools
import ssl
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Callable, Optional

from ..clock import Clock
from ..fault_rules import FaultRules
from ..journal import Journal
from ..pki.authority import Authority
from ..pki.certificate import Certificate
from ..pki.keys import fresh_key
from ..schedule import Schedule
from ..server.tls import server_context
from ..soap.servant import Servant
from ..soap.versions import ServiceVersions
from .accounts import Account, Accounts
from .esxi_host import EsxiHost
from .recent_tasks import RecentTasks
from .release import Release
from .sessions import Sessions
from .settings import DAYS_VALID, MINUTES_BEFORE, Settings
from .storage_array import StorageArray
from .storage_service import StorageService
from .vsan_cluster import VsanCluster

KEPT_TASKS = 5000
HTTPS = 443


@dataclass
class Identity:
    """What a vCenter is called and what it runs (version: as in release.py)."""

    name: str
    fqdn: str
    address: str
    port: int
    version: str
    instance_uuid: str

    @property
    def authority(self) -> str:
        """Where clients reach it, as a URL has it: nobody resolves its name here."""
        return self.address if self.port == HTTPS else f"{self.address}:{self.port}"


@dataclass
class Trust:
    """Its certificate authorities. VMCA is there in every mode; a customer's own only where there is one."""

    vmca: Authority
    corporate: Optional[Authority]
    machine_ssl: Certificate
    roots: list[Certificate]
    signing: Certificate
    # sms_self_signed of the VECS store SMS, and VMCA's revocation list in PEM.
    sms: Certificate
    crl: str


@dataclass
class Surroundings:
    """What all vCenters of an estate share."""

    clock: Clock
    schedule: Schedule
    journal: Journal
    rules: FaultRules
    rtt_seconds: float = 0.0
    page_size: Optional[int] = None


class VCenter:
    """The state of one vCenter. Whoever changes something says so by notify."""

    def __init__(
        self, identity: Identity, trust: Trust, settings: Settings, accounts: Accounts, surroundings: Surroundings, seed: str
    ) -> None:
        self.identity = identity
        self.trust = trust
        self.settings = settings
        self.accounts = accounts
        self.clock = surroundings.clock
        self.schedule = surroundings.schedule
        self.journal = surroundings.journal
        self.rules = surroundings.rules
        self.surroundings = surroundings
        self.sessions = Sessions(self.clock)
        self.rest_sessions = Sessions(self.clock)
        self.release = Release.of(identity.version)
        self.vim_versions = ServiceVersions("vim25", self.release.api_limit)
        self.sms_versions = ServiceVersions("sms", self.release.api_limit)
        self.hosts: list[EsxiHost] = []
        self.clustered: set[str] = set()
        # By the ids of clusters their vSAN, where they have it; and by the ids of their hosts, witnesses too, those that they are in.
        self.vsan_clusters: dict[str, VsanCluster] = {}
        self._vsan_of: dict[str, list[VsanCluster]] = {}
        self.storage = StorageService(self, seed)
        self.arrays: list[StorageArray] = []
        self.linked_nodes: list[str] = [identity.fqdn]
        self.backups: dict[str, dict[str, Any]] = {}
        self.clock_offset = timedelta()
        # REST paths that this vCenter does not have, as older ones do not.
        self.missing_rest_paths: list[str] = []
        # What VasaProviderReconnect and RefreshCertificate do for VASA 5.0 providers.
        self.refresh_behaviour = {"Reconnect": "succeeds", "RefreshCertificate": "updates"}
        # Whether a reconnect in mode vmca brings a new certificate: by_status of the one that the host has, always, or never.
        self.reconnect_renews = "by_status"
        # Whether its STS tells an account's groups: groups, no_groups, or missing, where no STS answers.
        self.sts = "groups"
        # The accounts of tokens that its STS issued, by the tokens' ids.
        self.tokens: dict[str, Account] = {}
        self.objects: dict[str, Servant] = {}
        self.sms_objects: dict[str, Servant] = {}
        self.sms_task_numbers = itertools.count(1)
        # What its EventManager does with an event.
        self.keep_event: Optional[Callable[[str, EsxiHost, str], object]] = None
        self.changed = threading.Condition()
        self.revision = 0
        self._task_ids = itertools.count(1)
        self._tasks: list[str] = []
        self.recent_tasks = RecentTasks()
        # Held while a task looks whether another one locks its hosts.
        self.task_lock = threading.Lock()
        self._context: Optional[ssl.SSLContext] = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Its name in the inventory."""
        return self.identity.name

    @property
    def trusted_roots(self) -> list[Certificate]:
        """What it trusts."""
        return self.trust.roots

    @property
    def trusts_by_thumbprint(self) -> bool:
        """Whether it is in the mode in which each host is trusted by itself, and not by who issued its certificate."""
        return self.settings.mode == "thumbprint"

    @property
    def storage_roots(self) -> list[Certificate]:
        """Whom SPS believes what hosts show."""
        return [] if self.trusts_by_thumbprint else self.trusted_roots

    def now(self) -> datetime:
        """The time by its own clock, which can be off."""
        return self.clock.now() + self.clock_offset

    def in_cluster(self, host: EsxiHost) -> bool:
        """Whether a host stands in a cluster."""
        return host.moid in self.clustered

    def add_to_vsan(self, host: str, vsan: VsanCluster) -> None:
        """A host takes part in a vSAN, as one of its cluster or as its witness."""
        self._vsan_of.setdefault(host, []).append(vsan)
        vsan.members.append(host)

    def vsan_lost(self, host: EsxiHost) -> None:
        """vCenter has let a host go."""
        for vsan in self._vsan_of.get(host.moid, ()):
            vsan.lost(host.moid)

    def vsan_back(self, host: EsxiHost) -> None:
        """vCenter has a host again, and what changed meanwhile is resynchronised."""
        for vsan in self._vsan_of.get(host.moid, ()):
            if vsan.back(host.moid):
                self.after(vsan.resync_seconds, vsan.synchronised)

    def tls_context(self) -> ssl.SSLContext:
        """A TLS context for its machine SSL certificate."""
        with self._lock:
            if self._context is None:
                self._context = server_context(self.trust.machine_ssl)
            return self._context

    def notify(self, host: Optional[EsxiHost] = None) -> None:
        """Something changed: those who wait for updates look again."""
        if host is not None:
            host.revision += 1
            if host.ports_changed is not None:
                host.ports_changed()
        with self.changed:
            self.revision += 1
            self.changed.notify_all()

    def tell(self, event_type: str, host: EsxiHost, text: str) -> None:
        """An event of a host, for whoever reads events; nobody does before there is who keeps them."""
        if self.keep_event is not None:
            self.keep_event(event_type, host, text)

    def add(self, servant: Servant) -> Servant:
        """Let clients find an object."""
        self.objects[servant.moid] = servant
        return servant

    def new_task_id(self) -> str:
        """The next task's id."""
        with self._lock:
            return f"task-{next(self._task_ids)}"

    def keep_task(self, task: Servant) -> None:
        """Keep a task for whoever asks; the oldest go."""
        with self._lock:
            self._tasks.append(task.moid)
            forgotten = self._tasks.pop(0) if len(self._tasks) > KEPT_TASKS else None
        self.add(task)
        if forgotten:
            self.objects.pop(forgotten, None)

    def tasks(self) -> list[Servant]:
        """The tasks that are kept, the oldest first."""
        with self._lock:
            kept = list(self._tasks)
        return [task for task in (self.objects.get(moid) for moid in kept) if task is not None]

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        """Do something when so many seconds of the estate have passed."""
        self.schedule.after(self.clock.scaled(seconds), what)

    def believes(self, host: EsxiHost, shown: Certificate) -> bool:
        """Whether it takes a certificate for this host's, without being told which to expect."""
        return shown.same_as(host.record) or self.verifies(host, shown)

    def verifies(self, host: EsxiHost, shown: Certificate) -> bool:
        """Whether a root that it trusts signed a certificate for this host; in mode thumbprint it goes by no root."""
        return (
            not self.trusts_by_thumbprint
            and shown.valid_at(self.now())
            and host.name.lower() in shown.names
            and shown.chains_to(self.trusted_roots, self.now())
        )

    def issue_for(self, host: EsxiHost) -> Certificate:
        """A new certificate from VMCA for a host, with a new key. Raises StartTimeError."""
        now, root = self.now(), self.trust.vmca.certificate
        not_before = now - timedelta(minutes=int(self.settings[MINUTES_BEFORE]))
        if not_before < root.not_before:
            raise StartTimeError(host.name)
        not_after = min(now + timedelta(days=int(self.settings[DAYS_VALID])), root.not_after)
        subject = self.settings.subject
        return self.trust.vmca.issue(host.name, [host.name], not_before, not_after, fresh_key(), subject)


class StartTimeError(Exception):
    """VMCA's root is younger than the certificate that was asked for."""

    def __init__(self, host_name: str) -> None:
        super().__init__(f"Unable to get signed certificate for host name '{host_name}': Error: Start Time Error (70034).")
