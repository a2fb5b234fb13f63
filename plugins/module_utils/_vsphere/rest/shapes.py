# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the resources of the vCenter's REST API look like: what is read of them, and what is none."""

from __future__ import annotations

from typing import Any, Optional

from ..._common.printable import printable


def chain_of(value: Any) -> list[str]:
    """The certificates of a chain, in PEM; it may be wrapped once more."""
    members = value.get("cert_chain") if isinstance(value, dict) else value
    return [str(member) for member in members] if isinstance(members, list) else []


def text_of(answer: Any, key: str) -> Optional[str]:
    """A field; None where it is unset."""
    value = answer.get(key) if isinstance(answer, dict) else None
    return None if value is None else str(value)


def shown(answer: Any, key: str) -> Optional[str]:
    """A field for the eye, printable."""
    value = text_of(answer, key)
    return None if value is None else printable(value)


def _has_text(value: Any, key: str) -> bool:
    return isinstance(value, dict) and isinstance(value.get(key), str)


def is_service(value: Any) -> bool:
    """vcenter/services/{service}: each of its fields may be unset."""
    return isinstance(value, dict) and all(
        isinstance(value.get(key, ""), (str, type(None))) for key in ("state", "health", "startup_type")
    )


def is_certificate(value: Any) -> bool:
    """certificate-management/vcenter/tls"""
    return _has_text(value, "cert")


def is_list_of_chains(value: Any) -> bool:
    """certificate-management/vcenter/trusted-root-chains"""
    return isinstance(value, list) and all(isinstance(entry, str) or _has_text(entry, "chain") for entry in value)


def is_chain(value: Any) -> bool:
    """certificate-management/vcenter/trusted-root-chains/{chain}"""
    return isinstance(value, dict) and bool(chain_of(value.get("cert_chain")))


def is_signing_chain(value: Any) -> bool:
    """certificate-management/vcenter/signing-certificate"""
    return isinstance(value, dict) and bool(chain_of(value.get("active_cert_chain")))


def is_list_of_nodes(value: Any) -> bool:
    """topology/nodes"""
    return isinstance(value, list) and all(_has_text(entry, "node") for entry in value)


def is_collection(value: Any) -> bool:
    """A map, which /rest writes as a list of objects with key and value."""
    return isinstance(value, dict) or (isinstance(value, list) and all(isinstance(entry, dict) for entry in value))
