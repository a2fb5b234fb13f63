# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificates may be believed, and on what basis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional, Sequence

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates import signature, trust
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate, parse
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import (
    BASIS_RECORD,
    BASIS_ROOT,
    Trust,
    assess,
    issuer_of,
    made_by_host,
    names_host,
    soundness,
    unverifiable,
    why_unknown,
)
from ansible_collections.certops.vsphere.tests.unit.certificates import (
    CLIENT_ONLY,
    HOST,
    NOW,
    SERVER,
    authority,
    der,
    installer,
    key,
    key_usage,
    make,
    parsed,
    unreadable,
    usage,
)
from ansible_collections.certops.vsphere.tests.unit.shapes import every_shape
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.x509.oid import ExtendedKeyUsageOID

VMCA = authority("VMCA", number=1)
IMPOSTOR = authority("VMCA", number=2)
CUSTOM = authority("Customer CA", number=3)
LEAF = parsed(make(issuer=VMCA))


def judged(
    served: Certificate,
    *,
    record: Optional[Certificate] = None,
    thumbprint: Optional[str] = None,
    roots: Optional[Sequence[Certificate]] = (VMCA.certificate,),
    host_names: Sequence[str] = (HOST,),
) -> Trust:
    """The verdict at NOW."""
    return assess(served, record=record, record_thumbprint=thumbprint, roots=roots, host_names=host_names, now=NOW)


def test_the_one_on_record_is_believed_whoever_issued_it() -> None:
    own = parsed(make())
    assert judged(own, record=own, roots=None) == Trust(True, BASIS_RECORD)


@pytest.mark.parametrize("spelled", [str.upper, str.lower, lambda text: text.replace(":", "")])
def test_the_one_whose_thumbprint_is_on_record_is_believed(spelled: Any) -> None:
    assert judged(LEAF, thumbprint=spelled(LEAF.sha1_thumbprint), roots=None) == Trust(True, BASIS_RECORD)


def test_without_a_record_the_one_that_a_trusted_root_issued_is_believed() -> None:
    assert judged(LEAF) == Trust(True, BASIS_ROOT)
    assert judged(LEAF, thumbprint="", roots=[CUSTOM.certificate, VMCA.certificate]) == Trust(True, BASIS_ROOT)


@pytest.mark.parametrize("by", ["record", "thumbprint"])
def test_another_than_the_one_on_record_is_refused_though_a_root_issued_it(by: str) -> None:
    recorded = parsed(make(issuer=VMCA))
    verdict = judged(LEAF, record=recorded) if by == "record" else judged(LEAF, thumbprint=recorded.sha1_thumbprint)
    expected = recorded.sha256_fingerprint if by == "record" else recorded.sha1_thumbprint
    problem = (
        "it is not the certificate that vCenter has on record for the host "
        f"(served {LEAF.sha256_fingerprint}, on record {expected})"
    )
    assert verdict == Trust(False, None, (problem,))


def test_the_record_counts_and_not_the_thumbprint_where_both_are_there() -> None:
    recorded = parsed(make(issuer=VMCA))
    assert not judged(LEAF, record=recorded, thumbprint=LEAF.sha1_thumbprint).trusted


@pytest.mark.parametrize("served", [parsed(make()), parsed(make(issuer=IMPOSTOR)), parsed(make(issuer=CUSTOM))])
def test_one_that_no_trusted_root_issued_is_refused(served: Certificate) -> None:
    problem = f"none of vCenter's trusted roots issued it (served {served.sha256_fingerprint})"
    assert judged(served) == Trust(False, None, (problem,))


@pytest.mark.parametrize("roots", [None, ()])
def test_without_record_and_roots_nothing_is_believed(roots: Any) -> None:
    problem = "there is neither a record of the host's certificate nor a trusted root to check it against"
    assert judged(LEAF, roots=roots) == Trust(False, None, (problem,))


def test_one_of_an_expired_root_is_refused() -> None:
    root = authority("Old CA", ends=-1)
    verdict = judged(parsed(make(issuer=root)), roots=[root.certificate])
    assert verdict == Trust(False, None, ("the root that issued it is not valid now (CN=Old CA,O=Example)",))


