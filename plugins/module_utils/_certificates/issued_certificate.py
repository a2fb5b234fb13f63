# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator's CA made of a host's request: whether the host may be given it.

Nothing that a CA returns is taken on trust: a certificate that names another host, has another key or leads to no root of vCenter's would
leave the host without vCenter, or its provider without SPS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Mapping, Optional, Sequence

from .._common import notice, times
from . import authority_key, distinguished_name, trust
from .authority_key import JAVA, OPENSSL
from .certificate import Certificate, CertificateError, common_names_of, holds_private_key, load, parse, to_pem
from .der import names_in
from .host_naming import Naming
from .name_constraints import forbidden
from .request import CertificateRequest, public_key_sha256
from .signature import BROKEN
from .x509_library import ExtendedKeyUsageOID, SignatureAlgorithmOID, x509

_PEM = re.compile("-----BEGIN (X509 )?CERTIFICATE-----.+?-----END (X509 )?CERTIFICATE-----", re.DOTALL)
# A leaf, a root and the CAs between them: more is no chain but a bundle.
MOST_CERTIFICATES = 10
# What ESXi does not take ("Requirements for ESXi Certificate Signing Requests for Custom Certificates", vSphere 8 Security).
_REFUSED_SIGNATURES = {
    SignatureAlgorithmOID.RSA_WITH_MD5: "MD5",
    SignatureAlgorithmOID.RSA_WITH_SHA1: "SHA-1",
    SignatureAlgorithmOID.ECDSA_WITH_SHA1: "SHA-1",
    SignatureAlgorithmOID.DSA_WITH_SHA1: "SHA-1",
    SignatureAlgorithmOID.RSASSA_PSS: "RSASSA-PSS",
}

# The extensions that may be critical, since OpenSSL and Java process them: whoever does not has to refuse. Basic constraints, key usage,
# extended key usage, alternative name, name constraints, and four of policies.
_UNDERSTOOD = frozenset(f"2.5.29.{number}" for number in (19, 15, 37, 17, 30, 32, 33, 36, 54))
_REVOCATION_LISTS = "2.5.29.31"
_ALTERNATIVE_NAME = "2.5.29.17"


@dataclass(frozen=True)
class IssuedCertificate:
    """A host's certificate, and the certificates that came with it."""

    leaf: Certificate
    others: tuple[Certificate, ...] = ()


@dataclass(frozen=True)
class Terms:
    """What a certificate is measured by: the host's request and name, its certificate until now, vCenter's trusted roots, the time.

    unavailable_roots: the names of those trusted roots that cannot be read here, each with the reason.
    """

    request: CertificateRequest
    esxi_host: str
    before: Optional[Certificate]
    roots: Sequence[Certificate]
    renew_before_days: float
    now: datetime
    unavailable_roots: Mapping[str, str] = field(default_factory=dict)

    def has_ended(self, authority: Certificate) -> bool:
        """Whether a CA's certificate is not valid now."""
        return not authority.sound_at(self.now)


def read_issued_certificate(text: str, request: CertificateRequest) -> IssuedCertificate:
    """The certificate of a request, and what came with it, in whichever order. Raises CertificateError for what is none."""
    if holds_private_key(text):
        raise CertificateError("it holds a private key, which nobody may have but the host")
    found = [parse(pem.group()) for pem in _PEM.finditer(text)]
    if not found:
        raise CertificateError("it is not a PEM certificate")
    if len(found) > MOST_CERTIFICATES:
        raise CertificateError(f"it holds {len(found)} certificates, more than the {MOST_CERTIFICATES} of any chain")
    leaf = next((one for one in found if public_key_sha256(one) == request.public_key_sha256), found[0])
    return IssuedCertificate(leaf, tuple(one for one in found if not one.same_as(leaf)))


def path_to_root(signed: IssuedCertificate, roots: Sequence[Certificate]) -> Optional[tuple[Certificate, ...]]:
    """The certificates above a leaf, the trusted root last; None where they lead to none of the roots."""
    path, root = _climb(signed, roots)
    return (*path, root) if root is not None else None


