# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operations are handed of vSphere (_stepping/port.py): the fake estate of the unit tests and the simulated one believe the same of it.

The simulated estate is reached over the real protocols, by the collection's own _vsphere/port.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate, parse, to_pem
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.request import parse_request
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import issuer_of, names_host
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import (
    AccessDenied,
    CertopsError,
    EndpointError,
    HostRemoved,
    TransientError,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import MASTER, WELL
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import CONNECTED, DISCONNECTED, EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._estate.ha_note import note_of
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import OtherProvider, Provider
from ansible_collections.certops.vsphere.plugins.module_utils._estate.registration import ProviderOffer, RegisteredProvider, assign
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline, wait_until
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.port import SessionPort
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.session import VSphereSession
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.tests.unit.certificates import key, make, parsed, pem
from ansible_collections.certops.vsphere.tests.unit.clusters.fake_clusters import FakeCluster
from ansible_collections.certops.vsphere.tests.unit.fake_estate import (
    CERTIFICATE_ALARM,
    HTTPS,
    IOFILTER,
    REGISTRATION_ALARM,
    FakeEstate,
    fake_estate,
)
from site_ca import SiteCa
from vsphere_sim.testing import RunningEstate, estate

PROBE_SECONDS = 10.0
PATIENCE_SECONDS = 240.0


class World(ABC):
    """An estate of two hosts, each in a cluster of its own, that are due; SMS remembers older certificates."""

    port: VSphere
    # Of the account root, with which providers are registered.
    password: str = "secret"

    @abstractmethod
    def change(self, host: EsxiHost, **how: Any) -> None:
        """Have something happen to a host: name, removed, asleep, listening; or to its provider: condition, heals_after (seconds); or to what
        vCenter says of it: registration_failure."""

    @abstractmethod
    def tune(self, *, restart_answers: str = "at_once", permitted: bool = True, reconnect_renews: str = "by_status") -> None:
        """How the vCenter takes a restart of SPS: when it answers (at_once, when_up), and whether the account may. reconnect_renews: whether a
        reconnect brings a new certificate (by_status, always, never)."""

    @abstractmethod
    def arrange(self, *, by_itself: Any = None, others: Any = None) -> None:
        """What becomes of providers. by_itself: when vCenter registers what was unregistered without a restart of SPS; others: what a restart makes of
        the statuses of others' providers, by their names."""

    @abstractmethod
    def make_its_own(self, host: EsxiHost) -> Certificate:
        """Have a host make a certificate itself, behind vCenter's back: no trusted root signed it."""

    @abstractmethod
    def lose_sms_trust(self, host: EsxiHost) -> None:
        """Take from a host's list of CAs what it believes SPS by."""

    @abstractmethod
    def change_cluster(self, name: str, **how: Any) -> None:
        """Have something happen to a cluster: fails_over, task_seconds."""

    @abstractmethod
    def sign(self, request: str) -> str:
        """What the operator's CA makes of the request of a host, in PEM."""

    def hosts(self) -> list[EsxiHost]:
        """The hosts."""
        return self.port.hosts()[0]

    def within(self, seconds: float = PATIENCE_SECONDS) -> Deadline:
        """A deadline."""
        return Deadline(seconds, self.port.clock)

    def shown(self, host: EsxiHost, port: int) -> Optional[Certificate]:
        """What a port of a host shows; None where nothing does."""
        try:
            return self.port.endpoints.chain([host.name, *host.addresses[:1]], port, PROBE_SECONDS)[0]
        except EndpointError:
            return None

    def shows(self, host: EsxiHost, port: int, wanted: Certificate) -> bool:
        """Whether it is this one."""
        shown = self.shown(host, port)
        return shown is not None and shown.same_as(wanted)

    def until_shown(self, host: EsxiHost, port: int, wanted: Certificate) -> None:
        """Wait until it is."""
        wait_until(lambda: self.shows(host, port, wanted) or None, self.within())

    def registered(self, host: EsxiHost) -> list[RegisteredProvider]:
        """The providers of a host."""
        return assign(self.hosts(), self.port.providers()[0])[0].get(host.moid, [])

    def until_status(self, host: EsxiHost, status: str) -> Provider:
        """Wait until a host has one provider, of this status."""

        def look() -> Optional[Provider]:
            found = [one.provider for one in self.registered(host)]
            return found[0] if [one.status for one in found] == [status] else None

        return wait_until(look, self.within())

    def until_sms_answers(self) -> None:
        """Wait for the end of a restart of SPS."""

        def look() -> Optional[bool]:
            try:
                # It has forgotten the session from before: whoever asks once is told so.
                self.port.ask_sms()
            except TransientError:
                return None
            return True

        wait_until(look, self.within())


class Fake(World):
    """The unit tests' own."""

    def __init__(self, made: FakeEstate) -> None:
        self.estate = made
        self.port = made

    def tune(self, *, restart_answers: str = "at_once", permitted: bool = True, reconnect_renews: str = "by_status") -> None:
        """How the vCenter takes a restart, and a reconnect."""
        self.estate.reconnect_renews = reconnect_renews
        self.estate.restart_blocks = restart_answers == "when_up"
        self.estate.permitted = permitted

    def arrange(self, *, by_itself: Any = None, others: Any = None) -> None:
        """What becomes of providers."""
        self.estate.registers_by_itself = by_itself
        self.estate.others_after_restart = others or {}

    def make_its_own(self, host: EsxiHost) -> Certificate:
        """By its own key."""
        fake = self.estate.fake(host.name)
        made = make(host.name, names=(host.name,), ends=700)
        fake.serves = dict.fromkeys(fake.serves, made)
        return parsed(made)

    def lose_sms_trust(self, host: EsxiHost) -> None:
        """The trusted roots are left."""
        self.estate.fake(host.name).castore = tuple(pem(root) for root in self.estate.roots)

    def change_cluster(self, name: str, **how: Any) -> None:
        """Have something happen to a cluster."""
        cluster = self.estate.ha.clusters[name]
        cluster.fails_over = how.get("fails_over", cluster.fails_over)
        if "task_seconds" in how:
            cluster.tasks.append("somebody's")
            self.estate.at(self.estate.clock.seconds + how["task_seconds"], cluster.tasks.clear)

    def sign(self, request: str) -> str:
        """As the CA does: the key is the host's."""
        [host] = self.estate.fakes
        assert parse_request(request).problem_for(host.name) is None
        made = make(host.name, issuer=self.estate.vmca, names=(host.name,), starts=-1, ends=700, private=key("RSA 2048"))
        return pem(made)

    def change(self, host: EsxiHost, **how: Any) -> None:
        """Have something happen to a host."""
        fake = next(one for one in self.estate.fakes if one.moid == host.moid)
        if how.get("removed"):
            self.estate.fakes.remove(fake)
        for provider in [one for one in self.estate.registered if one.host == fake.name]:
            provider.remembered = fake.recorded if {"condition", "heals_after"} & set(how) else provider.remembered
            provider.condition = how.get("condition", provider.condition)
            if "heals_after" in how:
                provider.online = False
                self.estate.at(self.estate.clock.seconds + how["heals_after"], lambda one=provider: setattr(one, "online", None))  # type: ignore[misc]
        if "registration_failure" in how:
            self.estate.failing = {fake.name: how["registration_failure"]} if how["registration_failure"] else {}
        fake.name = how.get("name", fake.name)
        fake.asleep = how.get("asleep", fake.asleep)
        fake.ha_ends_in = how.get("ha_ends_in", fake.ha_ends_in)
        fake.ha_incurable = how.get("ha_incurable", fake.ha_incurable)
        fake.ha_reconnect_cures = how.get("ha_reconnect_cures", fake.ha_reconnect_cures)
        if how.get("listening") is False:
            fake.serves = {}


class Simulated(World):
    """The simulated estate, in a process of its own."""

    def __init__(self, running: RunningEstate, session: VSphereSession) -> None:
        self.running = running
        self.password = running.host_password
        self.port = SessionPort(session)

    def tune(self, *, restart_answers: str = "at_once", permitted: bool = True, reconnect_renews: str = "by_status") -> None:
        """How the vCenter takes a restart, and a reconnect."""
        self.running.set("sps", restart_answers=restart_answers)
        self.running.set("vcenter", reconnect_renews=reconnect_renews)
        if not permitted:
            self.running.set("account", username=self.running.vcenter("vc01").username, privileges=None, groups=["Everyone"])

    def arrange(self, *, by_itself: Any = None, others: Any = None) -> None:
        """What becomes of providers."""
        self.running.set("sps", registers_by_itself=by_itself, others_after_restart=others or {})

    def make_its_own(self, host: EsxiHost) -> Certificate:
        """As an installation does."""
        made = self.running.set("host", host=host.name, certificate={"days_left": 700, "issuer": "self"}, known=False)
        return parse(str(made["certificate"]["pem"]))

    def lose_sms_trust(self, host: EsxiHost) -> None:
        """As CertMgrRefreshCACertificatesAndCRLs_Task leaves it."""
        self.running.set("host", host=host.name, sms_trust_lost=True)

    def change_cluster(self, name: str, **how: Any) -> None:
        """Have something happen to a cluster."""
        self.running.set("cluster", cluster=name, **how)

    def sign(self, request: str) -> str:
        """By the CA of the scenario."""
        return str(SiteCa(self.running.directory / "corporate", "vc01").sign(request))

    def change(self, host: EsxiHost, **how: Any) -> None:
        """Have something happen to a host."""
        given = {
            key: value
            for key, value in how.items()
            if key in ("name", "removed", "ha_ends_in", "ha_incurable", "ha_reconnect_cures", "registration_failure")
        }
        of_provider = {key: value for key, value in how.items() if key in ("condition", "heals_after")}
        if of_provider:
            self.running.set("provider", host=host.name, **of_provider)
        if how.get("asleep"):
            given["standby_mode"] = "in"
        if how.get("listening") is False:
            given["reachable"] = False
        self.running.set("host", host=host.name, **given)


DUE = {
    "version": "8.0.2",
    "reloads_on": "reconnect",
    "certificate": {"days_left": 20},
    "provider": {"remembered": {"days_left": 10}},
}
SCENARIO = {
    "vcenters": [{"name": "vc01", "other_providers": True, "clusters": [{"name": name, "hosts": [DUE]} for name in ("c1", "c2")]}]
}


# One whose services can be told, and whose certificates a CA of the operator's issues.
CUSTOM_HOST = {
    "version": "8.0.3",
    "reloads_on": "reconnect",
    "certificate": {"days_left": 20, "issuer": "corporate"},
    "provider": {},
}
CUSTOM = {
    "vcenters": [
        {"name": "vc01", "settings": {"vpxd.certmgmt.mode": "custom"}, "clusters": [{"name": "c1", "hosts": [CUSTOM_HOST]}]}
    ]
}


# One whose provider SMS gave a certificate of its own.
OWN_HOST = {"version": "9.0.0", "reloads_on": "reconnect", "certificate": {"days_left": 20}, "provider": {}}
OWN = {
    "vcenters": [
        {
            "name": "vc01",
            "version": "9.0.0",
            "provider_certificates": "own",
            "clusters": [{"name": "c1", "hosts": [OWN_HOST]}],
        }
    ]
}

# Three hosts in a cluster with HA, and one in a cluster without.
HA = {
    "vcenters": [
        {
            "name": "vc01",
            "clusters": [{"name": "c1", "ha": {"settle_seconds": 200}, "hosts": [DUE, DUE, DUE]}, {"name": "c2", "hosts": [DUE]}],
        }
    ]
}
VSAN = {
    "vcenters": [
        {
            "name": "vc01",
            "clusters": [
                {"name": "alone", "standalone": True, "hosts": [{"name": "witness.example.com", "provider": None}]},
                {
                    "name": "c1",
                    "hosts": [DUE, DUE],
                    "vsan": {"objects": {"healthy": 7, "inaccessible": 1}, "resync_seconds": 1e6, "witness": "witness.example.com"},
                },
                {"name": "c2", "hosts": [DUE]},
            ],
        }
    ]
}
SCENARIOS: dict[str, Any] = {"vmca": SCENARIO, "custom": CUSTOM, "own": OWN, "ha": HA, "vsan": VSAN}


def entered(stack: ExitStack, kind: str, folder: Path, mode: str = "vmca") -> World:
    """A new one of either kind, which ends with the stack."""
    if kind == "fake":
        return Fake({"vmca": vmca_estate, "custom": custom_estate, "own": own_estate, "ha": ha_estate}[mode]())
    running = stack.enter_context(estate(folder, scenario=SCENARIOS[mode], speed=100))
    place = running.vcenter("vc01")
    connection = Connection(
        hostname=place.address, port=place.port, username=place.username, password=place.password, ca_path=str(running.ca_path)
    )
    return Simulated(running, stack.enter_context(VSphereSession(connection)))


def vmca_estate() -> FakeEstate:
    """The fake one in mode vmca, with providers that are no hosts'."""
    made = fake_estate()
    made.others = [OtherProvider("u1", "VMware VSAN", "online"), OtherProvider("u2", "array01 VASA Provider", "online")]
    return made


def custom_estate() -> FakeEstate:
    """The fake one in mode custom."""
    made = fake_estate(hosts=1, mode="custom")
    made.fakes[0].notifiable = True
    return made


def own_estate() -> FakeEstate:
    """The fake one of an ESXi 9 whose provider has a certificate of its own."""
    made = fake_estate(hosts=1, refreshes=True)
    [host], [provider] = made.fakes, made.registered
    host.version, host.gives = "9.0.0", True
    provider.vasa, provider.retains, provider.remembered = "5.0", False, made.provision(host)
    return made


def ha_estate() -> FakeEstate:
    """The fake one with HA on in the first of two clusters."""
    made = fake_estate(hosts=4)
    for fake, cluster in zip(made.fakes, ("c1", "c1", "c1", "c2"), strict=True):
        fake.cluster = cluster
    made.fakes[0].ha_state = MASTER
    made.ha.clusters["c1"] = FakeCluster()
    return made


KINDS = ["fake", "simulated"]


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Either of them, for a test that changes it."""
    with ExitStack() as stack:
        yield entered(stack, request.param, tmp_path / "estate")


@pytest.fixture(params=KINDS, scope="module")
def still(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Either of them, for tests that only look."""
    with ExitStack() as stack:
        yield entered(stack, request.param, tmp_path_factory.mktemp("still") / "estate")


def test_the_hosts_are_told_with_their_certificates_as_they_serve_them(still: World) -> None:
    first, second = still.hosts()
    for host in (first, second):
        assert (host.connection_state, host.asleep, host.in_maintenance_mode) == (CONNECTED, False, False)
        assert host.certificate is not None
        assert all(still.shows(host, port, host.certificate) for port in (HTTPS, IOFILTER))
    assert first.cluster != second.cluster
    state, now = still.port.host_state(first), still.port.host_now(first)
    assert state == now.state
    assert (state.connection_state, state.certificate, state.asleep) == (CONNECTED, first.certificate, False)
    assert now.in_progress == ()


def test_some_hosts_are_told_as_all_of_them_are(still: World) -> None:
    every, unavailable = still.port.hosts()
    first, second = (replace(one, alarms=()) for one in every)
    assert still.port.hosts_by_id([second.moid, first.moid, second.moid]) == ([first, second], unavailable)
    assert still.port.hosts_by_id([second.moid, "host-99999"]) == ([second], unavailable)
    assert still.port.hosts_by_id(["host-99999"]) == still.port.hosts_by_id([]) == ([], [])
    bare, _unavailable = still.port.hosts_by_id([first.moid], certificates=False)
    assert bare == [replace(first, certificate=None)]
    assert [replace(one, alarms=()) for one in still.port.hosts(certificates=False)[0]] == [
        replace(one, certificate=None) for one in (first, second)
    ]
    assert still.port.lost_beside(every) == []


def test_a_certificate_that_was_read_is_known_by_its_thumbprint(world: World) -> None:
    [host], _unavailable = world.port.hosts_by_id([world.hosts()[0].moid])
    assert host.certificate is not None
    for _look in range(2):
        seen = [world.port.host_state(host), world.port.host_now(host).state, world.port.host_state(host, anew=True)]
        assert [one.certificate for one in seen] == [host.certificate] * 3
        assert world.port.host_now(host, sparing=True).state.certificate in (host.certificate, None)
    world.port.renew_certificate(host, world.within())
    renewed = world.port.host_state(host, anew=True).certificate
    assert renewed is not None
    assert not renewed.same_as(host.certificate)
    assert world.port.host_state(host).certificate == world.port.host_now(host).state.certificate == renewed


def test_who_is_away_is_told_by_the_clusters_of_some_hosts(world: World) -> None:
    first, second = world.hosts()
    world.port.disconnect(first, world.within())
    [lost] = world.port.lost_beside([first])
    assert (lost.name, lost.moid, lost.connection_state) == (first.name, first.moid, DISCONNECTED)
    assert (lost.cluster, lost.cluster_moid, lost.datacenter, lost.lost) == (
        first.cluster,
        first.cluster_moid,
        first.datacenter,
        True,
    )
    assert world.port.lost_beside([second]) == []
    assert world.port.host_state(first).certificate is None
    [seen], _unavailable = world.port.hosts_by_id([first.moid])
    assert (seen.connection_state, seen.certificate) == (DISCONNECTED, None)


def test_hosts_tell_by_which_certificate_they_log_in_to_providers(still: World) -> None:
    first, second = still.hosts()
    assert first.client_certificate is None
    found, unavailable = still.port.client_certificates([first, second])
    assert (set(found), unavailable) == ({first.moid, second.moid}, [])
    for one in found.values():
        assert one.expires_at > still.port.clock.now()
        assert one.status == "good"
        assert "VMCA" in str(one.issuer) or "CN=CA" in str(one.issuer)
    # One that vCenter has no connection to, or that is older, is not asked.
    away, old = replace(first, connection_state=DISCONNECTED), replace(second, version="8.0.0")
    if isinstance(still, Simulated):
        assert still.port.client_certificates([away, old]) == ({}, [])


def test_the_vcenter_tells_of_itself(still: World) -> None:
    port = still.port
    assert port.about().version
    assert port.certificate_settings().mode == "vmca"
    # The clock of a port shows whole seconds.
    before = port.clock.now()
    assert before <= port.server_time().replace(microsecond=0) <= port.clock.now()
    [certificate] = {host.certificate for host in still.hosts()[:1]}
    assert certificate is not None
    assert issuer_of(certificate, port.trusted_roots().certificates) is not None
    # VMCA's root is shown to whoever asks for it, too.
    assert issuer_of(certificate, port.published_roots()) is not None
    assert port.machine_ssl().names
    assert port.sps()[0] == "STARTED"
    assert port.missing_privileges(still.hosts()) == ((), {host.moid: () for host in still.hosts()})
    assert len(port.linked_nodes()) == 1


def test_a_renewed_host_has_a_new_certificate_that_its_provider_does_not_serve_yet(world: World) -> None:
    host = world.hosts()[0]
    world.port.renew_certificate(host, world.within())
    after = world.port.host_state(host).certificate
    assert after is not None
    assert host.certificate is not None
    assert after.expires_at > host.certificate.expires_at
    assert issuer_of(after, world.port.trusted_roots().certificates) is not None
    assert world.shows(host, HTTPS, after)
    assert world.shows(host, IOFILTER, host.certificate)
    assert world.port.nothing_runs_on(host)


def test_a_reconnected_host_serves_its_new_certificate(world: World) -> None:
    host = world.hosts()[0]
    world.port.renew_certificate(host, world.within())
    new = world.port.host_state(host).certificate
    assert new is not None
    world.port.disconnect(host, world.within())
    away = world.port.host_state(host)
    assert (away.connection_state, away.certificate) == (DISCONNECTED, None)
    world.port.reconnect(host, new, new.sha1_thumbprint, world.within())
    assert world.port.host_state(host).connection_state == CONNECTED
    world.until_shown(host, IOFILTER, new)
    assert world.port.host_now(host).reconnects


def test_ssh_is_started_and_stopped_while_vcenter_has_the_host(world: World) -> None:
    host, other = world.hosts()
    assert host.ssh is None
    shown = world.port.ssh_service(host)
    assert shown is not None
    assert (shown.running, shown.policy) == (False, "off")
    world.port.start_ssh(host)
    assert [one.ssh and one.ssh.against_policy for one in world.port.hosts(with_ssh=True)[0]] == [True, False]
    world.port.stop_ssh(host)
    assert world.port.ssh_service(host) == shown
    world.port.disconnect(other, world.within())
    with pytest.raises(CertopsError):
        world.port.start_ssh(other)


@pytest.mark.parametrize("renews", ["by_status", "always", "never"])
def test_a_reconnect_may_bring_another_certificate_of_vmcas(world: World, renews: str) -> None:
    host = world.hosts()[0]
    world.tune(reconnect_renews=renews)
    world.port.renew_certificate(host, world.within())
    new = world.port.host_state(host).certificate
    assert new is not None
    world.port.disconnect(host, world.within())
    world.port.reconnect(host, new, new.sha1_thumbprint, world.within())
    after = world.port.host_state(host).certificate
    assert after is not None
    # The new one is far from its end.
    assert after.same_as(new) is (renews != "always")
    assert issuer_of(after, world.port.trusted_roots().certificates) is not None
    assert world.shows(host, HTTPS, after)
    world.until_shown(host, IOFILTER, after)


@pytest.mark.parametrize("renews", ["by_status", "never"])
def test_one_that_ends_soon_is_replaced_when_its_host_is_reconnected(world: World, renews: str) -> None:
    host = world.hosts()[0]
    world.tune(reconnect_renews=renews)
    world.port.disconnect(host, world.within())
    world.port.reconnect(host, None, None, world.within())
    after = world.port.host_state(host).certificate
    assert after is not None
    assert host.certificate is not None
    assert after.same_as(host.certificate) is (renews == "never")


def test_neither_certificate_nor_thumbprint_is_a_pin_where_a_trusted_root_signed_what_is_shown(world: World) -> None:
    host, other = world.hosts()
    world.tune(reconnect_renews="never")
    world.port.disconnect(host, world.within())
    assert other.certificate is not None
    world.port.reconnect(host, other.certificate, other.certificate.sha1_thumbprint, world.within())
    state = world.port.host_state(host)
    assert (state.connection_state, state.certificate) == (CONNECTED, host.certificate)


def test_what_no_trusted_root_signed_is_connected_only_by_what_it_is_known_by(world: World) -> None:
    host, other = world.hosts()
    world.tune(reconnect_renews="never")
    world.port.disconnect(host, world.within())
    made = world.make_its_own(host)
    assert other.certificate is not None
    for named in (None, other.certificate):
        with pytest.raises(CertopsError) as caught:
            world.port.reconnect(host, named, named.sha1_thumbprint if named else None, world.within())
        assert "SSLVerifyFault" in caught.value.vsphere_fault
        assert world.port.host_state(host).connection_state == DISCONNECTED
    world.port.reconnect(host, made, made.sha1_thumbprint, world.within())
    state = world.port.host_state(host)
    assert (state.connection_state, state.certificate) == (CONNECTED, made)


def test_a_request_names_its_host(still: World) -> None:
    host = still.hosts()[0]
    assert parse_request(still.port.request_certificate(host)).problem_for(host.name) is None
    # An 8.0.2 has nobody to tell.
    assert still.port.can_notify_services(host) is False


def test_a_host_that_is_removed_is_told_apart_from_one_that_cannot_be_read(world: World) -> None:
    first, second = world.hosts()
    world.change(first, removed=True)
    assert world.port.host_names([first, second]) == {first.moid: None, second.moid: second.name}
    for read in (world.port.host_state, world.port.host_now):
        with pytest.raises(HostRemoved):
            read(first)
    with pytest.raises(CertopsError):
        world.port.disconnect(first, world.within())


def test_a_host_that_is_renamed_keeps_its_id(world: World) -> None:
    first, second = world.hosts()
    world.change(first, name="renamed.example.com")
    assert world.port.host_names([first, second]) == {first.moid: "renamed.example.com", second.moid: second.name}
    assert world.port.host_state(first).connection_state == CONNECTED


def test_a_host_in_standby_is_not_connected_and_answers_nobody(world: World) -> None:
    host = world.hosts()[0]
    world.change(host, asleep=True)
    state = world.port.host_state(host)
    assert (state.asleep, state.connection_state) == (True, "notResponding")
    assert (world.shown(host, HTTPS), world.shown(host, IOFILTER)) == (None, None)
    assert world.hosts()[0].asleep


def test_sms_has_a_provider_a_host_that_remembers_what_it_was_registered_with(still: World) -> None:
    for host in still.hosts():
        [one] = still.registered(host)
        assert one.moid in still.port.provider_ids()
        assert one.provider.certificate is not None
        assert host.certificate is not None
        assert not one.provider.certificate.same_as(host.certificate)
    assert [one.moid for one in still.port.providers(but_not={one.moid})[0]] == [still.registered(still.hosts()[0])[0].moid]


def test_what_is_unregistered_comes_back_when_sps_is_restarted(world: World) -> None:
    host, other = world.hosts()
    [before] = world.registered(host)
    world.port.unregister(before.provider, world.within())
    assert before.moid not in world.port.provider_ids()
    # One that is gone already is no failure.
    world.port.unregister(before.provider, world.within())
    assert world.registered(host) == []
    [others] = world.registered(other)
    world.tune(restart_answers="at_once")
    world.port.restart_sps(60)
    with pytest.raises(TransientError):
        world.port.ask_sms(once=True)
    assert world.port.sps().state in ("STARTING", "STOPPING")
    with pytest.raises(TransientError) as caught:
        world.port.restart_sps(60)
    assert caught.value.vsphere_fault.startswith("HTTP 400")
    world.until_sms_answers()
    [back] = wait_until(lambda: world.registered(host) or None, world.within())
    assert back.moid != before.moid
    assert back.provider.provider_uid != before.provider.provider_uid
    assert host.certificate is not None
    assert back.provider.certificate is not None
    assert back.provider.certificate.same_as(host.certificate)
    # What was there stays as it was.
    assert [one.provider.certificate for one in world.registered(other)] == [others.provider.certificate]


def test_what_does_not_answer_does_not_come_back(world: World) -> None:
    host = world.hosts()[0]
    [before] = world.registered(host)
    world.port.unregister(before.provider, world.within())
    world.change(host, listening=False)
    world.port.restart_sps(60)
    world.until_sms_answers()
    assert world.registered(host) == []


def test_a_restart_answers_when_the_service_is_up(world: World) -> None:
    world.tune(restart_answers="when_up")
    world.port.restart_sps(60)
    assert world.port.sps().state == "STARTED"
    world.until_sms_answers()


def test_the_right_to_restart_is_told_by_the_groups_and_by_a_write_that_changes_nothing(world: World) -> None:
    before = world.port.sps()
    assert before.startup_type == "AUTOMATIC"
    assert world.port.may_restart_sps() is True
    world.port.prove_restart_right("AUTOMATIC")
    assert world.port.sps() == before


def test_who_may_not_restart_is_told_so_by_all_three(world: World) -> None:
    world.tune(permitted=False)
    assert world.port.may_restart_sps() is False
    for refused in (lambda: world.port.prove_restart_right("AUTOMATIC"), lambda: world.port.restart_sps(60)):
        with pytest.raises(AccessDenied) as caught:
            refused()
        assert caught.value.vsphere_fault.startswith("HTTP 403")


def test_in_the_middle_of_a_restart_the_write_is_refused_as_a_restart_is(world: World) -> None:
    world.tune(restart_answers="at_once")
    world.port.restart_sps(60)
    with pytest.raises(TransientError) as caught:
        world.port.prove_restart_right("AUTOMATIC")
    assert caught.value.vsphere_fault.startswith("HTTP 400")


def test_one_that_is_disconnected_is_reconnected_and_one_with_a_sync_error_is_synchronised(world: World) -> None:
    host, other = world.hosts()
    world.change(host, condition="disconnected")
    [before] = world.registered(host)
    assert before.provider.status == "disconnected"
    world.port.refresh(before, "Reconnect", world.within())
    world.until_status(host, "online")
    # With one that is not disconnected nothing is done.
    world.change(other, condition="syncError")
    [failed] = world.registered(other)
    world.port.refresh(failed, "Reconnect", world.within())
    assert world.registered(other)[0].provider.status == "syncError"
    world.port.refresh(failed, "Sync", world.within())
    world.until_status(other, "online")
    # None of that is a new registration.
    assert [one.moid for one in (*world.registered(host), *world.registered(other))] == [before.moid, failed.moid]


def test_one_that_is_offline_comes_back_by_itself(world: World) -> None:
    host = world.hosts()[0]
    world.change(host, heals_after=200)
    assert world.registered(host)[0].provider.status == "offline"
    world.until_status(host, "online")


@pytest.mark.parametrize("by_itself", [5.0, "sync"])
def test_vcenter_may_register_by_itself_what_was_unregistered(world: World, by_itself: Any) -> None:
    host, other = world.hosts()
    world.arrange(by_itself=by_itself)
    [before] = world.registered(host)
    world.port.unregister(before.provider, world.within())
    assert before.moid not in world.port.provider_ids()
    if by_itself == "sync":
        # Which is a task for a provider: there is none for the one that is gone.
        world.change(other, condition="connected")
        world.port.refresh(world.registered(other)[0], "Sync", world.within())
    back = world.until_status(host, "online")
    assert host.certificate is not None
    assert back.certificate is not None
    assert back.certificate.same_as(host.certificate)


def test_why_one_is_not_registered_is_told_by_events_since_then(world: World) -> None:
    host, other = world.hosts()
    world.change(host, registration_failure="certificate_unknown(46)")
    since = world.port.server_time()
    assert world.port.registration_failures(since) == {}
    for registered in (*world.registered(host), *world.registered(other)):
        world.port.unregister(registered.provider, world.within())
    world.port.restart_sps(60)
    world.until_sms_answers()
    world.until_status(other, "online")

    def told() -> Optional[dict[str, str]]:
        return dict(world.port.registration_failures(since)) or None

    [(moid, text)] = wait_until(told, world.within()).items()
    assert moid == host.moid
    assert "certificate_unknown(46)" in text
    assert world.registered(host) == []
    # The host's alarm says so as well, until it is registered.
    assert [[alarm.name for alarm in one.alarms] for one in world.hosts()] == [
        [REGISTRATION_ALARM, CERTIFICATE_ALARM],
        [CERTIFICATE_ALARM],
    ]
    world.change(host, registration_failure="")
    world.port.restart_sps(60)
    world.until_sms_answers()
    world.until_status(host, "online")
    world.port.renew_certificate(host, world.within())
    assert [[alarm.name for alarm in one.alarms] for one in world.hosts()] == [[], [CERTIFICATE_ALARM]]


def test_others_providers_are_told_apart_and_a_restart_may_change_them(world: World) -> None:
    world.port.providers()
    before = {one.name: one.status for one in world.port.other_providers()}
    assert before == {"VMware VSAN": "online", "array01 VASA Provider": "online"}
    world.arrange(others={"VMware VSAN": "gone", "array01 VASA Provider": "disconnected"})
    world.port.restart_sps(60)
    world.until_sms_answers()
    assert {one.name: one.status for one in world.port.other_providers()} == {"array01 VASA Provider": "disconnected"}


def test_one_is_registered_by_its_url_against_a_certificate(world: World) -> None:
    host = world.hosts()[0]
    [before] = world.registered(host)
    assert host.certificate is not None
    world.port.unregister(before.provider, world.within())
    offer = ProviderOffer(before.provider.name, before.provider.url, to_pem(host.certificate))
    world.port.register(offer, "root", world.password, world.within())
    [after] = world.registered(host)
    assert after.provider.certificate is not None
    assert after.provider.certificate.same_as(host.certificate)


def test_a_host_trusts_the_trusted_roots_and_something_of_smss_own(still: World) -> None:
    roots = {root.sha256_fingerprint for root in still.port.trusted_roots().certificates}
    for host in still.hosts():
        trusted = [parse(one) for one in still.port.ca_certificates(host)]
        assert roots < {one.sha256_fingerprint for one in trusted}
        [own] = [one for one in trusted if one.sha256_fingerprint not in roots]
        assert own.self_signed
    assert [len(still.port.ca_crls(host)) for host in still.hosts()] == [1, 1]


def test_the_list_of_a_disconnected_host_is_not_read_and_not_replaced(world: World) -> None:
    host = world.hosts()[0]
    whole, crls = world.port.ca_certificates(host), world.port.ca_crls(host)
    world.port.disconnect(host, world.within())
    for refused in (
        lambda: world.port.ca_certificates(host),
        lambda: world.port.ca_crls(host),
        lambda: world.port.replace_ca_certificates(host, whole, crls),
    ):
        with pytest.raises(CertopsError):
            refused()


def test_a_provider_whose_host_does_not_trust_sms_comes_back_by_nothing_but_a_whole_list(world: World) -> None:
    host, other = world.hosts()
    whole, crls = world.port.ca_certificates(other), world.port.ca_crls(host)
    world.lose_sms_trust(host)
    ill = world.port.ca_certificates(host)
    assert set(ill) < set(whole)
    [before] = world.registered(host)
    assert before.provider.status == "disconnected"
    world.port.unregister(before.provider, world.within())
    world.port.restart_sps(60)
    world.until_sms_answers()
    assert world.registered(host) == []
    assert host.certificate is not None
    offer = ProviderOffer(before.provider.name, before.provider.url, to_pem(host.certificate))
    with pytest.raises(CertopsError):
        world.port.register(offer, "root", world.password, world.within())
    added = [one for one in whole if one not in ill]
    world.port.replace_ca_certificates(host, [*ill, *added], crls)
    assert set(world.port.ca_certificates(host)) == set(whole)
    assert world.port.ca_crls(host) == crls
    world.port.restart_sps(60)
    world.until_sms_answers()
    [back] = wait_until(lambda: world.registered(host) or None, world.within())
    assert wait_until(lambda: world.registered(host)[0].provider.online, world.within())
    assert back.moid != before.moid


def test_a_provider_that_sms_has_stopped_trying_does_not_come_back_with_the_list_alone(world: World) -> None:
    host, other = world.hosts()
    world.lose_sms_trust(host)
    assert world.registered(host)[0].provider.status == "disconnected"
    world.port.replace_ca_certificates(host, world.port.ca_certificates(other), world.port.ca_crls(host))
    assert world.registered(host)[0].provider.status == "disconnected"


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_certificate_is_recorded_and_told_to_the_services(kind: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        world = entered(stack, kind, tmp_path / "estate", "custom")
        [host] = world.hosts()
        assert world.port.certificate_settings().mode == "custom"
        assert world.port.can_notify_services(host)
        made = world.sign(world.port.request_certificate(host))
        world.port.install_certificate(host, made)
        new = parse(made)
        assert world.port.host_state(host).certificate == new
        # They wait to be told.
        assert not any(world.shows(host, port, new) for port in (HTTPS, IOFILTER))
        world.port.notify_services(host)
        for port in (HTTPS, IOFILTER):
            world.until_shown(host, port, new)


@pytest.mark.parametrize("kind", KINDS)
def test_a_certificate_that_sms_gave_a_provider_is_none_of_the_hosts(kind: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        world = entered(stack, kind, tmp_path / "estate", "own")
        [host] = world.hosts()
        [before] = world.registered(host)
        own = before.provider.certificate
        assert before.provider.own_certificate is True
        assert own is not None
        assert host.certificate is not None
        assert world.shows(host, HTTPS, host.certificate)
        assert world.shows(host, IOFILTER, own)
        assert not own.same_as(host.certificate)
        assert names_host(own, [host.name])
        assert issuer_of(own, world.port.trusted_roots().certificates) is not None
        # It outlives a renewal of the host.
        world.port.renew_certificate(host, world.within())
        world.port.disconnect(host, world.within())
        world.port.reconnect(host, None, None, world.within())
        new = world.port.host_state(host).certificate
        assert new is not None
        world.until_shown(host, HTTPS, new)
        assert world.shows(host, IOFILTER, own)
        # SMS gives another one where it is asked to, and where it registers the provider anew.
        world.port.refresh(before, "RefreshCertificate", world.within())
        [refreshed] = world.registered(host)
        second = refreshed.provider.certificate
        assert refreshed.moid == before.moid
        assert second is not None
        assert not second.same_as(own)
        assert world.shows(host, IOFILTER, second)
        world.port.unregister(refreshed.provider, world.within())
        assert world.shows(host, IOFILTER, second)
        world.port.restart_sps(60)
        world.until_sms_answers()
        [back] = wait_until(lambda: world.registered(host) or None, world.within())
        third = back.provider.certificate
        assert third is not None
        assert not third.same_as(second)
        world.until_shown(host, IOFILTER, third)


@pytest.fixture(params=KINDS)
def ha(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Either of them, with HA on in one of its clusters."""
    with ExitStack() as stack:
        yield entered(stack, request.param, tmp_path / "estate", "ha")


def states(world: World) -> list[Optional[str]]:
    """How the HA agents of the hosts are."""
    return [one.ha_state for one in world.hosts()]


def until_well(world: World, host: EsxiHost) -> None:
    """Wait for a host's agent."""
    wait_until(lambda: world.port.host_state(host).ha_state in WELL or None, world.within())


def test_clusters_tell_of_their_ha_and_each_host_of_its_agent(ha: World) -> None:
    clusters, unavailable = ha.port.clusters(ha.hosts())
    assert unavailable == []
    assert [(one.name, one.ha_enabled, one.restarts_vms, one.noted) for one in clusters] == [
        ("c1", True, True, None),
        ("c2", False, False, None),
    ]
    assert clusters[0].moid == ha.hosts()[0].cluster_moid
    assert states(ha) == [MASTER, "connectedToMaster", "connectedToMaster", None]
    assert ha.port.missing_on_clusters(clusters) == {one.moid: () for one in clusters}
    assert list(ha.port.tasks_on_cluster(clusters[0])) == []


def test_a_renewed_host_is_not_well_for_a_while_and_the_others_elect_where_it_was_the_master(ha: World) -> None:
    master, second, _third, _other = ha.hosts()
    ha.port.renew_certificate(second, ha.within())
    assert ha.port.host_state(second).ha_state not in WELL
    until_well(ha, second)
    ha.port.renew_certificate(master, ha.within())
    assert "election" in states(ha)
    for host in ha.hosts()[:3]:
        until_well(ha, host)
    assert states(ha).count(MASTER) == 1
    # Each was renewed while all others were well.
    assert list(ha.port.vm_restarts(ha.port.server_time().replace(year=2020))) == []


def test_a_host_that_is_renewed_while_another_is_not_well_loses_its_machines_where_it_is_monitored(ha: World) -> None:
    _master, second, third, _other = ha.hosts()
    before = ha.port.server_time().replace(microsecond=0)
    ha.change(second, ha_ends_in="initializationError")
    ha.port.renew_certificate(second, ha.within())
    ha.port.renew_certificate(third, ha.within())
    [lost] = ha.port.vm_restarts(before)
    assert lost.esxi_host == third.name
    assert lost.at >= before


def test_a_host_that_is_disconnected_is_not_counted_on_and_is_well_some_time_after_its_reconnect(ha: World) -> None:
    host = ha.hosts()[1]
    ha.port.disconnect(host, ha.within())
    assert ha.port.host_state(host).ha_state is None
    assert host.certificate is not None
    ha.port.reconnect(host, host.certificate, host.certificate.sha1_thumbprint, ha.within())
    until_well(ha, host)


def test_an_agent_that_did_not_come_up_is_cured_by_configuring_it_anew_or_not(ha: World) -> None:
    _master, second, third, _other = ha.hosts()
    for host, incurable in ((second, False), (third, True)):
        ha.change(host, ha_ends_in="initializationError", ha_incurable=incurable)
        ha.port.renew_certificate(host, ha.within())
        wait_until(lambda host=host: ha.port.host_state(host).ha_state == "initializationError" or None, ha.within())  # type: ignore[misc]
        ha.port.reconfigure_ha(host, ha.within())
    until_well(ha, second)
    wait_until(lambda: ha.port.host_state(third).ha_state == "initializationError" or None, ha.within())
    # vCenter configures it at a reconnect as well.
    ha.change(third, ha_reconnect_cures=True)
    ha.port.disconnect(third, ha.within())
    ha.port.reconnect(third, None, None, ha.within())
    until_well(ha, third)


def test_host_monitoring_is_switched_alone_and_noted_on_its_cluster(ha: World) -> None:
    [cluster, other], _unavailable = ha.port.clusters(ha.hosts())
    note = note_of(cluster.host_monitoring, ha.port.clock.now())
    ha.port.note_on_cluster(cluster, note)
    ha.port.switch_host_monitoring(cluster, "disabled", ha.within())
    ha.port.log_event(cluster, "switched off")
    [off, unchanged], _unavailable = ha.port.clusters(ha.hosts())
    assert (off.ha_enabled, off.host_monitoring, off.restarts_vms, off.noted) == (True, "disabled", False, note)
    assert unchanged == other
    # Agents run on, and no machine is restarted.
    ha.change_cluster("c1", fails_over="restart")
    ha.port.renew_certificate(ha.hosts()[1], ha.within())
    assert list(ha.port.vm_restarts(ha.port.server_time().replace(year=2020))) == []
    ha.port.switch_host_monitoring(cluster, "enabled", ha.within())
    ha.port.note_on_cluster(cluster, "")
    assert ha.port.clusters(ha.hosts())[0] == [cluster, other]
    third = ha.hosts()[2]
    ha.port.renew_certificate(third, ha.within())
    lost = ha.port.vm_restarts(ha.port.server_time().replace(year=2020))
    assert [one.esxi_host for one in lost] == [third.name]


def test_a_task_of_somebody_else_is_seen_on_its_cluster(ha: World) -> None:
    [cluster, other], _unavailable = ha.port.clusters(ha.hosts())
    ha.change_cluster("c1", task_seconds=1000)
    assert len(ha.port.tasks_on_cluster(cluster)) == 1
    assert list(ha.port.tasks_on_cluster(other)) == []


def test_vsan_tells_of_objects_resynchronisation_and_witnesses(tmp_path: Path) -> None:
    with ExitStack() as stack:
        world = entered(stack, "simulated", tmp_path / "estate", "vsan")
        assert isinstance(world, Simulated)
        witness, first = (next(host for host in world.hosts() if host.cluster == cluster) for cluster in (None, "c1"))
        clusters = {cluster.name: cluster for cluster in world.port.clusters(world.hosts())[0]}
        assert {name: cluster.vsan_enabled for name, cluster in clusters.items()} in (
            {"c1": True, "c2": None},
            {"c1": True, "c2": False},
        )
        seen = world.port.vsan_health(clusters["c1"])
        assert (dict(seen.objects), seen.syncing, seen.syncing_bytes, seen.witnesses) == (
            {"healthy": 7, "inaccessible": 1, "datamove": 0},
            *(0, 0, (witness.moid,)),
        )
        # Of either side of a network that is cut the other one is missing; a witness stands in no cluster.
        second = next(host for host in world.hosts() if host.cluster == "c1" and host.moid != first.moid)
        assert world.port.vsan_missing(clusters["c1"]) == ()
        world.running.set("vsan", cut_off=[second.name])
        assert world.port.vsan_missing(clusters["c1"]) == (second.name,)
        world.port.disconnect(first, world.within())
        assert world.port.vsan_missing(clusters["c1"]) == (first.name,)
        world.port.disconnect(second, world.within())
        # Nobody is left who could tell.
        assert world.port.vsan_missing(clusters["c1"]) == ()
        world.port.reconnect(first, None, None, world.within())
        world.port.reconnect(second, None, None, world.within())
        world.running.set("vsan", cut_off=[], objects={"healthy": 8}, syncing=0)
        with pytest.raises(CertopsError) as caught:
            world.port.vsan_health(clusters["c2"])
        assert "NotSupported" in caught.value.vsphere_fault
        # What changed while a host was away is resynchronised when it is back.
        world.running.set("vsan", objects={"healthy": 8})
        world.port.disconnect(first, world.within())
        world.port.reconnect(first, None, None, world.within())
        assert str(world.port.vsan_health(clusters["c1"]).problem).startswith("vSAN resynchronises 3 objects")
        # Whoever takes another host away before that is over loses an object; the witness is one of the others.
        world.running.set("vsan", syncing=99)
        world.port.disconnect(witness, world.within())
        assert world.port.vsan_health(clusters["c1"]).at_risk == {"inaccessible": 1}
