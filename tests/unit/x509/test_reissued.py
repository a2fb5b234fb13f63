# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What VMCA issued while a host was reconnected, told from what it did not."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.reissued import not_reissued
from ansible_collections.certops.vsphere.tests.unit.certificates import HOST, NOW, authority, make, parsed

VMCA, OTHER = authority("VMCA"), authority("Other CA")


def problems(recorded: Any, expected: Optional[Any]) -> list[str]:
    """Of one certificate on record where another was expected."""
    known = parsed(expected) if expected is not None else None
    return not_reissued(parsed(recorded), expected=known, vmca_root=VMCA.certificate, host_names=[HOST], now=NOW)


@pytest.mark.parametrize(
    "expected",
    [None, make(issuer=VMCA, starts=-2), make(issuer=VMCA, starts=-1), make(starts=0), make(issuer=OTHER, starts=0)],
    ids=["a thumbprint", "an older one", "one of the same moment", "one that the host made", "another CA's"],
)
def test_a_sound_one_of_vmcas_is(expected: Any) -> None:
    assert problems(make(issuer=VMCA, starts=-1), expected) == []


def test_one_before_the_expected_is_not() -> None:
    assert problems(make(issuer=VMCA, starts=-3), make(issuer=VMCA, starts=-2)) == ["it is older than the one that was expected"]


def test_anothers_is_not_whatever_else_it_is() -> None:
    assert problems(make(issuer=OTHER, starts=-1), None) == ["VMCA did not issue it (CN=Other CA,O=Example)"]


def test_an_unsound_one_is_not() -> None:
    [expired] = problems(make(issuer=VMCA, ends=-1), None)
    assert expired.startswith("it expired on ")
    [named] = problems(make(issuer=VMCA, names=("other.example.com",)), None)
    assert named == f"it is for other.example.com and not for {HOST}"
