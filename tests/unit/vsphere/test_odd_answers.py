# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What SMS and vCenter may answer: providers and hosts with every field missing, of another type, or odd."""

from __future__ import annotations

import json
import socket
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import assess
from ansible_collections.certops.vsphere.plugins.module_utils._common import times
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import EndpointError
from ansible_collections.certops.vsphere.plugins.module_utils._common.printable import printable
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate, EsxiHost, Unavailable, VCenter
from ansible_collections.certops.vsphere.plugins.module_utils._estate.registration import assign
from ansible_collections.certops.vsphere.plugins.module_utils._storage.provider_work import Work, identity
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import hosts as vsphere_hosts
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import providers
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.properties import ObjectProperties
from ansible_collections.certops.vsphere.plugins.module_utils._wire.tls import fetch_certificate
from ansible_collections.certops.vsphere.tests.unit.certificates import HOST, NOW, authority, der, key, make, parsed, pem
from ansible_collections.certops.vsphere.tests.unit.estates import ODD_NAMES
from hypothesis import given
from hypothesis import strategies as st

PEM = pem(make(issuer=authority()))
GOOD = {
    "uid": "uid-1",
    "name": f"IOFILTER Provider {HOST}",
    "url": f"https://{HOST}:9080/version.xml",
    "namespace": "IOFILTERS",
    "status": "online",
    "certificate": PEM,
    "certificateExpiryDate": "2027-04-05T02:00:00Z",
    "certificateStatus": "valid",
    "vasaVersion": "1.0",
    "category": "internal",
    "lastSyncTime": "2026-03-01",
    "statusFault": None,
    "relatedStorageArray": [SimpleNamespace(arrayId="IOFILTERS:1")],
}
URLS = st.sampled_from(
    [
        *(
            "",
            "https://",
            "://",
            "https://[::1",
            "https://[::1]:9080/version.xml",
            "https://x:99999/version.xml",
            "https://x:port/",
        ),
        *("HTTPS://ESX01.Example.COM.:9080/version.xml", "https://zürich:9080/version.xml", "https://x:9080/version.xml?a=b#c"),
        *("https://user:pw@x:9080/version.xml", "https://℀.example:9080/version.xml", "\x00", "https://x:9080/VERSION.XML/"),
    ]
)
DATES = st.sampled_from(
    [
        *("", "soon", "2027-04-05", "2027-04-05 02:00:00", "Mon Apr 05 02:00:00 UTC 2027", "Mon Apr 05 02:00:00 CEST 2027"),
        *("Apr 5, 2027 2:00:00 AM", "1806890400000", "9999999999999", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
        *("2027-04-05T02:00:00.123456789Z", "2027-W14", "05/04/27", "0", "-1"),
    ]
)
CERTIFICATES = st.one_of(
    st.sampled_from(
        [PEM, PEM[:200], PEM * 2, "text\r\n" + PEM.replace("\n", "\r\n"), "x" * 1024 * 1024, "-----BEGIN CERTIFICATE-----"]
    ),
    st.text(max_size=30),
)
ODD = st.one_of(st.none(), st.text(max_size=8), st.integers(), st.booleans(), st.just([]), st.just({}), st.floats(allow_nan=True))
FIELDS = {
    **dict.fromkeys(GOOD, ODD),
    "url": URLS | ODD,
    "certificate": CERTIFICATES | ODD,
    "certificateExpiryDate": DATES | ODD,
    "status": st.sampled_from(["online", "offline", "syncError", "unknown", "connected", "disconnected", "ofANewerVersion"]) | ODD,
    "relatedStorageArray": st.sampled_from([None, [], [None], [SimpleNamespace()], [SimpleNamespace(arrayId=None)]]),
}


class AnsweringSms:
    """A session whose SMS has one provider, and answers this of it."""

    name = "vc01"

    def __init__(self, info: Any) -> None:
        self.info = info
        self.sms_instance = SimpleNamespace(QueryStorageManager=lambda: self, _stub=None)

    def QueryProvider(self) -> list[Any]:
        return [SimpleNamespace(_GetMoId=lambda: "provider-1")]

    def read(self, what: str, call: Any) -> Any:
        return call()


def read(monkeypatch: pytest.MonkeyPatch, info: Any) -> tuple[list[Any], list[Unavailable]]:
    """What is made of an answer."""
    stand_in = SimpleNamespace(VasaProvider=lambda moid, stub: SimpleNamespace(QueryProviderInfo=lambda: info))
    session: Any = AnsweringSms(info)
    with monkeypatch.context() as patched:
        patched.setattr(providers, "sms", SimpleNamespace(provider=stand_in))
        return providers.read_providers(session)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), st.just(True)), st.data())