def _climb(signed: IssuedCertificate, roots: Sequence[Certificate]) -> tuple[list[Certificate], Optional[Certificate]]:
    """The certificates above a leaf as far as they came with it, and the trusted root that they lead to; None where it is none."""
    path: list[Certificate] = []
    current = signed.leaf
    left = list(signed.others)
    while (root := _issuer_of(current, roots)) is None:
        above = _issuer_of(current, left)
        if above is None:
            return path, None
        left = [one for one in left if not one.same_as(above)]
        path.append(above)
        current = above
    return path, root


def _issuer_of(certificate: Certificate, authorities: Sequence[Certificate]) -> Optional[Certificate]:
    """The CA that signed it; of several with that key, as after a CA was renewed, the first that its authority key identifier means."""
    signers = [one for one in authorities if trust.issuer_of(certificate, [one]) is not None]
    return next(
        (one for one in signers if not authority_key.refused_by(certificate, one, anchor=True)), signers[0] if signers else None
    )


def to_install(signed: IssuedCertificate, roots: Sequence[Certificate]) -> str:
    """What the host is given: its certificate, followed by those that lead to a trusted root and are not themselves trusted."""
    path = path_to_root(signed, roots) or ()
    return "".join(to_pem(one) for one in (signed.leaf, *path[:-1]))


def flaws(signed: IssuedCertificate, terms: Terms) -> list[str]:
    """What is wrong with a certificate for this host; nothing where the host may be given it."""
    leaf = signed.leaf
    found = []
    if public_key_sha256(leaf) != terms.request.public_key_sha256:
        found.append("its public key is not that of the host's request")
    loaded = load(leaf)
    found += trust.date_problems(leaf, terms.now)
    found += Naming.of(loaded).flaws(terms.esxi_host)
    found += trust.usage_problems(loaded)
    found += _unread(leaf, loaded)
    found += _unfit(loaded)
    found += _chain_flaws(signed, terms)
    if terms.before is not None and terms.before.issuer == leaf.issuer and leaf.expires_at < terms.before.expires_at:
        found.append(f"it expires on {leaf.expires_at:%Y-%m-%d}, before the one that the host has")
    elif terms.now < leaf.expires_at and times.ends_within(leaf.expires_at, terms.renew_before_days, terms.now):
        found.append(
            f"it expires on {leaf.expires_at:%Y-%m-%d}, and what expires within {terms.renew_before_days:g} days is to be renewed: every run"
            " would renew it"
        )
    return found


def _chain_flaws(signed: IssuedCertificate, terms: Terms) -> list[str]:
    between, root = _climb(signed, sorted(terms.roots, key=terms.has_ended))
    if root is None:
        return [_why_no_root(signed, between, terms)]
    path = [*between, root]
    # Java takes a root that it trusts for what it is, whatever its dates and limits are.
    only = {id(root): f", so that {OPENSSL} refuses what it issues"}
    found = [
        f"{one.subject}, which stands above it, is not valid now{only.get(id(one), '')}" for one in path if terms.has_ended(one)
    ]
    for one in between:
        refused = _REFUSED_SIGNATURES.get(load(one).signature_algorithm_oid)
        if refused:
            found.append(
                f"{one.subject}, which stands above it, is signed with {refused}, which vSphere does not take: have your CA renew it"
            )
    for one in path:
        if not _purposes(load(one)) >= {ExtendedKeyUsageOID.SERVER_AUTH}:
            found.append(
                f"{one.subject}, which stands above it, has an extended key usage without serverAuth, so that {OPENSSL} refuses what it"
                " issues for a TLS server: have it issued by another CA"
            )
        name = forbidden(signed.leaf, one)
        if name is not None:
            who = OPENSSL if one is root else f"{OPENSSL} and {JAVA}"
            refuses = f"{who} refuse{'s' if one is root else ''} it"
            found.append(
                f"{one.subject}, which stands above it, may not issue for {name} (its name constraints), so that {refuses}: have it issued by"
                " another CA"
            )
    for under, above in zip((signed.leaf, *path), path, strict=False):
        found += _misled(under, above, anchor=above is root)
    for below, one in enumerate(path):
        longest = _path_length(load(one))
        if longest is not None and below > longest:
            found.append(
                f"{one.subject}, which stands above it, may have no more than {longest} CAs below it{only.get(id(one), '')}"
            )
    return found


