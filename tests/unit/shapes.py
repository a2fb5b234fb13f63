# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates in the shapes that the field has, and what OpenSSL, Java and this collection make of each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, Optional, Sequence

from ansible_collections.certops.vsphere.tests.unit import der_writer as w
from ansible_collections.certops.vsphere.tests.unit.certificates import HOST, NOW, key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

OK = "ok"
SERVER, CLIENT, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"
DAY = timedelta(days=1)
ADDRESS = "192.0.2.7"
UNIVERSAL, NUMERIC = w.tlv(0x1C, "Site".encode("utf-32-be")), w.tlv(0x12, b"12 3")
PACKED = bytes([192, 0, 2, 7])
LEAF_KEY, ROOT_KEY, SUB_KEY = 0, 41, 42

LOST = "unable to get local issuer certificate"
LEADS_NOWHERE = "it leads to none of vCenter's trusted roots"


def rsa(number: int, bits: int = 2048) -> Any:
    """An RSA key."""
    return key(f"RSA {bits}", number)


@cache
def identifier(private: Any) -> bytes:
    """The identifier of a key."""
    return hashlib.sha1(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()  # noqa: S324


@dataclass(frozen=True)
class Shape:
    """One shape.

    chain: the leaf, then what is served with it. openssl, java: "ok", or a part of why they refuse it for the host. flaw: a part of what the
    collection says of it in mode custom; None where it takes it. reads: whether cryptography reads the leaf.
    """

    name: str
    chain: Sequence[bytes]
    roots: Sequence[bytes]
    openssl: str = OK
    java: str = OK
    flaw: Optional[str] = None
    host: str = HOST
    reads: bool = True
    notes: Sequence[str] = field(default=())


ROOT_NAME = w.name((w.C, w.printable("DE")), (w.O, w.utf8("Site & Sons")), (w.CN, w.utf8("Site Root")))
SUB_NAME = w.name((w.O, w.utf8("Site & Sons")), (w.CN, w.utf8("Site Issuing CA")))
CA_USAGE = w.key_usage(5, 6)
LEAF_USAGE = w.key_usage(0, 2)
BOTH = w.extended_key_usage(SERVER, CLIENT)
# As a certificate has to be that is known by its alternative names alone.
NO_SUBJECT = {"subject": w.name(), "names": w.extension("2.5.29.17", w.sequence(w.tlv(0x82, HOST.encode())), critical=True)}


def root(
    name: bytes = ROOT_NAME,
    private: Any = None,
    extensions: Sequence[bytes] = (w.basic_constraints(True), CA_USAGE),
    ends: datetime = NOW + 3000 * DAY,
    **more: Any,
) -> bytes:
    """A CA that signed itself."""
    private = private or rsa(ROOT_KEY)
    return w.certificate(name, name, private, private, NOW - 900 * DAY, ends, extensions=extensions, **more)


def sub(
    issuer: bytes = ROOT_NAME,
    extensions: Sequence[bytes] = (w.basic_constraints(True), CA_USAGE),
    ends: datetime = NOW + 2000 * DAY,
    **more: Any,
) -> bytes:
    """A CA below a root."""
    return w.certificate(SUB_NAME, issuer, rsa(SUB_KEY), rsa(ROOT_KEY), NOW - 800 * DAY, ends, extensions=extensions, **more)


def leaf(
    extensions: Sequence[bytes] = (LEAF_USAGE, BOTH),
    *,
    names: Optional[bytes] = None,
    common: Sequence[str] = (HOST,),
    issuer: bytes = ROOT_NAME,
    signer: Any = None,
    private: Any = None,
    begins: datetime = NOW - 2 * DAY,
    ends: datetime = NOW + 700 * DAY,
    subject: Optional[bytes] = None,
    **more: Any,
) -> bytes:
    """A host's certificate. names: the subject alternative name; the host as a DNS name where it is not given."""
    alternative = w.alternative_names(dns=[HOST]) if names is None else names
    every = [one for one in (alternative, *extensions) if one]
    named = subject if subject is not None else w.name((w.O, w.utf8("Site & Sons")), *((w.CN, w.utf8(one)) for one in common))
    return w.certificate(named, issuer, private or rsa(LEAF_KEY), signer or rsa(ROOT_KEY), begins, ends, extensions=every, **more)


def by_root(name: str, made: bytes, **vsphere_fault: Any) -> Shape:
    """A leaf that the site's root issued directly."""
    return Shape(name, [made], [root()], **vsphere_fault)


def named_alike(name: str, spelled: bytes, authority: bytes = ROOT_NAME, **vsphere_fault: Any) -> Shape:
    """A leaf that spells its issuer in its own way."""
    return Shape(name, [leaf(issuer=spelled)], [root(authority)], **vsphere_fault)


def vmca() -> list[Shape]:
    """What VMCA issues, as a root and below a site's CA, and what a host makes itself."""
    root_name = w.name(
        *((w.CN, w.utf8("CA")), (w.DC, w.ia5("vsphere")), (w.DC, w.ia5("local")), (w.C, w.printable("US"))),
        *((w.ST, w.utf8("California")), (w.O, w.utf8("vc01.example.com")), (w.OU, w.utf8("VMware Engineering"))),
    )
    private = rsa(SUB_KEY)
    own = w.subject_key_identifier(identifier(private))
    extensions = [w.alternative_names(email=["email@acme.com"], addresses=[bytes([127, 0, 0, 1])]), CA_USAGE, own]
    self_signed = root(root_name, private, [*extensions, w.basic_constraints(True, 0)])
    below = w.certificate(
        *(root_name, ROOT_NAME, private, rsa(ROOT_KEY), NOW - 90 * DAY, NOW + 900 * DAY),
        extensions=[*extensions, w.basic_constraints(True, 0)],
    )
    subject = w.name(
        *((w.C, w.printable("US")), (w.ST, w.utf8("California")), (w.L, w.utf8("Palo Alto")), (w.O, w.utf8("VMware"))),
        *((w.OU, w.utf8("VMware Engineering")), (w.CN, w.utf8(HOST)), (w.EMAIL, w.ia5("vmca@vmware.com"))),
    )
    made = leaf(
        [
            w.key_usage(0, 2, 4),
            w.authority_key_identifier(identifier(private)),
            w.authority_information("https://vc01.example.com/afd/vecs/ca"),
        ],
        subject=subject,
        issuer=root_name,
        signer=private,
        serial=0x7F00000000000001,
    )
    installer = w.name((w.O, w.utf8("VMware Installer")))
    by_host = leaf([w.extended_key_usage(SERVER, CLIENT)], issuer=installer, signer=rsa(SUB_KEY), ends=NOW + 4000 * DAY)
    nowhere = {"openssl": LOST, "java": "unable to find valid certification path", "flaw": LEADS_NOWHERE}
    return [
        Shape("VMCA", [made], [self_signed]),
        Shape("subordinate VMCA, all trusted, none served", [made], [root(), below]),
        Shape("subordinate VMCA, its root trusted, served", [made, below], [root()]),
        Shape("subordinate VMCA, itself trusted", [made], [below]),
        Shape("subordinate VMCA, its root trusted, not served", [made], [root()], **nowhere),
        Shape("made by the host", [by_host], [root()], **nowhere),
    ]


def issuers() -> list[Shape]:
    """Names of issuers as CAs write them, and certificates that are no such CA's."""
    teletex = w.name((w.O, w.t61("Müller AG")), (w.CN, w.printable("Old Root")))
    umlaut, small = w.name((w.CN, w.utf8("MÜLLER"))), w.name((w.CN, w.utf8("müller")))
    return [
        named_alike(
            "issuer in another type of string",
            w.name((w.C, w.utf8("DE")), (w.O, w.printable("Site Sons")), (w.CN, w.utf8("Site Root"))),
            w.name((w.C, w.printable("DE")), (w.O, w.utf8("Site Sons")), (w.CN, w.printable("Site Root"))),
        ),
        named_alike(
            "issuer in a type of string that Java does not fold",
            w.name((w.C, w.utf8("DE")), (w.O, w.bmp("Site & Sons")), (w.CN, w.t61("Site Root"))),
            java="unable to find valid certification path",
            flaw="so that Java (SPS) does not find that",
        ),
        named_alike(
            "issuer in another case", w.name((w.C, w.printable("de")), (w.O, w.utf8("SITE & sons")), (w.CN, w.utf8("site ROOT")))
        ),
        named_alike(
            "issuer with other blanks",
            w.name((w.C, w.printable("DE")), (w.O, w.utf8(" Site  & Sons ")), (w.CN, w.utf8("Site Root"))),
        ),
        named_alike("issuer as a TeletexString", teletex, teletex),
        named_alike(
            "issuer as UTF-8 of a root's TeletexString",
            w.name((w.O, w.utf8("Müller AG")), (w.CN, w.utf8("Old Root"))),
            teletex,
            java="unable to find valid certification path",
            flaw="so that Java (SPS) does not find that",
        ),
        named_alike(
            "issuer in another case beyond ASCII", umlaut, small, openssl=LOST, flaw="so that OpenSSL (vCenter) does not find that"
        ),
        named_alike(
            "country of three letters",
            w.name((w.C, w.printable("USA")), (w.CN, w.utf8("CA"))),
            w.name((w.C, w.printable("USA")), (w.CN, w.utf8("CA"))),
        ),
        named_alike(
            *("another issuer", w.name((w.CN, w.utf8("Other Root")))),
            openssl=LOST,
            java="unable to find valid certification path",
            flaw=LEADS_NOWHERE,
        ),
        Shape(
            "a CA that may not sign certificates",
            [leaf()],
            [root(extensions=[w.basic_constraints(True), w.key_usage(6)])],
            openssl="invalid CA certificate",
            java="keyCertSign",
            flaw=LEADS_NOWHERE,
        ),
        Shape("a root of version 1", [leaf()], [root(extensions=[])]),
        Shape(
            "an issuing CA for clients only",
            [
                leaf(issuer=SUB_NAME, signer=rsa(SUB_KEY)),
                sub(extensions=[w.basic_constraints(True), CA_USAGE, w.extended_key_usage(CLIENT)]),
            ],
            [root()],
            openssl="unsuitable certificate purpose",
            flaw="so that OpenSSL (vCenter) refuses what it issues for a TLS server",
        ),
        by_root(
            "the key identifier of another CA",
            leaf([LEAF_USAGE, BOTH, w.authority_key_identifier(b"another")]),
        ),
        Shape(
            "the key identifier of another CA than the one with an identifier",
            [leaf([LEAF_USAGE, BOTH, w.authority_key_identifier(b"another")])],
            [root(extensions=[w.basic_constraints(True), CA_USAGE, w.subject_key_identifier(b"its own")])],
            openssl=LOST,
            java="does not chain with any of the trust anchors",
            flaw="authority key identifier",
        ),
        Shape(
            "the key identifier of another CA than the one below the root",
            [
                leaf([LEAF_USAGE, BOTH, w.authority_key_identifier(b"another")], issuer=SUB_NAME, signer=rsa(SUB_KEY)),
                sub(extensions=[w.basic_constraints(True), CA_USAGE, w.subject_key_identifier(b"its own")]),
            ],
            [root()],
            openssl=LOST,
            flaw="authority key identifier",
        ),
    ]


def below_sub(name: str, extension: bytes = b"", authority: Sequence[bytes] = (), **vsphere_fault: Any) -> Shape:
    """A leaf of a CA below the site's root, which came with it. extension: one more of the leaf; authority: more of the CA."""
    made = leaf([LEAF_USAGE, BOTH, extension], issuer=SUB_NAME, signer=rsa(SUB_KEY))
    return Shape(name, [made, sub(extensions=[w.basic_constraints(True), CA_USAGE, *authority])], [root()], **vsphere_fault)


def key_identifiers() -> list[Shape]:
    """The CA above by its serial number and issuer, as OpenSSL writes it on demand: it is another one once that CA is renewed with its key."""
    right, other, serial = b"its own", w.name((w.CN, w.utf8("Other Root"))), 0x1234567812345678
    known = [w.basic_constraints(True), CA_USAGE, w.subject_key_identifier(right)]
    neither = {
        "openssl": LOST,
        "java": "does not chain with any of the trust anchors",
        "flaw": "neither OpenSSL (vCenter) nor Java",
    }
    openssl = {"openssl": LOST, "flaw": "authority key identifier is not that of"}
    wrong = w.authority_key_identifier(right, issuer=ROOT_NAME, serial=5)
    of_other = w.authority_key_identifier(right, issuer=other, serial=serial)
    return [
        by_root("serial number of the CA", leaf([LEAF_USAGE, BOTH, w.authority_key_identifier(issuer=ROOT_NAME, serial=serial)])),
        Shape("another serial number of the CA", [leaf([LEAF_USAGE, BOTH, wrong])], [root(extensions=known)], **neither),
        Shape("another issuer of the CA", [leaf([LEAF_USAGE, BOTH, of_other])], [root(extensions=known)], **openssl),
        below_sub("another serial number of the CA below the root", wrong, known[2:], **openssl),
        Shape("a renewed CA, by its serial number", [leaf([LEAF_USAGE, BOTH, wrong])], [root(), root(serial=5)]),
        Shape("a renewed CA, of which the old one has ended", [leaf()], [root(ends=NOW - DAY, serial=7), root()]),
    ]


def limits() -> list[Shape]:
    """What a CA may not do, which Java does not look at in a root that it trusts."""
    by_openssl, by_both = "so that OpenSSL (vCenter) refuses", "so that OpenSSL (vCenter) and Java (SPS) refuse it"
    excluded = {"openssl": "excluded subtree violation", "java": "name constraints check failed", "flaw": by_both}
    not_permitted = {**excluded, "openssl": "permitted subtree violation"}
    site, company = w.directory_name(w.name((w.O, w.utf8("SITE & sons")))), w.directory_name(w.name((w.O, w.utf8("Other"))))
    elsewhere = w.network(bytes([10, 0, 0, 0]), bytes([255, 0, 0, 0]))
    here = w.network(bytes([192, 0, 2, 0]), bytes([255, 255, 255, 0]))
    no_example = w.name_constraints(excluded=[w.dns_name(".example.com")])
    with_address = w.alternative_names(addresses=[PACKED])
    constrained = [w.basic_constraints(True), CA_USAGE]
    at_root = [root(extensions=[*constrained, no_example])]
    below = leaf(issuer=SUB_NAME, signer=rsa(SUB_KEY))
    return [
        Shape("a root that has ended", [leaf()], [root(ends=NOW - DAY)], openssl="certificate has expired", flaw=by_openssl),
        Shape(
            *("a CA below the root that has ended", [below, sub(ends=NOW - DAY)], [root()]),
            openssl="certificate has expired",
            java="validity check failed",
            flaw="which stands above it, is not valid now",
        ),
        Shape(
            *("a root that may have no CA below it", [below, sub()], [root(extensions=[w.basic_constraints(True, 0), CA_USAGE])]),
            openssl="path length constraint exceeded",
            flaw="no more than 0 CAs below it, so that OpenSSL (vCenter) refuses",
        ),
        Shape("names that a root may not issue for", [leaf()], at_root, openssl="excluded subtree violation", flaw=by_openssl),
        below_sub("names that a CA may not issue for", authority=[no_example], **excluded),
        below_sub(
            "names that a CA may issue for",
            authority=[w.name_constraints(permitted=[w.dns_name("EXAMPLE.com"), site, elsewhere])],
        ),
        below_sub(
            "other names than a CA may issue for",
            authority=[w.name_constraints(permitted=[w.dns_name("other.org")])],
            **not_permitted,
        ),
        below_sub("subjects that a CA may not issue for", authority=[w.name_constraints(excluded=[site])], **excluded),
        below_sub("other subjects than a CA may issue for", authority=[w.name_constraints(permitted=[company])], **not_permitted),
        Shape(
            "a common name that a CA may not issue for",
            [leaf(names=b"", issuer=SUB_NAME, signer=rsa(SUB_KEY)), sub(extensions=[*constrained, no_example])],
            [root()],
            **excluded,
        ),
        *(
            Shape(
                f"address {what}",
                [
                    leaf(names=with_address, common=(ADDRESS,), issuer=SUB_NAME, signer=rsa(SUB_KEY)),
                    sub(extensions=[*constrained, constraints]),
                ],
                [root()],
                host=ADDRESS,
                **verdict,
            )
            for what, constraints, verdict in (
                ("that a CA may issue for", w.name_constraints(permitted=[here, elsewhere]), {}),
                ("that a CA may not issue for", w.name_constraints(excluded=[here]), excluded),
                ("other than a CA may issue for", w.name_constraints(permitted=[elsewhere]), not_permitted),
            )
        ),
        Shape(
            *("nothing in the subject that a CA may not issue for", [leaf(issuer=SUB_NAME, signer=rsa(SUB_KEY), **NO_SUBJECT)]),
            [sub(extensions=[*constrained, w.name_constraints(permitted=[company])])],
            notes=["it has no common name, which vSphere's guides ask for"],
        ),
    ]


def signatures() -> list[Shape]:
    """Algorithms."""
    below = leaf(issuer=SUB_NAME, signer=rsa(SUB_KEY))
    weak: Any = key("RSA 1024", 0)
    curved: Any = key("EC 256", 43)
    edwards: Any = key("Ed25519", 44)
    return [
        by_root("SHA-1", leaf(signed_with=w.SHA1), flaw="it is signed with SHA-1, which ESXi does not take"),
        Shape(
            "SHA-1 in the chain",
            [below, sub(signed_with=w.SHA1)],
            [root()],
            flaw="is signed with SHA-1, which vSphere does not take",
        ),
        Shape("SHA-1 of the root itself", [below, sub()], [root(signed_with=w.SHA1)]),
        by_root("MD5", leaf(signed_with=w.MD5), java="MD5withRSA", flaw="is made with MD5, which Java (SPS) refuses"),
        by_root("RSASSA-PSS", leaf(signed_with=w.PSS), flaw="it is signed with RSASSA-PSS, which ESXi does not take"),
        by_root("RSA 1024", leaf(private=weak), flaw="its RSA key has 1024 bits"),
        by_root("EC key", leaf(private=key("EC 256", 0))),
        Shape("EC root", [leaf(signer=curved)], [root(private=curved)]),
        Shape(
            "EC root with SHA-1",
            [leaf(signer=curved, signed_with=w.SHA1)],
            [root(private=curved)],
            flaw="it is signed with SHA-1, which ESXi does not take",
        ),
        Shape("Ed25519 root", [leaf(signer=edwards)], [root(private=edwards)]),
    ]


def values() -> list[Shape]:
    """Numbers, dates and encodings."""
    refused = "cryptography"
    return [
        by_root("serial number below zero", leaf(serial=-0x6DCBA988)),
        by_root("serial number zero", leaf(serial=0)),
        by_root("valid beyond 2050", leaf(ends=datetime(2061, 1, 1, tzinfo=timezone.utc))),
        Shape(
            "CA and leaf until 9999",
            [leaf(ends=datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc))],
            [root()],
        ),
        by_root(
            *("not valid yet", leaf(begins=NOW + DAY)),
            openssl="not yet valid",
            java="NotBefore",
            flaw="it is not valid before",
        ),
        by_root(
            "basic constraints with their default", leaf([w.basic_constraints(False, explicit=True)]), flaw=refused, reads=False
        ),
        by_root(
            *("criticality with its default", leaf([w.extension("2.5.29.15", bytes.fromhex("030205a0"), critical=False)])),
            flaw=refused,
            reads=False,
        ),
        by_root(
            *(
                "PrintableString with what it cannot have",
                leaf(subject=w.name((w.O, w.printable("R&D_Corp")), (w.CN, w.utf8(HOST)))),
            ),
            flaw=refused,
            reads=False,
        ),
        by_root(
            *("UTF-8 that is none", leaf(subject=w.name((w.O, w.wrong_utf8("Müller")), (w.CN, w.utf8(HOST))))),
            openssl="unable to load certificate",
            flaw="the name of its subject is said to be in UTF-8 and is not, so that OpenSSL (vCenter) does not read it",
        ),
        named_alike(
            *("UTF-8 of the issuer that is none", w.name((w.O, w.wrong_utf8("Müller"))), w.name((w.O, w.wrong_utf8("Müller")))),
            openssl="store routines",
            flaw="the name of its issuer is said to be in UTF-8 and is not, so that OpenSSL (vCenter) does not read it",
        ),
        by_root(
            "ASCII that is none", leaf(subject=w.name((w.EMAIL, w.tlv(0x16, "müller@x".encode("latin-1"))), (w.CN, w.utf8(HOST))))
        ),
        by_root(
            "TeletexString beside the common name",
            leaf(subject=w.name((w.O, w.t61("Müller AG")), (w.CN, w.utf8(HOST))), names=b""),
        ),
        by_root(
            "strings that nobody writes any more", leaf(subject=w.name((w.O, UNIVERSAL), (w.OU, NUMERIC), (w.CN, w.utf8(HOST))))
        ),
        by_root(
            *("empty subject", leaf(subject=w.name())),
            java="SubjectAlternativeName extension MUST be marked critical",
            flaw="not critical, so that Java (SPS) does not read it",
        ),
        by_root(
            *("empty subject, and a critical alternative name", leaf(**NO_SUBJECT)),
            notes=["it has no common name, which vSphere's guides ask for"],
        ),
        by_root("a longer serial number than is allowed", leaf(serial=2**165 + 5)),
        by_root(
            *("address of nine bytes", leaf(names=w.alternative_names(dns=[HOST], addresses=[b"192.0.2.7"]))),
            flaw=refused,
            reads=False,
        ),
        by_root(
            "of version 1",
            w.certificate(w.name((w.CN, w.utf8(HOST))), ROOT_NAME, rsa(LEAF_KEY), rsa(ROOT_KEY), NOW - DAY, NOW + 700 * DAY),
            flaw="version 1",
        ),
    ]