def test_a_provider_with_odd_fields_is_read_passed_over_or_unavailable_with_a_reason(
    changes: dict[str, bool], data: st.DataObject
) -> None:
    fields = {**GOOD, **{name: data.draw(FIELDS[name], name) for name in changes}}
    for gone in data.draw(st.sets(st.sampled_from(sorted(GOOD)), max_size=3)):
        del fields[gone]
    with pytest.MonkeyPatch.context() as patched:
        found, unavailable = read(patched, SimpleNamespace(**fields))
    assert len(found) + len(unavailable) <= 1
    host = EsxiHost(HOST, "host-1", cluster="c1", connection_state="connected", certificate=parsed(make(issuer=authority())))
    for one in found:
        assert one.provider.provider_uid
        facts = Estate(NOW, VCenter("vc01"), hosts=(host,), orphans=(one.provider,)).to_facts()
        assert Estate.from_facts(json.loads(json.dumps(facts))).orphans[0] == one.provider
        assigned, orphans = assign([host], found)
        assert bool(assigned) != bool(orphans)
    for entry in unavailable:
        assert entry.what == "provider"
        assert entry.subject
        assert entry.reason


@given(DATES | st.text(max_size=20) | st.datetimes(timezones=st.timezones()).map(str))
def test_a_date_of_sms_is_a_time_that_can_be_written_or_none(text: str) -> None:
    read = providers.expiry_date(text)
    assert read is None or times.from_text(times.to_text(read)) == read.replace(microsecond=0)


@pytest.mark.parametrize("field", sorted(GOOD))
@pytest.mark.parametrize("value", ["missing", None, ""])
def test_a_provider_without_a_field_is_still_a_provider_or_unavailable(
    monkeypatch: pytest.MonkeyPatch, field: str, value: Any
) -> None:
    fields = {key: item for key, item in GOOD.items() if key != field}
    if value != "missing":
        fields[field] = value
    found, unavailable = read(monkeypatch, SimpleNamespace(**fields))
    if field in ("uid", "url"):
        assert found == []
        assert unavailable == [Unavailable("provider", GOOD["name"], f"SMS gave no {field} for it")]
    else:
        assert [one.provider.provider_uid for one in found] == ["uid-1"]
        assert unavailable == []


def test_a_provider_whose_remembered_certificate_cannot_be_read_is_a_provider_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    found, unavailable = read(monkeypatch, SimpleNamespace(**{**GOOD, "certificate": "no certificate"}))
    assert [(one.provider.provider_uid, one.provider.certificate) for one in found] == [("uid-1", None)]
    assert unavailable == []


def test_no_information_at_all_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, None) == ([], [Unavailable("provider", "provider-1", "SMS gave no information on it")])


