# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What VMCA issued is looked at before anything builds on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils._operations import regenerate
from ansible_collections.certops.vsphere.tests.unit.certificates import HOST, NOW, authority, make, parsed
from ansible_collections.certops.vsphere.tests.unit.estates import estate, host

VMCA, IMPOSTOR = authority("VMCA", number=1), authority("VMCA", number=2)
ENDED = authority("VMCA", number=1, ends=-1)
BEFORE = parsed(make(issuer=VMCA, ends=20))
AFTER = parsed(make(issuer=VMCA, ends=900))


def flaws(after: Certificate, *roots: Any, issuer: str = "vmca", before: Certificate = BEFORE) -> Any:
    """What is wrong with a new certificate."""
    given: Estate = estate(trusted_roots=tuple(root.certificate for root in roots))
    return regenerate._unsound(given, replace(host(HOST), certificate=before, issuer=issuer), after, NOW)


def test_one_that_is_sound_has_no_flaw() -> None:
    assert flaws(AFTER, VMCA) == []
    # A root that was renewed with its key: the valid one counts.
    assert flaws(AFTER, ENDED, VMCA) == []
    assert flaws(AFTER) == []


@pytest.mark.parametrize(
    ("after", "roots", "says"),
    [
        (BEFORE, [VMCA], "it does not last longer than the one before it"),
        (parsed(make(issuer=VMCA, ends=10)), [VMCA], "it does not last longer than the one before it"),
        (AFTER, [IMPOSTOR], "none of vCenter's trusted roots issued it"),
        (AFTER, [ENDED], "the root that issued it is not valid now"),
        (parsed(make("other", issuer=VMCA, names=("other.example",), ends=900)), [VMCA], "it is for other.example"),
        (parsed(make(issuer=VMCA, starts=1, ends=900)), [VMCA], "it is not valid before"),
    ],
)
def test_what_is_wrong_with_one_is_told(after: Certificate, roots: list[Any], says: str) -> None:
    [flaw] = flaws(after, *roots)
    assert says in flaw


def test_what_a_host_made_itself_may_have_lasted_longer() -> None:
    own = parsed(make(ends=3650))
    assert flaws(AFTER, VMCA, issuer="self_signed", before=own) == []