def names() -> list[Shape]:
    """How a certificate names its host."""
    no_match = "No name matching"
    mismatch = "hostname mismatch"
    no_address = {"openssl": "IP address mismatch", "host": ADDRESS}
    underscored = "esx_01.example.com"
    return [
        by_root("the host in another case", leaf(names=w.alternative_names(dns=[HOST.upper()]))),
        by_root("common name only", leaf(names=b"")),
        by_root("DNS name only", leaf(common=()), notes=["it has no common name, which vSphere's guides ask for"]),
        by_root(
            "another common name",
            leaf(common=("esx99.example.com",)),
            flaw="its common name is esx99.example.com, and vSphere wants",
        ),
        by_root("address beside the common name", leaf(names=w.alternative_names(addresses=[PACKED]))),
        by_root(
            *("several common names", leaf(names=b"", common=(HOST, "esx99.example.com"))),
            java=no_match,
            flaw="of which Java (SPS) looks at one only",
        ),
        by_root("several common names, and a DNS name", leaf(common=(HOST, "esx99.example.com"))),
        by_root(
            *("DNS name with a dot at its end", leaf(names=w.alternative_names(dns=[f"{HOST}."]))),
            openssl=mismatch,
            java=no_match.replace("name", "subject alternative DNS name"),
            flaw="its DNS name ends with a dot, with which neither OpenSSL (vCenter) nor Java (SPS)",
        ),
        by_root("wildcard", leaf(names=w.alternative_names(dns=["*.example.com"])), flaw="vSphere takes no wildcard"),
        by_root(
            *("another host", leaf(names=w.alternative_names(dns=["esx99.example.com"]))),
            openssl=mismatch,
            java="No subject alternative DNS name matching",
            flaw=f"it is for esx99.example.com and not for {HOST}",
        ),
        by_root(
            *("common name of another host only", leaf(names=b"", common=("esx99.example.com",))),
            openssl=mismatch,
            java=no_match,
            flaw=f"it is for esx99.example.com and not for {HOST}",
        ),
        by_root(
            *("address of another host only", leaf(names=w.alternative_names(addresses=[bytes([192, 0, 2, 8])]), common=())),
            **no_address,
            java="No subject alternative names matching IP address",
            flaw=f"it is for 192.0.2.8 and not for {ADDRESS}",
        ),
        by_root(
            *("underscore", leaf(names=w.alternative_names(dns=[underscored]), common=(underscored,))),
            host=underscored,
            java="Illegal given domain name",
            flaw="has an underscore, so that Java (SPS) takes no certificate",
        ),
        by_root("address", leaf(names=w.alternative_names(addresses=[PACKED]), common=(ADDRESS,)), host=ADDRESS),
        by_root(
            *("address as a DNS name", leaf(names=w.alternative_names(dns=[ADDRESS]), common=(ADDRESS,))),
            **no_address,
            java="No subject alternative names matching IP address",
            flaw="as a DNS name, which neither OpenSSL (vCenter) nor Java (SPS) takes for an address",
        ),
        by_root(
            *("address as the common name", leaf(names=b"", common=(ADDRESS,))),
            **no_address,
            java="No subject alternative names",
            flaw="as its common name only, where neither OpenSSL (vCenter) nor Java (SPS) looks",
        ),
        by_root(
            *("address of another", leaf(names=w.alternative_names(addresses=[bytes([192, 0, 2, 8])]), common=(ADDRESS,))),
            **no_address,
            java="No subject alternative names matching IP address",
            flaw=f"it is for 192.0.2.8 and not for {ADDRESS}",
        ),
    ]


