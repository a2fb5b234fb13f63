# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificate and key that an ESXi host keeps, and the name that it goes by: whether they are what they should be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Optional, Sequence

from .._common import names
from . import trust
from .certificate import Certificate, CertificateError, parse

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LONGEST_NAME = 253


@dataclass(frozen=True)
class HostPair:
    """What was read of rui.crt and rui.key. The key itself is never read: only whether it is whole, and its modulus.

    certificate_problem and key_problem are None where the file is whole.
    """

    certificate: Optional[Certificate]
    certificate_problem: Optional[str]
    certificate_modulus: Optional[str]
    key_modulus: Optional[str]
    key_problem: Optional[str]

    @classmethod
    def read(
        cls, text: Optional[str], certificate_modulus: Optional[str], key_modulus: Optional[str], key_problem: Optional[str]
    ) -> HostPair:
        """The pair from the text of rui.crt (None: there is none) and what openssl said on the host."""
        certificate, problem = _certificate(text)
        return cls(certificate, problem, certificate_modulus, key_modulus, key_problem)

    @property
    def whole(self) -> bool:
        """Whether both files are there, can be read and belong together."""
        return not self.broken()

    def shows_the_same_as(self, other: HostPair) -> bool:
        """Whether both have one and the same certificate."""
        own, others = self.certificate, other.certificate
        return own is not None and others is not None and own.same_as(others)

    def broken(self) -> list[str]:
        """What keeps the host's daemons from using the pair; nothing where they can."""
        found = []
        if self.certificate_problem:
            found.append(f"rui.crt cannot be used: {self.certificate_problem}")
        if self.key_problem:
            found.append(f"rui.key cannot be used: {self.key_problem}")
        if not found and (not self.key_modulus or self.key_modulus != self.certificate_modulus):
            found.append("rui.key does not belong to rui.crt")
        return found

    def unsound(self, host_names: Sequence[str], now: datetime) -> list[str]:
        """What is wrong with the pair as the new one of a host of these names. now is the host's own time."""
        found = self.broken()
        if self.certificate is not None:
            if not self.certificate.key.startswith("RSA"):
                found.append(f"its key is {self.certificate.key} and not RSA, which vSphere demands of a host")
            found += trust.soundness(self.certificate, host_names=host_names, now=now)
        return found


def _certificate(text: Optional[str]) -> tuple[Optional[Certificate], Optional[str]]:
    if text is None:
        return None, "it is missing"
    if "-----BEGIN CERTIFICATE-----" not in text:
        return None, "it is empty" if not text.strip() else "it is not a PEM certificate"
    try:
        return parse(text), None
    except CertificateError as error:
        return None, str(error)


def name_problem(configured: str) -> Optional[str]:
    """Why a host's configured name must not go into a certificate; None where it may.

    /sbin/generate-certificates writes it as the subject: a host that was never named gets localhost.localdomain.
    """
    name = names.normalise(configured)
    if not name:
        return "it has no configured name"
    if name == "localhost" or name.startswith("localhost."):
        return f"it was never named (its configured name is {configured.strip()})"
    if names.as_address(name) is None and (
        len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in name.split("."))
    ):
        return f"its configured name {configured.strip()!r} is not a host name"
    return None


def is_named(configured: str, esxi_host: str, addresses: Sequence[str]) -> bool:
    """Whether a host that goes by this configured name, and has these addresses, is the one that is meant.

    A name without a domain counts as the first label of the other: a host need not be configured with its domain.
    """
    own, meant = names.normalise(configured), names.normalise(esxi_host)
    if names.as_address(meant) is not None:
        return meant in {names.normalise(address) for address in addresses}
    if own == meant:
        return True
    short = "." not in own or "." not in meant
    return short and own.partition(".")[0] == meant.partition(".")[0]
