# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/api/vcenter/certificate-management/vcenter"""

from __future__ import annotations

import re
from typing import Any

from cryptography import x509

from ..pki.certificate import Certificate
from ..server.http import Response
from .answers import not_found, reply
from .router import RestCall, route

PREFIX = "/api/vcenter/certificate-management/vcenter"


@route("GET", f"{PREFIX}/tls")
def tls(call: RestCall) -> Response:
    """vCenter's own certificate, in the spelling of a real vCenter's answer (in the tests of a public client)."""
    certificate = call.vcenter.trust.machine_ssl
    return reply(
        {
            "version": 3,
            "serial_number": f"{certificate.x509.serial_number:x}",
            "signature_algorithm": "SHA256WITHRSA",
            "issuer_dn": _name(certificate.issuer),
            "valid_from": certificate.not_before.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "valid_to": certificate.not_after.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "subject_dn": _name(certificate.subject),
            "thumbprint": certificate.sha1_thumbprint.replace(":", ""),
            "is_CA": False,
            "path_length_constraint": -1,
            "key_usage": _usages(certificate),
            "extended_key_usage": [""],
            "subject_alternative_name": sorted(certificate.names),
            "authority_information_access_uri": _places(certificate),
            "cert": certificate.pem,
        }
    )


@route("GET", f"{PREFIX}/trusted-root-chains")
def chains(call: RestCall) -> Response:
    """The ids of all trusted chains."""
    return reply([{"chain": _identifier(root)} for root in call.vcenter.trusted_roots])


@route("GET", f"{PREFIX}/trusted-root-chains/{{chain}}")
def chain(call: RestCall) -> Response:
    """One trusted chain."""
    for root in call.vcenter.trusted_roots:
        if _identifier(root) == call.parameters["chain"].upper():
            return reply({"cert_chain": {"cert_chain": root.chain}})
    raise not_found(f"The chain {call.parameters['chain']}")


@route("GET", f"{PREFIX}/signing-certificate")
def signing(call: RestCall) -> Response:
    """What tokens are signed with."""
    certificates: dict[str, Any] = {"cert_chain": [call.vcenter.trust.signing.pem, *call.vcenter.trust.vmca.certificate.chain]}
    return reply({"active_cert_chain": certificates, "signing_cert_chains": [certificates]})


def _identifier(root: Certificate) -> str:
    """vCenter knows a root by its subject key identifier."""
    return root.x509.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex().upper()


def _name(distinguished: str) -> str:
    """A name from its end to its beginning, with a space behind each comma."""
    return re.sub(r"(?<!\\),", ", ", distinguished)


def _usages(certificate: Certificate) -> list[str]:
    usage = certificate.x509.extensions.get_extension_for_class(x509.KeyUsage).value
    bits = {
        "digitalSignature": usage.digital_signature,
        "keyEncipherment": usage.key_encipherment,
        "keyAgreement": usage.key_agreement,
    }
    return [name for name, there in bits.items() if there]


def _places(certificate: Certificate) -> list[str]:
    try:
        found = certificate.x509.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    return [f"URIName: {one.access_location.value}" for one in found]
