# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who issued a host's certificate, as far as vCenter's trusted roots tell."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost, Served
from ansible_collections.certops.vsphere.plugins.module_utils._operations.issuing import Issuing
from ansible_collections.certops.vsphere.tests.unit.certificates import Authority, authority, installer, make, parsed

VMCA = authority("VMCA", number=1)
CUSTOM = authority("Customer CA", number=3)
IMPORTED = installer(91)
SELF = parsed(make())


def issuer(by: Optional[Authority], vmca: Optional[Authority] = VMCA, roots: Any = (VMCA, CUSTOM, IMPORTED)) -> str:
    """Who is said to have issued a host's certificate, which by did: itself, where that is None."""
    certificate = parsed(make(issuer=by)) if by else SELF
    known = None if roots is None else [one.certificate for one in roots]
    issuing = Issuing(None, known, vmca.certificate if vmca else None)
    # What it serves counts where vCenter shows no record.
    seen = [EsxiHost("h", "1", certificate=certificate), EsxiHost("h", "1", served=Served(certificate))]
    (one,) = {issuing.with_issuer(host).issuer for host in seen}
    return one


@pytest.mark.parametrize(
    ("by", "vsphere_fault"),
    [
        (VMCA, "vmca"),
        (CUSTOM, "other"),
        (authority("Nobody", number=7), "other"),
        (None, "self_signed"),
        (installer(90), "self_signed"),
        (IMPORTED, "other"),
    ],
)
def test_who_issued_a_certificate(by: Optional[Authority], vsphere_fault: str) -> None:
    assert issuer(by) == vsphere_fault


@pytest.mark.parametrize("by", [VMCA, CUSTOM, None, installer(90)])
def test_without_the_roots_nobody_knows(by: Optional[Authority]) -> None:
    assert issuer(by, None, None) == "unknown"


@pytest.mark.parametrize(("by", "vsphere_fault"), [(CUSTOM, "unknown"), (installer(90), "self_signed"), (None, "self_signed")])
def test_where_vmcas_root_cannot_be_told_one_of_any_root_may_be_its(by: Optional[Authority], vsphere_fault: str) -> None:
    assert issuer(by, None) == vsphere_fault


def test_a_host_without_any_certificate_has_no_issuer() -> None:
    assert Issuing(None, [VMCA.certificate], VMCA.certificate).with_issuer(EsxiHost("h", "1")).issuer == "unknown"
