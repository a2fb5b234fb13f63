# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator's CA made of a host's request: whether the host may be given it.

Nothing that a CA returns is taken on trust: a certificate that names another host, has another key or leads to no root of vCenter's would
leave the host without vCenter, or its provider without SPS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional, Sequence

from . import trust
from .certificate import Certificate, CertificateError, holds_private_key, load, parse, to_pem
from .request import CertificateRequest, public_key_sha256
from .x509_library import SignatureAlgorithmOID, x509

_PEM = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
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


@dataclass(frozen=True)
class Signed:
    """A host's certificate, and the certificates that came with it."""

    leaf: Certificate
    others: tuple[Certificate, ...] = ()


@dataclass(frozen=True)
class Terms:
    """What a certificate is measured by: the host's request and name, its certificate until now, vCenter's trusted roots, the time."""

    request: CertificateRequest
    esxi_host: str
    before: Optional[Certificate]
    roots: Sequence[Certificate]
    renew_before_days: float
    now: datetime


def read_signed(text: str, request: CertificateRequest) -> Signed:
    """The certificate of a request, and what came with it, in whichever order. Raises CertificateError for what is none."""
    if holds_private_key(text):
        raise CertificateError("it holds a private key, which nobody may have but the host")
    found = [parse(pem) for pem in _PEM.findall(text)]
    if not found:
        raise CertificateError("it is no certificate in PEM")
    if len(found) > MOST_CERTIFICATES:
        raise CertificateError(f"it holds {len(found)} certificates, more than the {MOST_CERTIFICATES} of any chain")
    leaf = next((one for one in found if public_key_sha256(one) == request.public_key_sha256), found[0])
    return Signed(leaf, tuple(one for one in found if not one.same_as(leaf)))


def path_to_root(signed: Signed, roots: Sequence[Certificate]) -> Optional[tuple[Certificate, ...]]:
    """The certificates above a leaf, the trusted root last; None where they lead to none of the roots."""
    path: list[Certificate] = []
    current = signed.leaf
    left = list(signed.others)
    while (root := trust.issuer_of(current, roots)) is None:
        above = trust.issuer_of(current, left)
        if above is None:
            return None
        left = [one for one in left if not one.same_as(above)]
        path.append(above)
        current = above
    return (*path, root)


def to_install(signed: Signed, roots: Sequence[Certificate]) -> str:
    """What the host is given: its certificate, followed by those that lead to a trusted root and are not themselves trusted."""
    path = path_to_root(signed, roots) or ()
    return "".join(to_pem(one) for one in (signed.leaf, *path[:-1]))


def flaws(signed: Signed, terms: Terms) -> list[str]:
    """What is wrong with a certificate for this host; nothing where the host may be given it."""
    leaf = signed.leaf
    found = []
    if public_key_sha256(leaf) != terms.request.public_key_sha256:
        found.append("its public key is not that of the host's request")
    found += trust.soundness(leaf, host_names=[terms.esxi_host], now=terms.now)
    found += _unfit(load(leaf))
    found += _chain_flaws(signed, terms)
    if terms.before is not None and terms.before.issuer == leaf.issuer and leaf.expires_at < terms.before.expires_at:
        found.append(f"it ends on {leaf.expires_at:%Y-%m-%d}, before the one that the host has")
    elif terms.now < leaf.expires_at <= terms.now + timedelta(days=terms.renew_before_days):
        found.append(
            f"it ends on {leaf.expires_at:%Y-%m-%d}, and what ends within {terms.renew_before_days:g} days is to be renewed: every run"
            " would renew it"
        )
    return found


def _chain_flaws(signed: Signed, terms: Terms) -> list[str]:
    path = path_to_root(signed, terms.roots)
    if path is None:
        return [
            f"it leads to none of vCenter's trusted roots, so that SPS would not believe it (it was issued by {signed.leaf.issuer})"
        ]
    found = [f"{one.subject}, which stands above it, is not valid now" for one in path if not one.sound_at(terms.now)]
    for below, one in enumerate(path):
        longest = _path_length(load(one))
        if longest is not None and below > longest:
            found.append(f"{one.subject}, which stands above it, may have no more than {longest} CAs below it")
    return found


def _path_length(authority: x509.Certificate) -> Optional[int]:
    try:
        return authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    except x509.ExtensionNotFound:
        return None


def _unfit(leaf: x509.Certificate) -> list[str]:
    found = []
    refused = _REFUSED_SIGNATURES.get(leaf.signature_algorithm_oid)
    if refused:
        found.append(f"it is signed with {refused}, which ESXi does not take")
    try:
        if leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            found.append("it is the certificate of a CA")
    except x509.ExtensionNotFound:
        pass
    return found
