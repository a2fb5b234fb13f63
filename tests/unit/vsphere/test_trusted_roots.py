# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vCenter's trusted roots, where one of them cannot be read: the others count, and what needs that one is told so."""

from __future__ import annotations

import ssl
from typing import Any, Union

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import parse
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import TrustedRoots, UnreadRoot
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import AccessDenied, CertopsError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._operations.issuing import Issuing
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest.appliance import Appliance
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.tests.unit import der_writer as w
from ansible_collections.certops.vsphere.tests.unit.certificates import authority, installer, make, parsed, pem
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, SETTINGS, codes, host, host_plan
from ansible_collections.certops.vsphere.tests.unit.shapes import leaf, root
from ansible_collections.certops.vsphere.tests.unit.x509.test_shapes import pem as pem_of

VMCA, CUSTOM = authority("VMCA", number=1), authority("Customer CA", number=3)
# DER leaves a default out; this root writes it, as OpenSSL and Java read it, and as cryptography does not.
ODD = pem_of(root(extensions=[w.extension("2.5.29.14", w.tlv(0x04, b"id"), critical=False), w.basic_constraints(True)]))
ODD_LEAF = parse(leaf())
DENIED = AccessDenied("Reading it was refused", code="broken", remedy="Give the role what it needs.")
LOST = TransientError("Reading it failed", code="broken", remedy="Run again.")

Answer = Union[str, CertopsError]


class Fake(Appliance):
    """A vCenter with these chains, each of one certificate, or an error in the place of the answer."""

    def __init__(self, **chains: Answer) -> None:
        connection = Connection(hostname="vc1", username="u", password="p")
        super().__init__(connection, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), lambda: None)
        self.chains = chains
        self.asked: list[str] = []

    def _get(self, resource: str, what: str, shape: Any) -> Any:
        name = resource.rpartition("/")[2]
        if name == "signing-certificate":
            return {"active_cert_chain": {"cert_chain": list(self.chains.values())}}
        if name == "trusted-root-chains":
            return [{"chain": one} for one in self.chains]
        self.asked.append(name)
        answer = self.chains[name]
        if isinstance(answer, CertopsError):
            raise answer
        return {"cert_chain": {"cert_chain": [answer]}}


def subjects(roots: TrustedRoots) -> list[str]:
    return [one.subject for one in roots.certificates]


def test_a_root_that_cannot_be_read_is_left_out_and_named() -> None:
    roots = Fake(one=pem(VMCA.made), odd=ODD, other=pem(CUSTOM.made)).trusted_roots()
    assert subjects(roots) == ["CN=VMCA,O=Example", "CN=Customer CA,O=Example"]
    (unavailable,) = roots.unavailable
    assert unavailable.what == "CN=Site Root,O=Site & Sons,C=DE"
    assert "cryptography" in unavailable.reason
    assert unavailable.subject is not None


@pytest.mark.parametrize(
    "text", ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "-----BEGIN X-----"]
)
def test_what_is_no_certificate_at_all_is_named_by_its_chain(text: str) -> None:
    roots = Fake(one=pem(VMCA.made), odd=text).trusted_roots()
    assert subjects(roots) == ["CN=VMCA,O=Example"]
    assert [(one.what, one.subject) for one in roots.unavailable] == [("the chain odd", None)]


def test_a_chain_that_cannot_be_had_is_left_out_and_named() -> None:
    roots = Fake(one=DENIED, two=pem(VMCA.made)).trusted_roots()
    assert subjects(roots) == ["CN=VMCA,O=Example"]
    assert roots.unavailable == (UnreadRoot("the chain one", str(DENIED)),)


@pytest.mark.parametrize(("answer", "told"), [(DENIED, "was refused"), (ODD, "cannot be used: it cannot be read")])
def test_where_no_root_can_be_read_that_is_an_error(answer: Answer, told: str) -> None:
    with pytest.raises(CertopsError, match=told):
        Fake(one=answer, two=answer).trusted_roots()
    assert Fake().trusted_roots() == TrustedRoots(())


def test_a_vcenter_that_answers_no_more_is_not_asked_for_each() -> None:
    fake = Fake(one=pem(VMCA.made), two=LOST, three=LOST, four=pem(CUSTOM.made))
    roots = fake.trusted_roots()
    assert fake.asked == ["one", "two", "three"]
    assert [one.what for one in roots.unavailable] == ["the chain two", "the chain three", "the chain four"]


UNAVAILABLE = Fake(one=pem(VMCA.made), odd=ODD).trusted_roots().unavailable
CHAIN = (UnreadRoot("the chain one", "HTTP 403"),)


def seen(certificate: Any, unavailable: Any = UNAVAILABLE) -> EsxiHost:
    """A host with this certificate, where VMCA's root and one more could be read."""
    issuing = Issuing(None, [VMCA.certificate, CUSTOM.certificate], VMCA.certificate, unavailable)
    return issuing.with_issuer(EsxiHost("h", "1", certificate=certificate))


def test_only_a_host_of_that_root_is_not_told_who_issued_its_certificate() -> None:
    issuers = [seen(parsed(make(issuer=one))).issuer for one in (VMCA, CUSTOM, authority("Nobody", number=7), installer())]
    assert issuers == ["vmca", "other", "other", "self_signed"]
    found = seen(ODD_LEAF)
    assert found.issuer == "unknown"
    assert str(found.issuer_problem).startswith(
        "its issuer is a trusted root of vCenter's that cannot be read here (it cannot be read"
    )


def test_where_not_even_a_roots_name_is_known_it_may_have_issued_whatever_no_other_did() -> None:
    issuers = [seen(parsed(make(issuer=one)), CHAIN).issuer for one in (VMCA, CUSTOM, authority("Nobody", number=7), installer())]
    assert issuers == ["vmca", "other", "unknown", "self_signed"]
    assert seen(parsed(make()), CHAIN).issuer == "self_signed"
    vsphere_fault = seen(ODD_LEAF, CHAIN).issuer_problem
    assert vsphere_fault == "one of vCenter's trusted roots could not be read, the chain one (HTTP 403)"


def test_a_renewal_is_blocked_with_what_it_is() -> None:
    problem = seen(ODD_LEAF).issuer_problem
    planned = host_plan(host(ends=20, issuer="unknown", issuer_problem=problem))
    assert codes(planned.blockers) == ["issuer_unknown"]
    assert "cannot be read here (it cannot be read as a certificate" in planned.blockers[0].message
    assert "have the trusted root that cannot be read reissued" in planned.blockers[0].remedy
    by_own_ca = host_plan(host(ends=20, issuer="unknown"), certificate_settings=SETTINGS)
    assert "certops_vmca_root_fingerprint" in by_own_ca.blockers[0].remedy


def test_the_facts_keep_it() -> None:
    found = seen(ODD_LEAF)
    assert EsxiHost.from_facts(found.to_facts(NOW)).issuer_problem == found.issuer_problem


def test_a_member_of_the_signing_chain_that_cannot_be_read_hides_no_other() -> None:
    assert [one.subject for one in Fake(first=ODD, second=pem(VMCA.made)).signing_chain()] == [VMCA.certificate.subject]
    with pytest.raises(CertopsError, match="The token-signing chain of vc1 cannot be used"):
        Fake(first=ODD).signing_chain()
