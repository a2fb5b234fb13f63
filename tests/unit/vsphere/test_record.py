# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vCenter's record of a host: a thumbprint, and since 9.0 the whole certificate in its place, which an older server is never asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import hosts as vsphere_hosts
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.properties import ObjectProperties
from ansible_collections.certops.vsphere.plugins.module_utils._wire.pyvmomi_library import vim
from ansible_collections.certops.vsphere.tests.unit.certificates import make, parsed, pem
from ansible_collections.certops.vsphere.tests.unit.fake_vcenter import FakeSession, fake_vcenter

NEWER = any(info.name == "sslCertificate" for info in vim.host.Summary.ConfigSummary._GetPropertyList())
CONFIG, THUMBPRINT, RECORD = "config.certificate", "summary.config.sslThumbprint", "summary.config.sslCertificate"
SHOWN, RECORDED = make(ends=400), make(ends=300)


def state(**values: Any) -> vsphere_hosts.HostState:
    """A host's state by these properties."""
    item = ObjectProperties(SimpleNamespace(_GetMoId=lambda: "host-1"))
    item.values.update(values)
    return vsphere_hosts.state_of(item)


def test_the_certificate_on_record_is_read_where_the_host_is_not_connected() -> None:
    away = state(**{RECORD: pem(RECORDED)})
    assert (away.certificate, away.record_thumbprint) == (parsed(RECORDED), parsed(RECORDED).sha1_thumbprint)
    by_thumbprint = state(**{THUMBPRINT: "AA:BB"})
    assert (by_thumbprint.certificate, by_thumbprint.record_thumbprint) == (None, "AA:BB")


def test_what_the_host_says_itself_goes_before_the_record() -> None:
    there = state(**{CONFIG: pem(SHOWN).encode(), RECORD: pem(RECORDED)})
    assert (there.certificate, there.record_thumbprint) == (parsed(SHOWN), parsed(RECORDED).sha1_thumbprint)


@pytest.mark.parametrize("odd", ["", "no certificate"])
def test_a_record_that_cannot_be_read_is_none(odd: str) -> None:
    assert (state(**{RECORD: odd}).certificate, state(**{RECORD: odd}).record_thumbprint) == (None, None)


@pytest.mark.parametrize(("version", "asked"), [("vim.version.v8_0_3_0", False), ("vim.version.v9_0_0_0", NEWER)])
def test_only_a_server_that_has_it_is_asked_for_it(version: str, asked: bool) -> None:
    vcenter = fake_vcenter(hosts=1)
    vcenter.version = version
    session = FakeSession(vcenter)
    assert (RECORD in vsphere_hosts.state_properties(session)) is asked
