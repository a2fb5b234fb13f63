# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names for which a CA may issue (RFC 5280, section 4.2.1.10): of a host's certificate the DNS names, the addresses and the subject."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Iterable, Optional

from . import distinguished_name
from .certificate import Certificate, alternative_names_of, common_names_of, load
from .der import names_in, values
from .x509_library import x509


def forbidden(leaf: Certificate, authority: Certificate) -> Optional[str]:
    """A name of a certificate for which a CA above it may not issue; None where there is none. Needs their der."""
    try:
        limits = load(authority).extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return None
    loaded = load(leaf)
    dns, addresses = alternative_names_of(loaded)
    # As OpenSSL and Java do it: where there is no DNS name the common name is taken for one.
    for name in dns or common_names_of(loaded):
        within = [one.value for one in limits.permitted_subtrees or () if isinstance(one, x509.DNSName)]
        without = [one.value for one in limits.excluded_subtrees or () if isinstance(one, x509.DNSName)]
        if any(_is_below(name, one) for one in without) or (within and not any(_is_below(name, one) for one in within)):
            return name
    for address in addresses:
        allowed = [one.value for one in limits.permitted_subtrees or () if isinstance(one, x509.IPAddress)]
        excluded = [one.value for one in limits.excluded_subtrees or () if isinstance(one, x509.IPAddress)]
        if _is_in(address, excluded) or (allowed and not _is_in(address, allowed)):
            return address
    return _forbidden_subject(leaf, limits)


def _is_below(name: str, base: str) -> bool:
    """Whether a DNS name is a base or below it."""
    name, base = name.lower(), base.lower().lstrip(".")
    return not base or name == base or name.endswith(f".{base}")


def _is_in(address: str, networks: Iterable[object]) -> bool:
    return any(ip_address(address) in network for network in networks)  # type: ignore[operator]


def _forbidden_subject(leaf: Certificate, limits: x509.NameConstraints) -> Optional[str]:
    subject = distinguished_name.comparable(names_in(leaf.der).subject)
    if not subject:
        return None

    def begins_with(base: x509.Name) -> bool:
        begins = distinguished_name.comparable(next(values(base.public_bytes())).content)
        return subject[: len(begins)] == begins

    within = [one.value for one in limits.permitted_subtrees or () if isinstance(one, x509.DirectoryName)]
    without = [one.value for one in limits.excluded_subtrees or () if isinstance(one, x509.DirectoryName)]
    refused = any(map(begins_with, without)) or (within and not any(map(begins_with, within)))
    return leaf.subject if refused else None
