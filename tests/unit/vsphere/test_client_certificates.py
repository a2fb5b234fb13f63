# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificates by which hosts log in to VASA providers: who is asked, what counts, and how often a right that is missing is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Callable

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.client_certificate import ClientCertificate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import client_certificates
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.properties import ObjectProperties
from ansible_collections.certops.vsphere.plugins.module_utils._wire.pyvmomi_library import vim
from ansible_collections.certops.vsphere.tests.unit.estates import NOW
from ansible_collections.certops.vsphere.tests.unit.fake_vcenter import FakeSession, fake_vcenter

HOSTS = [EsxiHost(f"esx0{number}", f"host-{number}", connection_state="connected", version="8.0.3") for number in range(1, 6)]


def information(kind: Any = "VASAClient", ends: Any = 20) -> Any:
    """A certificate as vCenter tells of it."""
    end = None if ends is None else NOW + timedelta(days=ends)
    return SimpleNamespace(kind=kind, notAfter=end, issuer="CN=CA", status="expirationImminent")


def read(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Any], hosts: list[EsxiHost], version: str = "vim.version.v8_0_3_0"
) -> Any:
    """Read them of hosts that answer so, and say how many were asked."""
    asked: list[str] = []

    def managers(_session: Any, these: list[Any], _paths: Any, _what: str) -> list[ObjectProperties]:
        def ask(moid: str) -> Any:
            asked.append(moid)
            return answer()

        found = []
        for one in these:
            item = ObjectProperties(one)
            item.values["configManager.certificateManager"] = SimpleNamespace(
                RetrieveCertificateInfoList=lambda moid=item.moid: ask(moid)
            )
            found.append(item)
        return found

    monkeypatch.setattr(client_certificates, "read_object", managers)
    vcenter = fake_vcenter(hosts=1)
    vcenter.version = version
    session = FakeSession(vcenter)
    # These managers are no objects of pyVmomi's, and the session does not end.
    monkeypatch.setattr(session, "of_now", lambda manager: manager)
    certificates, unavailable = client_certificates.read_client_certificates(session, hosts)
    return certificates, unavailable, sorted(asked)


def test_the_one_that_ends_first_counts_and_what_is_none_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [information("Machine", 5), information(ends=30), information(), information(None, 1), information(ends=None)]
    certificates, unavailable, _asked = read(monkeypatch, lambda: listed, HOSTS[:1])
    assert certificates == {"host-1": ClientCertificate(NOW + timedelta(days=20), "CN=CA", "expirationImminent")}
    assert unavailable == []
    for nothing in (None, [], [information("Machine")]):
        assert read(monkeypatch, lambda nothing=nothing: nothing, HOSTS[:1])[:2] == ({}, [])  # type: ignore[misc]


def test_only_hosts_that_can_tell_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = [
        HOSTS[0],
        replace(HOSTS[1], connection_state="disconnected"),
        replace(HOSTS[2], version="8.0.0"),
        replace(HOSTS[3], version=None),
        replace(HOSTS[4], version="9.0.0.0"),
    ]
    assert read(monkeypatch, lambda: [information()], hosts)[2] == ["host-1", "host-5"]


def test_a_vcenter_that_does_not_have_the_call_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, lambda: [information()], HOSTS, "vim.version.version12") == ({}, [], [])


def test_a_right_that_is_missing_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Any:
        raise vim.fault.NoPermission(privilegeId="Certificate.Manage")

    certificates, [told], _asked = read(monkeypatch, refuse, HOSTS)
    assert certificates == {}
    assert told.what == "client_certificates"
    assert told.subject == "esx01, esx02, esx03 and 2 more"
    assert "Certificate.Manage" in told.reason


def test_a_host_without_a_manager_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_certificates, "read_object", lambda *_given: [])
    vcenter = fake_vcenter(hosts=1)
    vcenter.version = "vim.version.v8_0_3_0"
    assert client_certificates.read_client_certificates(FakeSession(vcenter), HOSTS) == ({}, [])
