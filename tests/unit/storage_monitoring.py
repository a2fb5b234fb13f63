# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A storage monitoring service (SMS) in memory, and the hosts' ports 9080, for tests of what re-registers providers.

Its port is what the operation gets handed, and it stands in the place of operations.sps and operations.endpoints. It registers again what is missing when
it is restarted, as SPS does: only of connected hosts in clusters whose port shows a certificate that it believes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Callable, Container, Sequence

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils.core.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils.core.estate import EsxiHost, Served, Unread
from ansible_collections.certops.vsphere.plugins.module_utils.core.host_now import HostState
from ansible_collections.certops.vsphere.plugins.module_utils.core.provider import Provider
from ansible_collections.certops.vsphere.plugins.module_utils.core.registration import RegisteredProvider
from ansible_collections.certops.vsphere.plugins.module_utils.operations import reregister as operation
from ansible_collections.certops.vsphere.plugins.module_utils.operations.observe import Findings
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, ROOT, estate, provider

SILENT = Served(error="nothing listens on port 9080")


@dataclass
class StorageMonitoring:
    """Hosts by name with what each serves, and the providers that SMS has by uid. calls: what was changed, in order."""

    hosts: tuple[EsxiHost, ...]
    vcenter: dict[str, Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    # Done before the provider of this number is unregistered: what the world does meanwhile.
    before_unregistering: dict[int, Callable[[], None]] = field(default_factory=dict)
    # The texts that SMS leaves empty.
    shows_pem: bool = True
    # The names of the hosts that are in standby now, and of those that vCenter does not tell of.
    asleep: set[str] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)
    _numbered: int = 0

    def __post_init__(self) -> None:
        self.served = {host.name: host.served for host in self.hosts}
        self.providers: dict[str, Provider] = {}
        for host in self.hosts:
            for one in (host.provider, *host.duplicate_providers):
                if one is not None:
                    self.providers[one.provider_uid] = one

    def findings(self) -> Findings:
        """What the module sees before the step: it asks no port."""
        registered = self.read()
        return Findings(
            estate(*(replace(host, served=None) for host in self.hosts), **self.vcenter),
            {one.provider.provider_uid: one for one in registered},
        )

    def host(self, name: str) -> EsxiHost:
        """A host by its name."""
        return next(host for host in self.hosts if host.name == name)

    def read(self) -> list[RegisteredProvider]:
        """The providers that SMS has."""
        return [RegisteredProvider(one, f"VasaProvider-{uid}") for uid, one in self.providers.items()]

    # operations.sps

    def require_started(self, *_anything: object) -> None:
        """It runs. While that is waited for the world does what it does at number 0."""
        self.before_unregistering.pop(0, lambda: None)()

    def restart(self, *_anything: object) -> None:
        """It registers what is missing and in order."""
        self.calls.append("restart SPS")
        self.register_missing()

    # operations.endpoints

    def probed(self, _endpoints: object, host: EsxiHost, _roots: object, _now: object) -> Served:
        """What a host serves now."""
        number = sum(1 for call in self.calls if call.startswith("unregister"))
        self.before_unregistering.pop(number + 1, lambda: None)()
        served = self.served[host.name]
        assert served is not None
        return served

    def probe_all(self, _endpoints: object, hosts: Sequence[EsxiHost], _roots: object, _now: object) -> list[Served]:
        """What hosts serve when they are looked at first."""
        return [self.served[host.name] or SILENT for host in hosts]

    def with_served(self, _endpoints: object, hosts: Sequence[EsxiHost], _roots: object, _now: object) -> list[EsxiHost]:
        """The hosts with that."""
        return [replace(host, served=self.served[host.name]) for host in hosts]

    def register_missing(self) -> None:
        for host in self.hosts:
            served = self.served[host.name]
            there = {one.name for one in self.providers.values()}
            believed = served is not None and served.certificate is not None and served.root == ROOT.sha256_fingerprint
            if host.cluster and host.connected and believed and f"IOFILTER Provider {host.name}" not in there:
                assert served is not None
                self._numbered += 1
                made = provider(served.certificate, uid=f"new-{self._numbered}", host=host.name)
                self.providers[made.provider_uid] = made if self.shows_pem else replace(made, certificate=None)


class Passing:
    """A clock on which some time passes at each look."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        """So many seconds."""
        return self.seconds

    def now(self) -> datetime:
        """The time of day."""
        self.seconds += 0.001
        return NOW + timedelta(seconds=self.seconds)

    def rest(self, seconds: float) -> None:
        """Let it pass."""
        self.seconds += seconds


@dataclass
class Port:
    """What the operation gets handed of it."""

    world: StorageMonitoring
    name: str = "vc1.example.com"
    clock: Passing = field(default_factory=Passing)
    endpoints: None = None

    def providers(self, but_not: Container[str] = ()) -> tuple[list[RegisteredProvider], list[Unread]]:
        """All of them."""
        return [one for one in self.world.read() if one.moid not in but_not], []

    def provider_ids(self) -> frozenset[str]:
        """Their objects' ids."""
        return frozenset(one.moid for one in self.world.read())

    def unregister(self, one: Provider, _deadline: object) -> None:
        """It goes, reachable or not."""
        self.world.calls.append(f"unregister {one.provider_uid}")
        del self.world.providers[one.provider_uid]

    def register(self, offer: Any, _username: str, _password: str, _deadline: object) -> None:
        """With credentials that are right."""
        self.world.calls.append(f"register {offer.name}")
        self.world.register_missing()

    def refresh(self, *_anything: object) -> None:
        """It knows no such method."""
        raise CertopsError("It is not supported")

    def host_state(self, one: EsxiHost) -> HostState:
        """How a host is now."""
        if one.name in self.world.unseen:
            raise CertopsError("It cannot be read")
        asleep = one.name in self.world.asleep
        return HostState("notResponding" if asleep else one.connection_state, one.certificate, None, asleep)

    def host_names(self, these: Sequence[EsxiHost]) -> dict[str, str]:
        """All are there, under their names."""
        return {one.moid: one.name for one in these}


def believed(certificate: Any) -> Served:
    """A port that serves a certificate which is the host's, and which VMCA issued."""
    return Served(certificate=certificate, trusted=True, basis="vcenter_record", root=ROOT.sha256_fingerprint)


def run(world: StorageMonitoring, monkeypatch: pytest.MonkeyPatch, **options: Any) -> operation.Outcome:
    """Take the step on all hosts."""
    for name in ("probed", "probe_all", "with_served"):
        monkeypatch.setattr(operation, name, getattr(world, name))
    monkeypatch.setattr(operation, "sps", world)
    monkeypatch.setattr(operation, "to_pem", lambda _certificate: "PEM")
    given: dict[str, Any] = {
        "method": "sps_restart",
        "only_if_needed": True,
        "pending_renewal": (),
        "credentials": None,
        "concurrency": 1,
        "timeout_seconds": 0.0,
        "check_mode": False,
        **options,
    }
    port: Any = Port(world)
    return operation.reregister(port, world.findings(), **given)
