# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of trusted CAs of hosts, compared: who trusts SMS, who does not, and what cannot be determined."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.castore import (
    Castore,
    Comparison,
    compare,
    read_castore,
)
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW, authority, make, parsed, pem

VMCA, SITE = authority("VMCA"), authority("Site CA")
SMS = make("sms_self_signed", names=("vc01",), ends=3000)
OWN = make("somebody's own", names=("own",), ends=3000)
OLD_SMS = make("sms_self_signed", names=("vc01",), ends=-1)
ROOTS = (VMCA.made, SITE.made)


def castore(*made: Any, unreadable: tuple[str, ...] = ()) -> Castore:
    """A list of these."""
    return Castore(tuple(parsed(one) for one in made), unreadable)


def compared(
    ill: Castore, *healthy: Castore, major: int = 8, roots: Optional[Sequence[Any]] = ROOTS, vmca_root: Optional[Any] = VMCA.made
) -> Comparison:
    """One list beside those of hosts a, b and so on."""
    return compare(
        ill,
        dict(zip("abc", healthy)),  # noqa: B905  # as many as there are
        major=major,
        roots=None if roots is None else [parsed(one) for one in roots],
        vmca_root=None if vmca_root is None else parsed(vmca_root),
        now=NOW,
    )


WHOLE = castore(*ROOTS, SMS)


def test_a_list_is_read_entry_by_entry() -> None:
    read = read_castore([pem(VMCA.made), "-----BEGIN CERTIFICATE-----", pem(SMS)])
    assert [one.sha256_fingerprint for one in read.certificates] == [parsed(one).sha256_fingerprint for one in (VMCA.made, SMS)]
    assert len(read.unreadable) == 1


def test_who_lacks_what_is_no_trusted_root_and_self_signed_does_not_trust_sms() -> None:
    found = compared(castore(*ROOTS), WHOLE, WHOLE)
    assert (found.trusts, found.missing) == (False, (parsed(SMS),))
    assert found.reason == f"it lacks {parsed(SMS).subject} ({parsed(SMS).sha256_fingerprint}), which a and b trust"


def test_who_has_it_does() -> None:
    assert compared(WHOLE, WHOLE) == Comparison(True, "it trusts what a trust SMS by")


def test_what_only_one_of_the_others_has_is_nothing_of_smss() -> None:
    assert compared(WHOLE, castore(*ROOTS, SMS, OWN), castore(*ROOTS, SMS)).trusts is True


def test_what_is_over_is_not_needed() -> None:
    assert compared(WHOLE, castore(*ROOTS, OLD_SMS, SMS)).trusts is True


@pytest.mark.parametrize(
    ("has", "trusts", "lacks"),
    [
        ((VMCA.made, SITE.made, SMS), True, ()),
        # Which of the two is SMS's cannot be determined where not all trusted roots are known; who has neither lacks that of SMS.
        ((VMCA.made, SITE.made), None, (SMS,)),
        ((VMCA.made, SMS), None, (SITE.made,)),
        ((VMCA.made,), False, (SITE.made, SMS)),
    ],
)
def test_where_not_all_roots_are_known_only_who_lacks_all_is_told_not_to_trust_sms(
    has: tuple[Any, ...], trusts: Optional[bool], lacks: tuple[Any, ...]
) -> None:
    found = compared(castore(*has), WHOLE, WHOLE, roots=[VMCA.made])
    assert (found.trusts, found.missing) == (trusts, tuple(parsed(one) for one in lacks))


def test_since_esxi_9_vmcas_root_is_what_counts() -> None:
    found = compared(castore(SITE.made), castore(*ROOTS), major=9)
    assert (found.trusts, found.missing) == (False, (parsed(VMCA.made),))
    assert compared(castore(*ROOTS), castore(*ROOTS), major=9).trusts is True
    assert compared(castore(*ROOTS), castore(SITE.made), major=9).reason == "what a trust does not have VMCA's root"
    assert compared(castore(*ROOTS), castore(*ROOTS), major=9, vmca_root=None).reason.endswith("is VMCA's cannot be determined")


@pytest.mark.parametrize(
    ("found", "told", "missing"),
    [
        (compared(castore(*ROOTS)), "there is no host with an online provider to compare it with", False),
        (compared(castore(*ROOTS), WHOLE, roots=None), "the trusted roots of vCenter could not be read", False),
        (compared(castore(*ROOTS), WHOLE, roots=()), "the trusted roots of vCenter could not be read", False),
        (compared(castore(*ROOTS), castore(*ROOTS)), "what a trust has nothing self-signed that is no trusted root", False),
        (compared(castore(*ROOTS, unreadable=("odd",)), WHOLE), "but an entry of its list cannot be read: odd", True),
        (compared(castore(*ROOTS, OWN), castore(*ROOTS, SMS, OWN)), "which of these and of those that it has is that of SMS", True),
    ],
)
def test_what_cannot_be_told_is_not_known(found: Comparison, told: str, missing: bool) -> None:
    assert found.trusts is None
    assert told in found.reason
    assert bool(found.missing) is missing
