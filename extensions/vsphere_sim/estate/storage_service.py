# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SPS with SMS in it: the providers, its restarts, and the registration of what is missing."""

from __future__ import annotations

import random
import threading
import uuid
from datetime import datetime
from typing import Any, Optional, Protocol, Sequence

from ..clock import Clock
from ..pki.certificate import Certificate
from ..schedule import Schedule
from .esxi_host import CONNECTED, UNSAID, EsxiHost
from .provider import IOFILTER, SOFT_LIMIT, Provider

STARTED = "STARTED"
STARTING = "STARTING"
STOPPING = "STOPPING"
STOPPED = "STOPPED"
DISABLED = "DISABLED"

# How long it takes at the real speed.
STOPPING_SECONDS = 5.0
STARTING_SECONDS = 20.0
# SMS needs longer than its service says that it does.
INITIALIZING_SECONDS = 5.0
REGISTERING_SECONDS = 0.5
SYNCING_SECONDS = 1.0
# An older VASA has no way to give a provider a certificate.
CERTIFICATES_SINCE = 2.0
# Field reports have vCenter register a provider by itself when storage providers are synchronised.
AFTER_SYNC = "sync"
GONE = "gone"
# What vCenter tells of it: the ids of events since 6.7, and the alarm that they raise and clear on the host.
EVENTS = "com.vmware.vc.iofilter.HostVendorProvider"
REGISTRATION_ALARM = "Registration/unregistration of third-party IO filter storage providers fails on a host"


class Surroundings(Protocol):
    """What SPS has to know of the vCenter that it runs in."""

    clock: Clock
    schedule: Schedule
    hosts: list[EsxiHost]

    @property
    def trusts_by_thumbprint(self) -> bool:
        """Whether each host is trusted by itself, and not by who issued its certificate."""

    @property
    def trusted_roots(self) -> Sequence[Certificate]:
        """What the vCenter trusts."""

    def now(self) -> datetime:
        """The time by the vCenter's own clock."""

    def issue_for(self, host: EsxiHost) -> Certificate:
        """A new certificate from VMCA for a host. Raises StartTimeError."""

    def in_cluster(self, host: EsxiHost) -> bool:
        """Whether a host stands in a cluster."""

    def notify(self) -> None:
        """Those who wait for updates look again."""

    def tell(self, event_type: str, host: EsxiHost, text: str) -> None:
        """An event of a host."""


