# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vCenter's own certificates: when they end, and what stands on them, in plan, report, page and metrics."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_metrics import to_metrics
from ansible_collections.certops.vsphere.plugins.module_utils._vcenter.own_certificates import (
    line_of,
    own_certificates,
    warnings_of,
)
from ansible_collections.certops.vsphere.tests.unit.estates import FIRST, LAST, NOW, ROOT, certificate, estate, host
from ansible_collections.certops.vsphere.tests.unit.fleets import report

OLD_ROOT = certificate(20, starts=-900, subject="CN=Old")
UNUSED = certificate(-5, starts=-900, subject="CN=Nobody's")
SSL = certificate(10, issuer="CN=Old", subject="CN=vc1")
SIGNING = certificate(30, issuer="CN=VMCA", subject="CN=ssoserverSign")


def audited(*hosts: Any, **changes: Any) -> dict[str, Any]:
    """The report of an audit of a vCenter with these certificates of its own."""
    given = {
        "vmca_root": ROOT,
        "trusted_roots": (ROOT, OLD_ROOT, UNUSED),
        "machine_ssl": SSL,
        "signing_chain": (SIGNING, ROOT),
        **changes,
    }
    return report(*hosts, audit=True, changes=given)


def test_each_says_what_stands_on_it_the_first_to_end_first() -> None:
    of_old = host("a", certificate=certificate(20, issuer="CN=Old"))
    made = audited(of_old, host("b"))
    shown = [(one["role"], one["subject"], one["issued"], one["capped"], one["used_by"]) for one in made["vcenter_certificates"]]
    assert shown == [
        ("trusted_root", "CN=Nobody's", 0, 0, []),
        ("machine_ssl", "CN=vc1", 0, 0, []),
        ("trusted_root", "CN=Old", 1, 1, ["machine_ssl"]),
        ("token_signing", "CN=ssoserverSign", 0, 0, []),
        ("vmca_root", "CN=VMCA", 1, 0, ["token_signing"]),
    ]


def test_what_ends_soon_and_is_in_use_is_remarked_on() -> None:
    of_old = [host(name, certificate=certificate(ends, issuer="CN=Old")) for name, ends in (("a", 20), ("b", 19.5), ("c", 5))]
    told = [text for text in audited(*of_old)["warnings"] if "of vc1.example.com expire" in text]
    assert told == [
        "the machine SSL certificate of vc1.example.com expires on 2026-03-11",
        "the trusted root CN=Old of vc1.example.com expires on 2026-03-21 (it issued the certificates of 3 hosts, 2 of which expire with it, and machine SSL)",
        "the token-signing certificate of vc1.example.com expires on 2026-03-31 (without it nobody can log in to vCenter)",
    ]
    gone = audited(host(), vmca_root=certificate(-1, subject="CN=VMCA"), trusted_roots=None, machine_ssl=None, signing_chain=None)
    assert (
        gone["warnings"][0]
        == "VMCA's root certificate of vc1.example.com expired on 2026-02-28 (it issued the certificates of 1 host, 1 of which expire with it)"
    )
    signing = audited(host(), vmca_root=certificate(9, subject="CN=VMCA"), trusted_roots=None, machine_ssl=None)
    assert any(
        "(it issued the certificates of 1 host, 1 of which expire with it, and the token-signing certificate)" in text
        for text in signing["warnings"]
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {},
            "vCenter's own certificates: the machine SSL certificate until 2026-03-11, the token-signing certificate until 2026-03-31,"
            " VMCA's root certificate until 2034-05-18, 2 other trusted roots, the first until 2026-02-24",
        ),
        (
            {"machine_ssl": None, "signing_chain": None, "vmca_root": None, "trusted_roots": (ROOT,)},
            "vCenter's own certificates: 1 other trusted root, the first until 2034-05-18",
        ),
        ({"machine_ssl": None, "signing_chain": None, "vmca_root": None, "trusted_roots": None}, None),
    ],
)
def test_they_are_a_line_for_who_looks(changes: dict[str, Any], line: str) -> None:
    assert line_of(audited(host(), **changes)["vcenter_certificates"]) == line


def test_metrics_have_those_that_something_stands_on() -> None:
    text = to_metrics(fleet.build([audited(host())], {}, NOW))
    lines = [line for line in text.splitlines() if line.startswith("certops_vcenter_certificate_expiry")]
    assert [line.partition('role="')[2].partition('"')[0] for line in lines] == [
        *("machine_ssl", "trusted_root", "token_signing", "vmca_root")
    ]


@pytest.mark.parametrize("now", [FIRST, LAST])
def test_where_the_calendar_begins_and_ends_they_are_told_too(now: datetime) -> None:
    root = replace(ROOT, not_before=FIRST, expires_at=now)
    own = own_certificates(estate(host("a"), vmca_root=root, trusted_roots=(root,), machine_ssl=None))
    assert [one.role for one in own] == ["vmca_root"]
    assert len(warnings_of(own, 45, "vc1", now)) == 1
