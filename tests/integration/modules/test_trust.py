# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever cannot prove who he is is refused, with the reason and the fingerprints; and nothing is unregistered or adopted for him."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.tests.unit.certificates import (
    CLIENT_ONLY,
    NOW,
    SERVER,
    Authority,
    Extension,
    authority,
    key,
    key_usage,
    make,
    parsed,
    pem,
)
from demo_hosts import DemoHosts
from player import module
from processes import Answer, mutating
from tls_server import ADDRESS, impostor, private_pem
from vsphere_sim.testing import RunningEstate, estate

# The certificates of the unit tests count from a day that is fixed; these must be right or wrong today.
TODAY = (datetime.now(timezone.utc) - NOW).total_seconds() / 86400
RSA = key("RSA 2048")
ANY_USAGE = key_usage("digital_signature", "key_encipherment")


GIVEN = authority("Given", number=11, starts=TODAY - 10, ends=TODAY + 1000)


@dataclass(frozen=True)
class Case:
    """A certificate with one thing wrong with it, and how that is said."""

    told: str
    issuer: Authority = GIVEN
    starts: float = -1
    ends: float = 100
    named: Optional[str] = None
    private: str = "RSA 2048"
    extensions: tuple[Extension, ...] = (ANY_USAGE, SERVER)

    def made(self, address: str) -> Any:
        """The certificate, for this address unless the case is that it is for another."""
        return make(
            "impostor",
            issuer=self.issuer,
            names=(self.named,) if self.named else (),
            addresses=() if self.named else (address,),
            starts=TODAY + self.starts,
            ends=TODAY + self.ends,
            private=key(self.private),
            extensions=self.extensions,
        )


OTHER = authority("Other", number=12, starts=TODAY - 10, ends=TODAY + 1000)
# The same name as the CA that was given, and another key.
NAMESAKE = authority("Given", number=13, starts=TODAY - 10, ends=TODAY + 1000)