@pytest.mark.parametrize(
    ("served", "trusted_by", "problem"),
    [
        (make(issuer=VMCA, ends=-1), BASIS_ROOT, "it expired on 2026-02-28 02:00 UTC"),
        (make(issuer=VMCA, starts=1), BASIS_ROOT, "it is not valid before 2026-03-02 02:00 UTC"),
        (make(issuer=VMCA, names=("esx02.example.com",)), None, f"it is for esx02.example.com and not for {HOST}"),
        (make(None, issuer=VMCA, names=()), None, f"it is for no name and not for {HOST}"),
        (make(issuer=VMCA, private=key("RSA 1024")), BASIS_ROOT, "its RSA key has 1024 bits, fewer than 2048"),
        (make(issuer=VMCA, extensions=[CLIENT_ONLY]), BASIS_ROOT, "its extended key usage does not allow a TLS server"),
        (make(issuer=VMCA, extensions=[key_usage("key_cert_sign")]), BASIS_ROOT, "its key usage does not allow a TLS server"),
    ],
    ids=["expired", "not yet valid", "wrong name", "no name", "RSA 1024", "wrong extended usage", "wrong usage"],
)
def test_an_unsound_one_is_refused_with_its_reason(served: x509.Certificate, trusted_by: Optional[str], problem: str) -> None:
    assert judged(parsed(served)) == Trust(False, trusted_by, (problem,))


def test_an_unsound_one_is_refused_though_it_is_on_record() -> None:
    expired = parsed(make(ends=-1))
    assert judged(expired, record=expired) == Trust(False, BASIS_RECORD, ("it expired on 2026-02-28 02:00 UTC",))


def test_every_problem_is_told() -> None:
    served = parsed(make(issuer=IMPOSTOR, names=("a", "b"), ends=-1))
    problems = judged(served, host_names=("x", "y")).problems
    assert problems[:2] == ("it expired on 2026-02-28 02:00 UTC", "it is for a, b and not for x, y")
    assert problems[2].startswith("none of vCenter's trusted roots")
    assert judged(served, host_names=()).problems[1] == "it is for a, b and not for the host"


@pytest.mark.parametrize(
    "extensions",
    [
        [SERVER],
        [usage(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)],
        [key_usage("digital_signature")],
        [key_usage("key_encipherment"), SERVER],
        [key_usage("key_agreement")],
    ],
)
def test_one_that_may_serve_tls_is_sound(extensions: Any) -> None:
    assert soundness(parsed(make(issuer=VMCA, extensions=extensions)), host_names=[HOST], now=NOW) == []


@pytest.mark.parametrize("kind", ["RSA 2048", "EC 256", "Ed25519"])
def test_a_strong_key_is_sound(kind: str) -> None:
    assert soundness(parsed(make(issuer=VMCA, private=key(kind))), host_names=[HOST], now=NOW) == []


def test_a_host_is_named_by_any_of_its_names_and_addresses() -> None:
    served = parsed(make(names=("*.example.com",), addresses=("192.0.2.7",)))
    assert names_host(served, ["esx01", "esx01.example.com"])
    assert names_host(served, ["192.0.2.7"])
    assert not names_host(served, ["192.0.2.8", "esx01.example.org"])
    assert not names_host(served, [])


def test_a_verdict_is_shown_as_facts() -> None:
    assert Trust(False, None, ("a", "b")).to_facts() == {"trusted": False, "trusted_by": None, "problems": ["a", "b"]}


def test_the_issuer_is_found_by_its_signature_and_not_by_its_name() -> None:
    roots = [IMPOSTOR.certificate, CUSTOM.certificate, VMCA.certificate]
    assert issuer_of(LEAF, roots) == VMCA.certificate
    assert issuer_of(LEAF, roots[:2]) is None
    assert issuer_of(LEAF, []) is None


def test_who_is_no_authority_issues_nothing() -> None:
    leaf_as_ca = authority("Leaf", extensions=[(x509.BasicConstraints(ca=False, path_length=None), True)])
    assert issuer_of(parsed(make(issuer=leaf_as_ca)), [leaf_as_ca.certificate]) is None


