# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate is taken for the one that was read before only by the thumbprint that vCenter has on record."""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.sparing.known_certificates import KnownCertificates
from ansible_collections.certops.vsphere.tests.unit.certificates import make, parsed

FIRST, SECOND = parsed(make("esx01", ends=10)), parsed(make("esx01", ends=20))


def test_what_agrees_with_the_thumbprint_on_record_is_known_by_it() -> None:
    known = KnownCertificates()
    known.note("host-1", FIRST.sha1_thumbprint, FIRST)
    assert known.has("host-1")
    for spelt in (FIRST.sha1_thumbprint, FIRST.sha1_thumbprint.lower().replace(":", "")):
        assert known.of("host-1", spelt) is FIRST
    for other in (SECOND.sha1_thumbprint, None, ""):
        assert known.of("host-1", other) is None
    assert known.of("host-2", FIRST.sha1_thumbprint) is None


def test_what_does_not_agree_is_not_kept() -> None:
    known = KnownCertificates()
    known.note("host-1", SECOND.sha1_thumbprint, FIRST)
    known.note("host-1", None, FIRST)
    known.note("host-1", FIRST.sha1_thumbprint, None)
    assert not known.has("host-1")