def usages() -> list[Shape]:
    """What a certificate may be used for."""
    lacks = ["its extended key usage lacks clientAuth, with which a host shows itself to others"]
    points = w.sequence(w.sequence(w.tlv(0xA0, w.tlv(0xA0, w.tlv(0x86, b"http://ca.example.com/crl")))))
    return [
        by_root("no usages", leaf([])),
        by_root("server only", leaf([LEAF_USAGE, w.extended_key_usage(SERVER)]), notes=lacks),
        by_root(
            *("no digital signature", leaf([w.key_usage(2), BOTH])),
            java="digital signatures",
            flaw="lacks digitalSignature, without which Java (SPS) refuses it",
        ),
        by_root(
            *("any extended usage alone", leaf([LEAF_USAGE, w.extended_key_usage(ANY)])),
            openssl="unsuitable certificate purpose",
            flaw="anyExtendedKeyUsage without serverAuth, which OpenSSL (vCenter) refuses",
        ),
        by_root("any extended usage too", leaf([LEAF_USAGE, w.extended_key_usage(ANY, SERVER, CLIENT)])),
        by_root(
            *("client only", leaf([LEAF_USAGE, w.extended_key_usage(CLIENT)])),
            openssl="unsuitable certificate purpose",
            java="Extended key usage does not permit use for TLS server authentication",
            flaw="its extended key usage does not allow a TLS server",
        ),
        by_root(
            *("unknown critical extension", leaf([LEAF_USAGE, BOTH, w.extension("1.2.3.4.5", b"\x05\x00", critical=True)])),
            openssl="unhandled critical extension",
            java="unrecognized critical extension",
            flaw="it has a critical extension",
        ),
        by_root(
            *("critical revocation lists", leaf([LEAF_USAGE, BOTH, w.extension("2.5.29.31", points, critical=True)])),
            java="unrecognized critical extension",
            flaw="it has a critical extension (2.5.29.31) that Java (SPS) does not know",
        ),
        by_root(
            "critical policies",
            leaf([LEAF_USAGE, BOTH, w.extension("2.5.29.32", w.sequence(w.sequence(w.oid("2.5.29.32.0"))), True)]),
        ),
    ]


@cache
def every_shape() -> tuple[Shape, ...]:
    """All of them."""
    return (*vmca(), *issuers(), *key_identifiers(), *limits(), *signatures(), *values(), *names(), *usages())