VCENTERS = {
    "wrong name": Case("certificate is not valid for '127.0.0.1'", named="vc.example.com"),
    "wrong CA": Case("unable to get local issuer certificate", issuer=OTHER),
    "a CA of the same name": Case("certificate signature failure", issuer=NAMESAKE),
    "expired": Case("certificate has expired", starts=-10, ends=-1),
    "not yet valid": Case("certificate is not yet valid", starts=1),
    "client only": Case("certificate purpose", extensions=(ANY_USAGE, CLIENT_ONLY)),
    "no TLS server": Case("certificate purpose", extensions=(key_usage("crl_sign"), SERVER)),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """An estate in which no host is used for two tests."""
    with estate(tmp_path_factory.mktemp("trust"), scenario="demo", speed=100) as running:
        yield running


@pytest.fixture
def since(demo: RunningEstate) -> int:
    """The number of the last call before the test."""
    journal = demo.journal()
    return int(journal[-1]["seq"]) if journal else 0


@pytest.fixture
def ca_path(tmp_path: Path) -> str:
    """The CA that was given, as a file."""
    path = tmp_path / "given.pem"
    path.write_text(pem(GIVEN.made), encoding="ascii")
    return str(path)


def refused(answer: Answer) -> str:
    """The sentence of a refusal, which is all there is of it."""
    assert answer.returncode != 0, answer.printed
    assert "Traceback" not in answer.printed
    assert "exception" not in answer.result
    return answer.message


@pytest.mark.parametrize("case", VCENTERS.values(), ids=VCENTERS.keys())
def test_a_vcenter_that_cannot_prove_itself_gets_no_password(demo: RunningEstate, tmp_path: Path, ca_path: str, case: Case) -> None:
    made = case.made(ADDRESS)
    with impostor(tmp_path, made, key(case.private)) as seen:
        told = refused(module(demo, "cert_expiry_facts", hostname=ADDRESS, port=seen.port, ca_path=ca_path))
    assert "does not verify" in told
    assert case.told in told
    assert parsed(made).sha256_fingerprint in told
    assert seen.connections > 0
    assert seen.heard == [], "nothing is said to a stranger, not even a question"


def test_the_impostor_would_be_believed_were_nothing_wrong_with_it(demo: RunningEstate, tmp_path: Path, ca_path: str) -> None:
    with impostor(tmp_path, Case("").made(ADDRESS), RSA) as seen:
        told = refused(module(demo, "cert_expiry_facts", hostname=ADDRESS, port=seen.port, ca_path=ca_path))
    assert "does not verify" not in told
    assert seen.heard[0].startswith(b"GET /sdk/vimServiceVersions.xml")


def test_a_trailing_dot_is_no_part_of_the_name_that_is_verified(demo: RunningEstate, tmp_path: Path, ca_path: str) -> None:
    made = Case("", named="localhost").made(ADDRESS)
    with impostor(tmp_path, made, RSA) as seen:
        told = refused(module(demo, "cert_expiry_facts", hostname="localhost.", port=seen.port, ca_path=ca_path))
    assert "does not verify" not in told
    assert seen.heard[0].startswith(b"GET /sdk/vimServiceVersions.xml")
    # SOAP, SMS and REST alike.
    answer = module(demo, "cert_expiry_facts", hostname=f"{demo.vcenter('vc01').address}.")
    assert answer.returncode == 0, answer.printed
    assert (
        answer.result["ansible_facts"]["certops"]["unavailable"]
        == module(demo, "cert_expiry_facts").result["ansible_facts"]["certops"]["unavailable"]
    )


def test_a_vcenter_of_old_tls_is_refused_and_told_so(demo: RunningEstate, tmp_path: Path, ca_path: str) -> None:
    with impostor(tmp_path, Case("").made(ADDRESS), RSA, newest=ssl.TLSVersion.TLSv1_1) as seen:
        told = refused(module(demo, "cert_expiry_facts", hostname=ADDRESS, port=seen.port, ca_path=ca_path))
    assert "does not support TLS 1.2" in told
    assert seen.heard == []
    assert seen.connections == 1, "what will not change is not tried again"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "is not there."),
        ("", "holds no certificate in PEM."),
        ("no PEM\n", "holds no certificate in PEM."),
        (private_pem(RSA), "holds no certificate in PEM."),
        ("folder", "is not a file."),
        (pem(OTHER.made), "does not verify"),
    ],
    ids=["missing", "empty", "no PEM", "a private key", "a folder", "another CA"],
)
def test_a_ca_file_that_serves_nothing_is_told_in_a_sentence(
    demo: RunningEstate, since: int, tmp_path: Path, content: Optional[str], told: str
) -> None:
    path = tmp_path / "ca.pem"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_text(content, encoding="ascii")
    vsphere_fault = refused(module(demo, "cert_expiry_facts", ca_path=str(path)))
    assert told in vsphere_fault
    assert "PRIVATE KEY" not in vsphere_fault
    if told != "does not verify":
        assert str(path) in vsphere_fault
    # A handshake that the client broke off is all that there was.
    assert {call["protocol"] for call in demo.journal(since)} <= {"tls"}


ENDPOINTS = {
    "wrong name": Case("it is for other.example.com and not for", named="other.example.com"),
    "expired": Case("it expired on ", starts=-10, ends=-1),
    "not yet valid": Case("it is not valid before ", starts=1),
    "client only": Case("its extended key usage does not allow a TLS server", extensions=(ANY_USAGE, CLIENT_ONLY)),
    "no TLS server": Case("its key usage does not allow a TLS server", extensions=(key_usage("crl_sign"), SERVER)),
}


@pytest.mark.parametrize("case", ENDPOINTS.values(), ids=ENDPOINTS.keys())
def test_an_endpoint_that_is_the_hosts_and_not_sound_keeps_its_provider_registered(
    demo: RunningEstate, hosts: DemoHosts, since: int, case: Case
) -> None:
    host = hosts.remembers_expired
    demo.set("host", host=host, certificate={"pem": pem(case.made(host)), "key": private_pem(RSA)}, known=True)
    told = refused(module(demo, "vasa_provider_reregister", esxi_hosts=[host]))
    assert f"The provider of {host} was not touched" in told
    assert case.told in told
    assert mutating(demo, since) == []