def _why_no_root(signed: IssuedCertificate, between: Sequence[Certificate], terms: Terms) -> str:
    top = between[-1] if between else signed.leaf
    algorithm = trust.unverifiable(top, (*signed.others, *terms.roots))
    if algorithm in BROKEN:
        return f"the signature of {top.subject} is made with {algorithm}, which {JAVA} refuses, so that it is not verified here: have your CA use SHA-256"
    if algorithm is not None:
        return f"the signature of {top.subject} cannot be verified here: {algorithm}"
    for name, reason in terms.unavailable_roots.items():
        if distinguished_name.same_words(name, top.issuer):
            return f"it leads to {name}, a trusted root of vCenter's that cannot be read here ({reason}), so that it cannot be verified"
    return f"it leads to none of vCenter's trusted roots, so that SPS would not trust it (it was issued by {signed.leaf.issuer})"


def _misled(below: Certificate, above: Certificate, *, anchor: bool) -> list[str]:
    """Why somebody would not find the CA that stands above a certificate, though its key made the signature."""
    found = []
    refusing = distinguished_name.refused_by(names_in(below.der).issuer, names_in(above.der).subject)
    if refusing:
        found.append(
            f"it spells its issuer in another way than {above.subject} spells itself, so that {' and '.join(refusing)} does not find that: have"
            " your CA write the name as it stands in its own certificate"
        )
    who = authority_key.refused_by(below, above, anchor=anchor)
    if who:
        finds = f"neither {' nor '.join(who)} finds" if len(who) > 1 else f"{who[0]} does not find"
        found.append(f"its authority key identifier is not that of {above.subject}, so that {finds} that: have your CA correct it")
    return found


def _purposes(loaded: x509.Certificate) -> set[x509.ObjectIdentifier]:
    """What a certificate's extended key usage allows; a TLS server where it has none, which allows everything."""
    try:
        return set(loaded.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}


def notices(signed: IssuedCertificate) -> list[str]:
    """What is worth knowing of a certificate without flaws."""
    found = []
    loaded = load(signed.leaf)
    if ExtendedKeyUsageOID.CLIENT_AUTH not in _purposes(loaded):
        found.append(notice.NO_CLIENT_AUTH.of())
    if not common_names_of(loaded):
        found.append(notice.NO_COMMON_NAME.of())
    return found


def _path_length(authority: x509.Certificate) -> Optional[int]:
    try:
        return authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    except x509.ExtensionNotFound:
        return None


def _unread(leaf: Certificate, loaded: x509.Certificate) -> list[str]:
    """What somebody cannot even read that cryptography reads."""
    found, own = [], names_in(leaf.der)
    for what, name in (("subject", own.subject), ("issuer", own.issuer)):
        if distinguished_name.has_broken_text(name):
            found.append(
                f"the name of its {what} is said to be in UTF-8 and is not, so that {OPENSSL} does not read it: have your CA write the name right"
            )
    if not own.subject and not any(one.critical for one in loaded.extensions if one.oid.dotted_string == _ALTERNATIVE_NAME):
        found.append(
            f"its subject is empty and its subject alternative name not critical, so that {JAVA} does not read it: have your CA keep the subject"
            " of the request"
        )
    return found


def _unfit(loaded: x509.Certificate) -> list[str]:
    found = []
    refused = _REFUSED_SIGNATURES.get(loaded.signature_algorithm_oid)
    if refused:
        found.append(f"it is signed with {refused}, which ESXi does not take")
    if loaded.version != x509.Version.v3:
        found.append("it is an X.509 certificate of version 1, and vSphere takes version 3 only")
    try:
        if not loaded.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
            found.append("its key usage lacks digitalSignature, without which Java (SPS) refuses it: have your CA add it")
    except x509.ExtensionNotFound:
        pass
    purposes = _purposes(loaded)
    if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes and ExtendedKeyUsageOID.SERVER_AUTH not in purposes:
        found.append(
            "its extended key usage is anyExtendedKeyUsage without serverAuth, which OpenSSL (vCenter) refuses: have your CA add serverAuth"
        )
    for one in loaded.extensions:
        oid = one.oid.dotted_string
        if one.critical and oid not in _UNDERSTOOD:
            who = "Java (SPS) does not know" if oid == _REVOCATION_LISTS else "neither OpenSSL (vCenter) nor Java (SPS) knows"
            found.append(f"it has a critical extension ({oid}) that {who}: have your CA leave it out, or not mark it critical")
    try:
        if loaded.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            found.append("it is the certificate of a CA")
    except x509.ExtensionNotFound:
        pass
    return found