def test_an_old_root_without_extensions_is_an_authority_and_another_is_not() -> None:
    old = authority("Old root", extensions=[])
    assert issuer_of(parsed(make(issuer=old)), [old.certificate]) == old.certificate
    below = authority("Below", number=3, issuer=VMCA, extensions=[])
    assert issuer_of(parsed(make(issuer=below)), [below.certificate]) is None


def test_an_authority_whose_extensions_cannot_be_read_issues_nothing() -> None:
    broken = authority("Broken", extensions=[unreadable("2.5.29.19", b"\x01\x02")])
    # It cannot be read, so it is made from one that can.
    anchor = replace(VMCA.certificate, der=der(broken.made))
    assert issuer_of(parsed(make(issuer=broken)), [anchor]) is None


@pytest.mark.parametrize(
    ("one", "made"),
    [
        (parsed(make()), True),
        (parsed(make(issuer=installer())), True),
        (parsed(make(issuer=installer(organization="VMWARE  installer"))), True),
        (parsed(make(issuer=installer(organization="VMware Installer II"))), False),
        (parsed(make(issuer=authority("VMware Installer"))), False),
        (LEAF, False),
        (parsed(make(issuer=CUSTOM)), False),
    ],
)
def test_what_a_host_made_itself_is_self_signed_or_of_the_installers_form(one: Certificate, made: bool) -> None:
    assert made_by_host(one, [VMCA.certificate]) is made


def test_what_a_trusted_root_issued_no_host_made_itself() -> None:
    known, thrown_away = installer(91), installer(92)
    for roots, made in (([known.certificate], False), ([thrown_away.certificate], True), ([], True)):
        assert made_by_host(parsed(make(issuer=known)), roots) is made


def test_who_has_the_key_but_another_name_issued_nothing() -> None:
    renamed = authority("VMCA renamed", number=1)
    assert renamed.key is VMCA.key
    assert issuer_of(LEAF, [renamed.certificate]) is None
    assert issuer_of(LEAF, [renamed.certificate, VMCA.certificate]) == VMCA.certificate


def test_without_a_thumbprint_on_record_none_is_the_same() -> None:
    assert judged(replace(LEAF, sha1_thumbprint="")).trusted_by == BASIS_ROOT


def refusing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a distribution whose OpenSSL takes no signatures with SHA-1."""

    def refuse(_certificate: Any, _key: Any) -> None:
        raise UnsupportedAlgorithm("sha1 is not supported by this backend for RSA signing.")

    monkeypatch.setattr(signature, "_verify", refuse)


def test_what_cannot_be_verified_here_is_not_issued_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = {one.name: one for one in every_shape()}["SHA-1"]
    by_sha1, root = parse(shape.chain[0]), parse(shape.roots[0])
    assert issuer_of(by_sha1, [root]) == root
    assert unverifiable(by_sha1, [root]) is None
    trust._signed.cache_clear()
    refusing(monkeypatch)
    assert issuer_of(by_sha1, [root]) is None
    assert unverifiable(by_sha1, [VMCA.certificate, root]) == "SHA-1"
    assert why_unknown(by_sha1, [root], []) == "its signature cannot be verified here: SHA-1"
    # Those that no authority of this name could have signed are told as ever.
    assert why_unknown(by_sha1, [VMCA.certificate], []) is None
    trust._signed.cache_clear()


def test_an_algorithm_that_nobody_knows_is_named_by_its_number() -> None:
    odd = der(make()).replace(bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06082a8648ce3d040309"))
    assert parse(odd).hash_name == "1.2.840.10045.4.3.9"
    assert unverifiable(parse(odd), [parsed(authority(HOST, number=0).made)]) == "1.2.840.10045.4.3.9"


def test_a_dsa_key_signs_and_one_for_exchange_does_not() -> None:
    by_dsa = authority("DSA", private=key("DSA 2048"))
    signed_by_it = make(issuer=by_dsa)
    assert signature.made_by(signed_by_it, key("DSA 2048").public_key())
    assert not signature.made_by(signed_by_it, x25519.X25519PrivateKey.generate().public_key())
    # A signature without a hash of its own is none of these keys'.
    by_edwards = make(issuer=authority("Edwards", private=key("Ed25519", 7)))
    assert not signature.made_by(by_edwards, key("DSA 2048").public_key())
    assert parsed(by_edwards).hash_name == ""