@pytest.mark.parametrize("issuer", [GIVEN, NAMESAKE, None], ids=["another CA", "a CA of the same name", "the vCenter's own CA"])
def test_an_impostor_on_9080_is_told_by_both_fingerprints(
    demo: RunningEstate, hosts: DemoHosts, since: int, issuer: Optional[Authority]
) -> None:
    host = hosts.offline
    fake: dict[str, Any] = {"days_left": 90, "issuer": "vmca"}
    if issuer is not None:
        fake = {"pem": pem(Case("", issuer=issuer).made(host)), "key": private_pem(RSA)}
    shown = demo.set("host", host=host, impostor=fake)
    for method in ({}, {"method": "register", "provider_username": "root", "provider_password": "canary"}):
        told = refused(module(demo, "vasa_provider_reregister", esxi_hosts=[host], **method))
        assert "it is not the certificate that vCenter has on record for the host" in told
        assert shown["served"]["sha256_fingerprint"] in told
        assert shown["record"]["sha256_fingerprint"] in told
    demo.set("host", host=host, impostor=None)
    assert mutating(demo, since) == []


def test_a_host_that_shows_another_certificate_to_vcenter_is_not_adopted(demo: RunningEstate, hosts: DemoHosts, since: int) -> None:
    host = hosts.healthy[0]
    # The controller cannot look for itself: it is vCenter that finds out.
    demo.fault({"match": {"protocol": "tls", "method": "handshake :443", "target": host}, "effect": {"drop": "before"}})
    strange = demo.set("host", host=host, certificate={"days_left": 300, "issuer": "unknown"}, known=False)
    told = refused(module(demo, "esxi_reconnect", esxi_hosts=[host], per_cluster=2))
    assert "SSLVerifyFault" in told
    assert f"offered thumbprint {strange['certificate']['sha1_thumbprint']}" in told
    assert f"expected thumbprint {strange['record']['sha1_thumbprint']}" in told
    assert f"{host} is now disconnected" in told
    assert [method for method, _target in mutating(demo, since)] == ["DisconnectHost_Task", "ReconnectHost_Task"]
    assert demo.host(host)["record"] == strange["record"], "vCenter's record is what it was"
    # Asked again it is refused again: what was offered was kept nowhere.
    again = refused(module(demo, "esxi_reconnect", esxi_hosts=[host], per_cluster=2))
    assert "SSLVerifyFault" in again
    assert demo.host(host)["connection_state"] == "disconnected"
    demo.clear_faults()


def test_a_host_that_shows_another_certificate_to_the_controller_is_not_even_disconnected(
    demo: RunningEstate, hosts: DemoHosts, since: int
) -> None:
    host = hosts.healthy[1]
    strange = demo.set("host", host=host, certificate={"days_left": 300, "issuer": "vmca"}, known=False)
    told = refused(module(demo, "esxi_reconnect", esxi_hosts=[host], per_cluster=2))
    assert strange["certificate"]["sha1_thumbprint"] in told
    assert strange["record"]["sha1_thumbprint"] in told
    assert mutating(demo, since) == []


def test_a_certificate_that_sms_does_not_trust_is_not_offered_again_and_stops_the_others(
    demo: RunningEstate, hosts: DemoHosts, since: int
) -> None:
    offered = parsed(GIVEN.made)
    demo.fault(
        {
            "match": {"method": "RegisterProvider_Task"},
            "effect": {"task_error": "sms.fault.CertificateNotTrusted", "properties": {"certificate": pem(GIVEN.made)}},
        }
    )
    account = {"provider_username": demo.host_username, "provider_password": demo.host_password}
    wanted = [hosts.healthy[2], hosts.stale_display]
    answer = module(demo, "vasa_provider_reregister", esxi_hosts=wanted, method="register", only_if_needed=False, **account)
    told = refused(answer)
    demo.clear_faults()
    assert "CertificateNotTrusted" in told
    assert offered.sha256_fingerprint in told
    assert "Its provider is unregistered now" in told
    assert sorted(answer.statuses.values()) == ["failed", "not_started"]
    assert [method for method, _target in mutating(demo, since)] == ["UnregisterProvider_Task", "RegisterProvider_Task"]
