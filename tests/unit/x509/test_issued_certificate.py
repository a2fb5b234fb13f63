# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's request, and what a CA made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates import issued_certificate as core_issued
from ansible_collections.certops.vsphere.plugins.module_utils._certificates import request as core_request
from ansible_collections.certops.vsphere.plugins.module_utils._certificates import signature, trust
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import (
    LARGEST_BYTES,
    Certificate,
    CertificateError,
)
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.issued_certificate import (
    IssuedCertificate,
    Terms,
    flaws,
    notices,
    path_to_root,
    read_issued_certificate,
    to_install,
)
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.request import CertificateRequest, parse_request
from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.tests.unit.certificates import (
    CLIENT_ONLY,
    HOST,
    NOW,
    SERVER,
    Authority,
    authority,
    key,
    key_pem,
    make,
    name,
    parsed,
    pem,
    usage,
)
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

ROOT = authority("Site Root", number=11)
BETWEEN = authority("Site Issuing CA", number=12, issuer=ROOT)
STRANGER = authority("Nobody", number=13)
CA_OF_NONE = ((x509.BasicConstraints(ca=True, path_length=0), True),)
LEAF_ONLY = ((x509.BasicConstraints(ca=False, path_length=None), True),)


@cache
def csr(common: Optional[str] = HOST, names: tuple[str, ...] = (HOST,), number: int = 0) -> str:
    """A request in PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name(common))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
    made = builder.sign(key("RSA 2048", number), hashes.SHA256())  # type: ignore[arg-type]
    return made.public_bytes(Encoding.PEM).decode()


REQUEST = parse_request(csr())


def leaf(issuer: Authority = ROOT, number: int = 0, **changes: Any) -> x509.Certificate:
    """What a CA made of the request."""
    return make(issuer=issuer, private=key("RSA 2048", number), **changes)


def terms(before: Optional[Certificate] = None, roots: Sequence[Certificate] = (ROOT.certificate,), days: float = 60) -> Terms:
    """What it is measured by."""
    return Terms(REQUEST, HOST, before, roots, days, NOW)


def flaws_of(made: x509.Certificate, *others: x509.Certificate, **given: Any) -> list[str]:
    """What is wrong with it."""
    return flaws(IssuedCertificate(parsed(made), tuple(map(parsed, others))), terms(**given))


def test_a_request_is_read() -> None:
    assert (REQUEST.names, REQUEST.key) == ((HOST,), "RSA 2048")
    assert REQUEST.to_facts() == {"subject": f"CN={HOST},O=Example", "names": [HOST], "key": "RSA 2048"}
    assert REQUEST.problem_for(HOST.upper()) is None
    assert REQUEST.problem_for("esx02") == f"it is for {HOST}, and vCenter knows the host as esx02"
    # ESXi may end its name with the dot of the root.
    assert parse_request(csr(names=(f"{HOST}.",))).problem_for(HOST) is None


def test_a_request_without_alternative_names_is_for_its_common_name() -> None:
    assert parse_request(csr(names=())).problem_for(HOST) is None
    nobody = parse_request(csr(None, names=()))
    assert nobody.problem_for(HOST) == f"it is for no name, and vCenter knows the host as {HOST}"


@pytest.mark.parametrize("text", ["", "x", csr().replace("MII", "MIJ"), pem(ROOT.made), "-----BEGIN CERTIFICATE REQUEST-----\n"])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(CertificateError, match="cannot be read as a certificate request"):
        parse_request(text)


def test_a_request_that_is_too_long_is_refused() -> None:
    with pytest.raises(CertificateError, match="larger than"):
        parse_request("x" * (LARGEST_BYTES + 1))


def test_a_request_that_another_key_signed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forged:
        is_signature_valid = False

    monkeypatch.setattr(core_request.x509, "load_pem_x509_csr", lambda _data: Forged())
    with pytest.raises(CertificateError, match="its signature is not that of its key"):
        parse_request(csr())


def test_the_certificate_is_found_wherever_it_stands() -> None:
    whole = f"Certificate:\n  Data\n{pem(ROOT.made)}{pem(leaf())}\n"
    found = read_issued_certificate(whole, REQUEST)
    assert found.leaf.subject == parsed(leaf()).subject
    assert [one.subject for one in found.others] == [ROOT.certificate.subject]
    # Where none is for the request it is the first, so that what is wrong with it can be said.
    assert read_issued_certificate(pem(leaf(number=1)) + pem(ROOT.made), REQUEST).leaf.names == (HOST,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is not a PEM certificate"),
        (csr(), "it is not a PEM certificate"),
        (pem(leaf()) + key_pem().decode(), "holds a private key"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "cannot be read as a certificate"),
        (pem(ROOT.made) * 11, "holds 11 certificates, more than the 10"),
    ],
)
def test_what_is_no_certificate_is_refused(text: str, reason: str) -> None:
    with pytest.raises(CertificateError, match=reason):
        read_issued_certificate(text, REQUEST)


@pytest.mark.parametrize("extensions", [(), LEAF_ONLY, (SERVER,)])
def test_a_fit_certificate_has_no_flaw(extensions: Any) -> None:
    assert flaws_of(leaf(extensions=extensions)) == []
    assert flaws_of(leaf(BETWEEN), BETWEEN.made) == []
    assert flaws_of(leaf(BETWEEN), roots=(BETWEEN.certificate,)) == []


@pytest.mark.parametrize(
    ("made", "flaw"),
    [
        (leaf(number=1), "its public key is not that of the host's request"),
        (leaf(names=("other.example",)), "it is for other.example and not for esx01.example.com"),
        (leaf(ends=-1), "it expired on"),
        (leaf(starts=1), "it is not valid before"),
        (leaf(extensions=(CLIENT_ONLY,)), "its extended key usage does not allow a TLS server"),
        (leaf(extensions=CA_OF_NONE), "it is the certificate of a CA"),
        (
            leaf(STRANGER),
            "it leads to none of vCenter's trusted roots, so that SPS would not trust it (it was issued by CN=Nobody,O=Example)",
        ),
        (leaf(BETWEEN), "it leads to none of vCenter's trusted roots"),
        (leaf(ends=59), "what expires within 60 days is to be renewed: every run would renew it"),
    ],
)
def test_a_flaw_is_told(made: x509.Certificate, flaw: str) -> None:
    found = flaws_of(made)
    assert len(found) == 1
    assert flaw in found[0]


def test_all_flaws_are_told_at_once() -> None:
    assert len(flaws_of(leaf(STRANGER, 1, names=("other.example",), ends=-1))) == 4


def test_a_chain_that_came_with_it_does_not_make_up_for_a_root_that_vcenter_lacks() -> None:
    assert len(flaws_of(leaf(STRANGER), STRANGER.made)) == 1


def test_every_certificate_of_the_chain_is_valid_and_may_have_what_is_below_it() -> None:
    over = authority("Old Issuing CA", number=14, issuer=ROOT, ends=-1)
    assert flaws_of(leaf(over), over.made) == ["CN=Old Issuing CA,O=Example, which stands above it, is not valid now"]
    narrow = authority("Narrow Root", number=15, extensions=CA_OF_NONE)
    below = authority("Below", number=16, issuer=narrow)
    assert flaws_of(leaf(below), below.made, roots=(narrow.certificate,)) == [
        "CN=Narrow Root,O=Example, which stands above it, may have no more than 0 CAs below it, so that OpenSSL (vCenter) refuses what it"
        " issues"
    ]
    assert flaws_of(leaf(narrow), roots=(narrow.certificate,)) == []
    version_1 = authority("Old Root", number=17, extensions=())
    assert flaws_of(leaf(version_1), roots=(version_1.certificate,)) == []


def test_it_does_not_end_before_the_one_of_the_same_ca() -> None:
    before = parsed(leaf(ends=500))
    assert flaws_of(leaf(ends=400), before=before) == ["it expires on 2027-04-05, before the one that the host has"]
    assert flaws_of(leaf(ends=500), before=before) == []
    # Another CA's may last for longer than the site's ever do.
    assert flaws_of(leaf(ends=400), before=parsed(make(issuer=STRANGER, ends=1500))) == []


def test_a_signature_that_esxi_does_not_take_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = leaf()
    monkeypatch.setitem(core_issued._REFUSED_SIGNATURES, made.signature_algorithm_oid, "SHA-1")
    assert flaws_of(made) == ["it is signed with SHA-1, which ESXi does not take"]


def test_the_host_is_given_what_vcenter_does_not_trust_by_itself() -> None:
    roots = (ROOT.certificate,)
    alone = IssuedCertificate(parsed(leaf()), (ROOT.certificate,))
    assert to_install(alone, roots) == pem(leaf_of(alone))
    through = IssuedCertificate(parsed(leaf(BETWEEN)), (STRANGER.certificate, ROOT.certificate, BETWEEN.certificate))
    assert to_install(through, roots) == pem(leaf_of(through)) + pem(BETWEEN.made)
    assert to_install(through, (*roots, BETWEEN.certificate)) == pem(leaf_of(through))
    lost = IssuedCertificate(parsed(leaf(STRANGER)))
    assert path_to_root(lost, roots) is None
    assert to_install(lost, roots) == pem(leaf_of(lost))


def leaf_of(signed: IssuedCertificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(signed.leaf.der)


def test_ends_are_compared_with_the_time_that_was_given() -> None:
    later = replace(terms(), now=NOW + timedelta(days=341))
    assert len(flaws(IssuedCertificate(parsed(leaf())), later)) == 1
    assert isinstance(REQUEST, CertificateRequest)


def test_a_root_that_cannot_be_read_is_named_where_the_chain_leads_to_it() -> None:
    unavailable = {"CN=Nobody Else": "it is odd", "cn=NOBODY,o=Example": "cryptography 50 refuses it"}
    odd = replace(terms(), unavailable_roots=unavailable)
    (told,) = flaws(IssuedCertificate(parsed(leaf(STRANGER))), odd)
    assert told == (
        "it leads to cn=NOBODY,o=Example, a trusted root of vCenter's that cannot be read here (cryptography 50 refuses it), so that it cannot"
        " be verified"
    )
    between = authority("Between", number=18, issuer=STRANGER)
    assert flaws(IssuedCertificate(parsed(leaf(between)), (parsed(between.made),)), odd) == [told]


def test_what_cannot_be_verified_here_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_certificate: Any, _key: Any) -> None:
        raise UnsupportedAlgorithm("not here")

    trust._signed.cache_clear()
    monkeypatch.setattr(signature, "_verify", refuse)
    own = f"CN={HOST},O=Example"
    assert flaws_of(leaf()) == [f"the signature of {own} cannot be verified here: SHA-256"]
    trust._signed.cache_clear()


def test_what_is_only_worth_knowing_is_no_flaw() -> None:
    for made, told in ((leaf(), []), (leaf(extensions=(SERVER,)), []), (leaf(common=None), [notice.NO_COMMON_NAME.of()])):
        assert (flaws_of(made), notices(IssuedCertificate(parsed(made)))) == ([], told)
    server_only = leaf(extensions=(usage(ExtendedKeyUsageOID.SERVER_AUTH),))
    assert (flaws_of(server_only), notices(IssuedCertificate(parsed(server_only)))) == ([], [notice.NO_CLIENT_AUTH.of()])