@given(
    ODD_NAMES | st.none(),
    st.one_of(
        st.none(),
        CERTIFICATES,
        st.binary(max_size=20),
        st.just(der(make())),
        st.just([byte - 256 if byte > 127 else byte for byte in PEM.encode()]),
        st.lists(st.integers(-128, 127), max_size=20),
    ),
    st.sampled_from(["connected", "notResponding", "ofANewerVersion", "", None]),
    st.sampled_from([True, False, None]),
    st.none() | st.text(max_size=8),
)
def test_a_host_of_any_name_with_any_record_is_read_planned_and_shown(
    name: Any, record: Any, state: Any, maintenance: Any, thumbprint: Any
) -> None:
    item = ObjectProperties(SimpleNamespace(_GetMoId=lambda: "host-1"))
    values = {
        "name": name,
        "config.certificate": record,
        "runtime.connectionState": state,
        "runtime.inMaintenanceMode": maintenance,
        "summary.config.sslThumbprint": thumbprint,
        "config.network.vnic": [SimpleNamespace(), None, SimpleNamespace(device="vmk0", spec=SimpleNamespace(ip=None))],
    }
    item.values.update({key: value for key, value in values.items() if value is not None})
    host, unavailable = vsphere_hosts.host_seen(item, {})
    assert host.name == printable(name or "host-1")
    told = {entry.what: entry.reason for entry in unavailable}
    assert told.pop("parent") == "vCenter does not show it"
    assert told.pop("name", "vCenter does not show it") == "vCenter does not show it"
    assert all(reason.startswith("vCenter's record of the certificate cannot be used: it ") for reason in told.values())
    estate = Estate(NOW, VCenter("vc01"), hosts=(host,), unavailable=tuple(unavailable))
    made = decide(estate, Policy(protection="none"), NOW).to_facts()
    assert json.loads(json.dumps(made))["hosts"][0]["esxi_host"] == host.name


REAL = socket.getaddrinfo


def nobody_is_asked(host: Any, port: Any, *others: Any) -> Any:
    """Names are encoded as always, and none resolves; whatever is an address leads to this machine."""
    REAL(host, port, *others[:3], socket.AI_NUMERICHOST)
    return REAL("127.0.0.1", port, *others)


@given(st.one_of(ODD_NAMES, st.text(max_size=12), st.just("a" * 64), st.just("a." * 150)))
def test_a_host_of_any_name_is_asked_or_not_reached(name: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", nobody_is_asked)
        # Nothing listens on port 1.
        with pytest.raises(EndpointError) as caught:
            fetch_certificate([name], 1, 2.0)
    assert "port 1" in str(caught.value) or "its name does not resolve" in str(caught.value)


@pytest.mark.parametrize("name", ["::1", "[::1]", " [::1] "])
def test_an_ipv6_address_is_asked_with_and_without_brackets(name: str) -> None:
    with pytest.raises(EndpointError) as caught:
        fetch_certificate([name], 1, 2.0)
    assert "does not resolve" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("esx01.example.com", "https://esx01.example.com:9080/version.xml"),
        ("2001:db8::1", "https://[2001:db8::1]:9080/version.xml"),
        ("[2001:db8::1]", "https://[2001:db8::1]:9080/version.xml"),
    ],
)
def test_the_url_of_a_provider_that_is_missing(name: str, url: str) -> None:
    work: Any = Work(EsxiHost(name, "host-1"), "", None, [])  # type: ignore[arg-type]
    assert identity(work) == (f"IOFILTER Provider {name}", url)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("ESX01.Example.COM", "esx01.example.com"),
        ("esx01.example.com.", "esx01.example.com"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("2001:0db8:0:0::1", "2001:db8::1"),
    ],
)
@pytest.mark.parametrize("kind", ["EC 256", "Ed25519", "RSA 2048"])
def test_a_host_is_the_one_that_its_certificate_names_however_it_is_written(asked: str, named: str, kind: str) -> None:
    is_address = ":" in named
    root = authority()
    made = make(
        named, issuer=root, names=() if is_address else (named,), addresses=(named,) if is_address else (), private=key(kind)
    )
    served = parsed(made)
    verdict = assess(served, record=None, record_thumbprint=None, roots=[root.certificate], host_names=[asked], now=NOW)
    assert verdict.problems == ()
    assert verdict.trusted
