# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Estates as facts describe them: small ones that a test can read, and strategies for every odd one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate, colons
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import BASIS_RECORD, BASIS_ROOT
from ansible_collections.certops.vsphere.plugins.module_utils._common.names import normalise
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import HostPlan, Plan, decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.client_certificate import ClientCertificate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import (
    CertificateSettings,
    Estate,
    EsxiHost,
    Served,
    Unavailable,
    VCenter,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import Provider
from ansible_collections.certops.vsphere.plugins.module_utils._estate.sms_trust import SmsTrust
from hypothesis import strategies as st

NOW = datetime(2026, 3, 1, 2, tzinfo=timezone.utc)
HOST = "esx01.example.com"
VCENTER = "vc1.example.com"
RENEWAL = ("renew", "reconnect", "reregister")
POLICY = Policy(protection="confirmed")


def certificate(ends: float = 400, *, starts: float = -30, issuer: str = "CN=VMCA", subject: str = "CN=esx") -> Certificate:
    """A certificate valid from and until so many days from NOW; another one for other arguments."""
    digest = f"{starts} {ends} {issuer} {subject}".encode()
    return Certificate(
        subject=subject,
        issuer=issuer,
        serial_number="1f",
        # Certificates know whole seconds only.
        not_before=NOW + timedelta(seconds=round(starts * 86400)),
        expires_at=NOW + timedelta(seconds=round(ends * 86400)),
        sha256_fingerprint=colons(hashlib.sha256(digest).hexdigest()),
        sha1_thumbprint=colons(hashlib.sha256(digest).hexdigest()[:40]),
        names=(HOST,),
        key="RSA 2048",
    )


def provider(
    remembered: Optional[Certificate], status: Optional[str] = "online", *, uid: str = "uid-1", host: str = HOST
) -> Provider:
    """The IOFilter provider of a host."""
    return Provider(
        provider_uid=uid,
        name=f"IOFILTER Provider {host}",
        url=f"https://{host}:9080/version.xml",
        status=status,
        certificate=remembered,
        certificate_expires_at=remembered.expires_at if remembered else None,
        certificate_status="valid",
    )


# VMCA's, which is the only one of a vCenter's trusted roots here.
ROOT = certificate(3000, starts=-1000, subject="CN=VMCA")


def host(
    name: str = HOST, *, ends: float = 400, remembered: Optional[float] = None, status: Optional[str] = "online", **changes: Any
) -> EsxiHost:
    """A host whose certificate ends in so many days, and a provider that remembers it, or one that ends at another time."""
    own = certificate(ends)
    known = own if remembered is None else certificate(remembered)
    made = EsxiHost(
        name=name,
        moid=f"host-{name}",
        cluster="c1",
        datacenter="dc1",
        version="8.0.3",
        connection_state="connected",
        in_maintenance_mode=False,
        certificate=own,
        issuer="vmca",
        served=Served(certificate=own, trusted=True, trusted_by=BASIS_RECORD, root=ROOT.sha256_fingerprint),
        provider=provider(known, status, uid=f"uid-{name}", host=name),
    )
    return replace(made, **changes)


SETTINGS = CertificateSettings(mode="vmca", days_valid=1825, minutes_before=1440, subject={"country": "US", "state": "California"})


def vcenter(**changes: Any) -> VCenter:
    """A vCenter on which nothing blocks."""
    made = VCenter(
        hostname=VCENTER,
        name=VCENTER,
        version="8.0.3",
        certificate_settings=SETTINGS,
        trusted_roots=(ROOT,),
        vmca_root=ROOT,
        machine_ssl=certificate(300, subject="CN=vc1"),
        sps_state="STARTED",
        sps_startup_type="AUTOMATIC",
        may_restart_sps=True,
        sps_health="HEALTHY",
        linked_nodes=(VCENTER,),
        clock_offset_seconds=0.5,
        missing_privileges=(),
    )
    return replace(made, **changes)


def estate(
    *hosts: EsxiHost, orphans: tuple[Provider, ...] = (), unavailable: tuple[Unavailable, ...] = (), **changes: Any
) -> Estate:
    """An estate of these hosts. changes are the vCenter's."""
    return Estate(observed_at=NOW, vcenter=vcenter(**changes), hosts=hosts, orphans=orphans, unavailable=unavailable)


def plan(*hosts: EsxiHost, policy: Policy = POLICY, **changes: Any) -> Plan:
    """The plan of an estate of these hosts."""
    return decide(estate(*hosts, **changes), policy, NOW)


def host_plan(one: EsxiHost, policy: Policy = POLICY, **changes: Any) -> HostPlan:
    """The plan of a host that is alone."""
    return plan(one, policy=policy, **changes).hosts[0]


def codes(blockers: tuple[Any, ...]) -> list[str]:
    """What blockers are called."""
    return [blocker.code for blocker in blockers]


# Strategies. Sharp values are drawn more often than any others.

ODD_NAMES = st.sampled_from(
    [
        *("esx01.example.com", "ESX01.Example.COM", "esx01.example.com.", "esx02.example.com", "esx03"),
        *("fe80::1", "[2001:DB8::1]", "fe80::1%vmk0", "192.0.2.7", "zürich-1.example.com", "ホスト", "İ.example.com"),
        *("", ".", "*", "[", "esx 01", "esx\n01", "localhost.localdomain", "-", "a" * 300, "xn--zrich-kva.example.com"),
    ]
)
TEXTS = st.one_of(ODD_NAMES, st.text(max_size=12))
DAYS = st.one_of(
    st.sampled_from([-4000.0, -1.0, -0.00001, 0.0, 0.00001, 1.0, 20.0, 44.9, 45.0, 45.00002, 61.0, 400.0, 1825.0, 9000.0]),
    st.integers(-500, 3000).map(float),
)
FIRST, LAST = datetime(1, 1, 1, tzinfo=timezone.utc), datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
MOMENTS = st.one_of(
    DAYS.map(lambda days: NOW + timedelta(seconds=int(days * 86400))),
    st.sampled_from([FIRST, LAST]),
    st.datetimes(timezones=st.just(timezone.utc)).map(lambda moment: moment.replace(microsecond=0)),
)
CERTIFICATES = st.builds(
    Certificate,
    subject=TEXTS,
    issuer=TEXTS,
    serial_number=st.just("1f"),
    not_before=st.one_of(st.just(NOW - timedelta(days=30)), MOMENTS),
    expires_at=MOMENTS,
    sha256_fingerprint=st.sampled_from(["AA:01", "AA:02", "AA:03"]),
    sha1_thumbprint=st.sampled_from(["", "BB:01"]),
    names=st.lists(TEXTS, max_size=2).map(tuple),
    key=st.sampled_from(["RSA 2048", ""]),
    self_signed=st.booleans(),
)
PROVIDERS = st.builds(
    Provider,
    provider_uid=TEXTS,
    name=TEXTS,
    url=TEXTS,
    status=st.sampled_from(["online", "connected", "offline", "syncError", "unknown", "disconnected", "", "odd", None]),
    status_fault=st.none() | TEXTS,
    certificate=st.none() | CERTIFICATES,
    certificate_expires_at=st.none() | MOMENTS,
    certificate_status=st.sampled_from(
        ["valid", "expirySoftLimitReached", "expiryHardLimitReached", "expired", "invalid", "", None]
    ),
    vasa_version=st.sampled_from([None, "1.5", "5.0", "odd"]),
    retains_certificate=st.sampled_from([None, True, False]),
)
SERVED = st.builds(
    Served,
    certificate=st.none() | CERTIFICATES,
    error=st.none() | TEXTS,
    trusted=st.booleans(),
    trusted_by=st.sampled_from([BASIS_RECORD, BASIS_ROOT, "odd", None]),
    problems=st.lists(TEXTS, max_size=2).map(tuple),
    root=st.sampled_from([ROOT.sha256_fingerprint, "AA:01", None]),
    of_provider=st.sampled_from([False, False, True]),
)
PRIVILEGES = st.lists(
    st.sampled_from(
        ["StorageViews.View", "StorageViews.ConfigureService", "Certificate.Manage", "Host.Config.Connection", "Odd.One"]
    ),
    max_size=2,
    unique=True,
).map(tuple)
HOSTS = st.builds(
    EsxiHost,
    name=ODD_NAMES,
    moid=TEXTS,
    cluster=st.sampled_from(["c1", "", None]),
    version=st.sampled_from(["7.0.3", "8.0.3", "9.0.0", "", "odd", None]),
    connection_state=st.sampled_from(["connected", "connected", "connected", "disconnected", "notResponding", "", "odd", None]),
    in_maintenance_mode=st.sampled_from([False, False, True, None]),
    addresses=st.lists(ODD_NAMES, max_size=2).map(tuple),
    certificate=st.none() | CERTIFICATES,
    record_thumbprint=st.none() | TEXTS,
    issuer=st.sampled_from(["vmca", "vmca", "self_signed", "other", "unknown", "odd"]),
    served=st.none() | SERVED,
    provider=st.none() | PROVIDERS,
    duplicate_providers=st.lists(PROVIDERS, max_size=1).map(tuple),
    missing_privileges=st.just(()) | PRIVILEGES,
    sms_trust=st.none()
    | st.builds(SmsTrust, trusts=st.none() | st.booleans(), reason=TEXTS, missing=st.lists(TEXTS, max_size=1).map(tuple)),
    client_certificate=st.none()
    | st.builds(ClientCertificate, expires_at=MOMENTS, issuer=st.none() | TEXTS, status=st.none() | TEXTS),
)
ODD_SETTINGS = st.builds(
    CertificateSettings,
    mode=st.sampled_from(["vmca", "custom", "thumbprint", "", "odd", None]),
    minutes_before=st.sampled_from([1440, 10, 0, -1, 10**15, None]),
    subject=st.sampled_from([{}, {"country": "US"}, {"country": " "}, {"country": "", "email": ""}]),
)


def vcenters(calm: bool) -> st.SearchStrategy[VCenter]:
    """vCenters: where it is calm nothing of them blocks, else one thing or another does."""

    def mostly(good: Any, others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.just(good) if calm else st.one_of(*[st.just(good)] * 9, others)

    return st.builds(
        VCenter,
        hostname=TEXTS,
        name=st.none() | TEXTS,
        certificate_settings=mostly(SETTINGS, st.none() | ODD_SETTINGS),
        trusted_roots=mostly((ROOT,), st.none() | st.lists(CERTIFICATES, max_size=2).map(tuple)),
        vmca_root=mostly(ROOT, st.none() | CERTIFICATES),
        machine_ssl=mostly(None, CERTIFICATES),
        sps_state=mostly("STARTED", st.sampled_from(["STOPPED", "STARTING", "odd", None])),
        sps_startup_type=mostly("AUTOMATIC", st.sampled_from(["DISABLED", "odd", None])),
        may_restart_sps=mostly(True, st.sampled_from([False, None])),
        linked_nodes=mostly(None, st.lists(TEXTS, max_size=3).map(tuple)),
        backups=st.sampled_from([None, {}, {"count": 1, "last_succeeded_at": "2026-01-01T00:00:00Z"}]),
        clock_offset_seconds=mostly(0.0, st.none() | st.sampled_from([-301.0, 299.0, 1e300])),
        missing_privileges=mostly((), st.none() | PRIVILEGES),
    )


UNAVAILABLE = st.builds(
    Unavailable, what=st.sampled_from(["provider", "providers", "sps", "certificate_settings", "odd"]), subject=TEXTS, reason=TEXTS
)


DUE_HOSTS = st.builds(
    host,
    name=ODD_NAMES,
    ends=DAYS,
    remembered=st.none() | DAYS,
    status=st.sampled_from(["online", "online", "offline", None]),
    connection_state=st.sampled_from(["connected", "connected", "connected", "notResponding"]),
    in_maintenance_mode=st.sampled_from([False, True, False]),
    cluster=st.sampled_from(["c1", "c1", None]),
    missing_privileges=st.sampled_from([(), (), (), ("Host.Config.Connection",), ("Certificate.Manage",)]),
)


def estates(calm: bool = False) -> st.SearchStrategy[Estate]:
    """Estates, with hosts that are told apart by their names. Where it is calm, more is due and less is odd."""
    return st.builds(
        Estate,
        observed_at=st.just(NOW),
        vcenter=vcenters(calm),
        hosts=st.lists(
            st.one_of(DUE_HOSTS, DUE_HOSTS, HOSTS) if calm else st.one_of(DUE_HOSTS, HOSTS),
            min_size=int(calm),
            max_size=3,
            # No vCenter takes the same host twice, whatever the case of its name.
            unique_by=lambda one: normalise(one.name),
        ).map(tuple),
        orphans=st.lists(PROVIDERS, max_size=1).map(tuple),
        unavailable=st.just(()) if calm else st.lists(UNAVAILABLE, max_size=1).map(tuple),
        retries=st.integers(0, 3),
    )


PATTERNS = st.lists(st.one_of(ODD_NAMES, st.sampled_from(["esx*", "*.EXAMPLE.com", "[a-"])), max_size=2).map(tuple)
POLICIES = st.builds(
    Policy,
    renew_before_days=st.sampled_from([0.0, 1.0, 60.0, 60.0, 365.0, 36500.0]),
    refresh_display=st.booleans(),
    remove_orphans=st.booleans(),
    canary=st.integers(0, 3),
    batch=st.integers(1, 3),
    protection=st.sampled_from(["confirmed", "confirmed", "confirmed", "snapshot", "none", None]),
    protection_covers=PATTERNS,
    hosts=st.none() | st.none() | PATTERNS,
    skip=st.just(()) | PATTERNS,
    inventory_hosts=st.none() | st.none() | PATTERNS,
    reregister_method=st.sampled_from(["sps_restart", "register"]),
)