class StorageService:
    """The state of SPS and what SMS remembers."""

    def __init__(self, vcenter: Surroundings, seed: str) -> None:
        self._vcenter = vcenter
        self._random = random.Random(seed)
        self.lock = threading.RLock()
        self.state = STARTED
        self.initialized = True
        # AUTOMATIC, MANUAL or DISABLED; a disabled one is not restarted.
        self.startup_type = "AUTOMATIC"
        # The call that restarts it blocks until it is up (API reference). Where its start takes longer than vCenter waits for, it answers
        # TIMED_OUT while the restart goes on; at_once is how no vCenter is known to answer, and none is known not to.
        self.restart_answers = "when_up"
        # It will not come out of STARTING any more.
        self.stuck = False
        self.sessions_die_on_restart = True
        # The entries https:/HOST:9080/version.xml of the VECS store SMS, by which hosts are trusted in mode thumbprint. Whether vCenter renews one
        # when it registers the provider anew is not known.
        self.entries: dict[str, Certificate] = {}
        self.renews_entries = False
        # Whether providers of VASA 2 and newer are given certificates of their own, whether these are renewed in time, and whether SMS tells of it.
        self.provides_certificates = False
        self.renews_certificates = True
        self.tells_retain = True
        # Whether vCenter registers by itself what was unregistered, without a restart: after so many seconds, when any provider is synchronised
        # (AFTER_SYNC), or never (None). Field reports have all three.
        self.registers_by_itself: Any = None
        # By their names what a restart makes of the statuses of providers that are no hosts'; GONE for one that is lost.
        self.others_after_restart: dict[str, str] = {}
        self.restarts = 0
        self.providers: dict[str, Provider] = {}
        self._by_moid: dict[str, Provider] = {}
        self._numbered = 0
        self._generation = 0
        self._known_sessions: set[str] = set()
        self._dead_sessions: set[str] = set()

    def admits(self, secret: str) -> bool:
        """Whether a vim session may be used here; those from before a restart may not."""
        with self.lock:
            if secret in self._dead_sessions:
                return False
            self._known_sessions.add(secret)
            return True

    def restart(self) -> bool:
        """Begin a restart; False while it is starting or stopping, and where it is disabled."""
        with self.lock:
            if self.state in (STARTING, STOPPING) or self.startup_type == DISABLED:
                return False
            self._generation += 1
            self.restarts += 1
            generation = self._generation
            self.state = STOPPING
            self.initialized = False
            if self.sessions_die_on_restart:
                self._dead_sessions |= self._known_sessions
                self._known_sessions = set()
        self._later(STOPPING_SECONDS, generation, self._starting)
        return True

    def came_up(self, restarts: int) -> bool:
        """Whether the restart of that number is over."""
        with self.lock:
            return self.restarts > restarts or (self.restarts == restarts and self.state == STARTED)

    def unstick(self) -> None:
        """Let it come out of STARTING."""
        with self.lock:
            self.stuck = False
            generation = self._generation
            waiting = self.state == STARTING
        if waiting:
            self._later(STARTING_SECONDS / 4, generation, self._started)

    def find_by_url(self, url: str) -> Optional[Provider]:
        """The provider at a url."""
        with self.lock:
            return next((one for one in self.providers.values() if one.url.lower() == url.lower()), None)

    def by_moid(self, moid: str) -> Optional[Provider]:
        """The provider of an object id."""
        with self.lock:
            return self._by_moid.get(moid)

    def listed(self) -> list[Provider]:
        """All providers, the oldest first."""
        with self.lock:
            return list(self.providers.values())

    def gives_certificate(self, host: EsxiHost) -> bool:
        """Whether the provider of a host is to have a certificate of its own."""
        return self.provides_certificates and float(host.vasa_version) >= CERTIFICATES_SINCE

    def provision(self, provider: Provider) -> None:
        """Have VMCA issue a provider of a host another certificate of its own. Raises StartTimeError."""
        assert provider.host is not None
        provider.certificate = provider.host.provider_certificate = self._vcenter.issue_for(provider.host)
        self._vcenter.notify()

    def renew_in_time(self, provider: Provider) -> None:
        """What SMS does by itself with a certificate that it gave a provider."""
        with self.lock:
            host = provider.host
            given = None if host is None else host.provider_certificate
            if not self.renews_certificates or host is None or given is None or not host.reachable:
                return
            if given.not_after - self._vcenter.now() <= SOFT_LIMIT:
                self.provision(provider)

    def add(
        self,
        name: str,
        url: str,
        certificate: Certificate,
        host: Optional[EsxiHost] = None,
        kind: str = IOFILTER,
        array_id: str = "",
    ) -> Provider:
        """Remember a provider."""
        with self.lock:
            self._numbered += 1
            retains = host is not None and float(host.vasa_version) >= CERTIFICATES_SINCE and not self.gives_certificate(host)
            uid = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
            provider = Provider(
                uid=uid,
                moid=f"VasaProvider-{self._numbered}",
                name=name,
                url=url,
                certificate=certificate,
                kind=kind,
                host=host,
                array_id=array_id
                or (f"IOFILTERS:{host.uuid}" if host else f"IOFILTERS:{uuid.UUID(int=self._random.getrandbits(128))}"),
                vasa_version=host.vasa_version if host else "1.5",
                retains_certificate=retains if self.tells_retain else None,
                registered_at=self._vcenter.now(),
            )
            self.providers[uid] = self._by_moid[provider.moid] = provider
        self._vcenter.notify()
        return provider

    def register_host(self, host: EsxiHost, certificate: Certificate) -> Provider:
        """Register the IOFilter provider of a host, with the certificate that it showed."""
        provider = self.add(f"IOFILTER Provider {host.name}", host.provider_url, certificate, host)
        self.synchronise_soon(provider)
        if self.gives_certificate(host):
            self.provision(provider)
        if self.renews_entries:
            self.entries[host.provider_url] = certificate
        return provider

    def believes(self, url: str, shown: Certificate) -> bool:
        """Whether SPS trusts what a provider shows, without having seen it before."""
        if not self._vcenter.trusts_by_thumbprint:
            return shown.chains_to(self._vcenter.trusted_roots, self._vcenter.now())
        entry = self.entries.get(url)
        return self.renews_entries or (entry is not None and entry.same_as(shown))

    def remove(self, uid: str) -> None:
        """Forget a provider."""
        with self.lock:
            gone = self.providers.pop(uid, None)
            if gone is not None:
                self._by_moid.pop(gone.moid, None)
        self._vcenter.notify()

    def unregister(self, uid: str) -> None:
        """Forget a provider as UnregisterProvider does; vCenter may register it again by itself."""
        provider = self.providers.get(uid)
        self.remove(uid)
        host = None if provider is None else provider.host
        if host is None:
            return
        self._vcenter.tell(f"{EVENTS}UnregistrationSuccessEvent", host, f"The IO filter provider of {host.name} was unregistered")
        after = self._by_itself(host)
        if isinstance(after, (int, float)):
            self._later(float(after), self._generation, lambda: self._register_by_itself(host))

    def synchronise_soon(self, provider: Provider) -> None:
        """It is connected for a moment, before it is online."""
        provider.syncing_until = self._vcenter.clock.monotonic() + self._vcenter.clock.scaled(SYNCING_SECONDS)

    def synchronised(self) -> None:
        """Some provider was synchronised."""
        for host in list(self._vcenter.hosts):
            if self._by_itself(host) == AFTER_SYNC:
                self._register_by_itself(host)

    def _by_itself(self, host: EsxiHost) -> Any:
        return self.registers_by_itself if host.registers_by_itself == UNSAID else host.registers_by_itself

    def _register_by_itself(self, host: EsxiHost) -> None:
        if self._is_missing(host):
            self._try_to_register(host)

    def _try_to_register(self, host: EsxiHost) -> None:
        """Register the provider of a host, or tell why not."""
        shown = host.shown_on(9080)
        if shown is not None and self._registers(host):
            self.register_host(host, shown)
            host.alarms.pop(REGISTRATION_ALARM, None)
            self._vcenter.tell(f"{EVENTS}RegistrationSuccessEvent", host, f"The IO filter provider of {host.name} was registered")
        elif self._is_missing(host):
            host.alarms[REGISTRATION_ALARM] = "red"
            why = host.registration_failure or f"SMS could not get a connection to {host.provider_url} that it believes"
            self._vcenter.tell(
                f"{EVENTS}RegistrationFailedEvent", host, f"The IO filter provider of {host.name} could not be registered: {why}"
            )
        self._vcenter.notify()

    def _change_others(self) -> None:
        for provider in self.listed():
            status = self.others_after_restart.get(provider.name)
            if status == GONE:
                self.remove(provider.uid)
            elif status is not None:
                provider.condition = "" if status == "online" else status

    def _starting(self) -> None:
        with self.lock:
            self.state = STARTING
            if self.stuck:
                return
            generation = self._generation
        self._later(STARTING_SECONDS, generation, self._started)

    def _started(self) -> None:
        with self.lock:
            if self.stuck:
                return
            self.state = STARTED
            generation = self._generation
        self._change_others()
        self._later(INITIALIZING_SECONDS, generation, self._initialized)

    def _initialized(self) -> None:
        with self.lock:
            self.initialized = True
            generation = self._generation
        missing = [host for host in self._vcenter.hosts if self._is_missing(host)]
        self._register_next(missing, generation)

    def _register_next(self, missing: list[EsxiHost], generation: int) -> None:
        """One after another, as SPS does."""
        if not missing:
            return

        def register() -> None:
            if self._is_missing(missing[0]):
                self._try_to_register(missing[0])
            self._register_next(missing[1:], generation)

        self._later(REGISTERING_SECONDS, generation, register)

    def _is_missing(self, host: EsxiHost) -> bool:
        """Whether a host that is to have a provider has none."""
        wanted = host.connection_state == CONNECTED and self._vcenter.in_cluster(host)
        return wanted and self.find_by_url(host.provider_url) is None

    def _registers(self, host: EsxiHost) -> bool:
        """Whether SPS would register this host's provider by itself: all of it has to be in order."""
        if not self._is_missing(host) or not host.reachable or host.registration_failure:
            return False
        shown, now = host.shown_on(9080), self._vcenter.now()
        return (
            shown is not None
            and shown.valid_at(now)
            and host.name.lower() in shown.names
            and self.believes(host.provider_url, shown)
            # The host ends the handshake: certificate_unknown(46).
            and not host.sms_trust_lost
        )

    def _later(self, seconds: float, generation: int, what: object) -> None:
        def unless_restarted() -> None:
            if generation == self._generation:
                what()  # type: ignore[operator]

        self._vcenter.schedule.after(self._vcenter.clock.scaled(seconds), unless_restarted)
