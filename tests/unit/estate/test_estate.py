# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts: they are read as they were written, and what is none is one clear error."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import BASIS_RECORD
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import Cluster
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import (
    CertificateSettings,
    Estate,
    EsxiHost,
    Served,
    Unavailable,
    VCenter,
)
from ansible_collections.certops.vsphere.tests.unit.estates import HOST, NOW, VCENTER, certificate, estate, estates, host, provider
from hypothesis import given

FULL = replace(
    estate(
        host(
            duplicate_providers=(provider(None, uid="uid-2"),), missing_privileges=("Certificate.Manage",), addresses=("192.0.2.7",)
        ),
        host("bare", certificate=None, served=None, provider=None, in_maintenance_mode=None),
        host("dark", served=Served(error="timed out"), record_thumbprint="AA:BB"),
        orphans=(provider(certificate(-1), "offline"),),
        unavailable=(Unavailable("backups", VCENTER, "404"),),
        backups={"count": 2, "last_succeeded_at": "2026-02-01T00:00:00Z"},
    ),
    retries=3,
    clusters=(
        Cluster(
            "c1", "domain-c1", "dc", True, None, True, "manual", False, None, None, True, "enabled", ("Host.Inventory.EditCluster",)
        ),
        Cluster("c2", "domain-c2", readable=False),
    ),
)


def test_facts_are_read_as_they_were_written() -> None:
    facts = json.loads(json.dumps(FULL.to_facts()))
    assert Estate.from_facts(facts) == FULL
    assert Estate.from_facts(facts).to_facts() == facts


@given(estates())
def test_any_estate_is_read_as_it_was_written(one: Estate) -> None:
    # SPS has no health where it has no state.
    assert Estate.from_facts(json.loads(json.dumps(one.to_facts()))) == one


def test_facts_say_what_was_observed() -> None:
    facts = FULL.to_facts()
    assert facts["schema_version"] == 1
    assert facts["observed_at"] == "2026-03-01T02:00:00Z"
    assert facts["retries"] == 3
    assert facts["unavailable"] == [{"what": "backups", "subject": VCENTER, "reason": "404"}]
    assert facts["vcenter"]["hostname"] == VCENTER
    assert facts["vcenter"]["sps"] == {"state": "STARTED", "health": "HEALTHY", "startup_type": "AUTOMATIC"}
    assert facts["vcenter"]["certificate_settings"]["minutes_before"] == 1440
    assert facts["vcenter"]["trusted_roots"][0]["subject"] == "CN=VMCA"
    assert facts["vcenter"]["linked_nodes"] == [VCENTER]
    first, bare, dark = facts["hosts"]
    assert (first["name"], first["addresses"], first["issuer"]) == (HOST, ["192.0.2.7"], "vmca")
    assert first["served"]["trusted_by"] == BASIS_RECORD
    assert [bare[key] for key in ("certificate", "served", "provider", "in_maintenance_mode")] == [None] * 4
    assert dark["served"] == {
        "certificate": None,
        "error": "timed out",
        "trusted": False,
        "trusted_by": None,
        "problems": [],
        "root": None,
        "of_provider": False,
    }


@pytest.mark.parametrize(
    ("vasa", "retains", "own"),
    [
        ("5.0", False, True),
        ("2.0", False, True),
        ("5.0", True, False),
        ("5.0", None, None),
        ("1.5", False, False),
        (None, False, False),
    ],
)
def test_since_vasa_2_a_provider_may_have_a_certificate_of_its_own(
    vasa: Optional[str], retains: Optional[bool], own: Optional[bool]
) -> None:
    one = replace(provider(None), vasa_version=vasa, retains_certificate=retains)
    assert host(provider=one).own_provider_certificate is own


@pytest.mark.parametrize(("version", "own"), [("9.0.0", None), ("10.1", None), ("8.0.3", False), (None, False), ("odd", False)])
def test_of_a_host_without_a_provider_only_its_version_tells(version: Optional[str], own: Optional[bool]) -> None:
    assert host(provider=None, version=version).own_provider_certificate is own


def test_what_could_not_be_read_is_null() -> None:
    facts = Estate(NOW, VCenter("vc")).to_facts()["vcenter"]
    assert facts.pop("hostname") == "vc"
    assert set(facts.values()) == {None}


def test_the_least_that_facts_can_say_is_an_estate() -> None:
    least = {"schema_version": 1, "observed_at": "2026-03-01T02:00:00Z", "vcenter": {"hostname": "vc"}}
    assert Estate.from_facts(least) == Estate(NOW, VCenter("vc"))
    named = {**least, "hosts": [{"name": "esx"}], "unavailable": [{"what": "x"}], "orphans": None, "retries": None}
    assert Estate.from_facts(named) == Estate(
        NOW, VCenter("vc"), hosts=(EsxiHost("esx", ""),), unavailable=(Unavailable("x", "", ""),)
    )


def test_settings_are_read_whole_or_in_part() -> None:
    whole = CertificateSettings("vmca", 1825, 1440, 240, 30, 5, 30, {"country": "US"})
    assert CertificateSettings.from_facts(whole.to_facts()) == whole
    assert CertificateSettings.from_facts({"minutes_before": "10", "subject": None}) == CertificateSettings(minutes_before=10)


@pytest.mark.parametrize("version", [0, 2, "1", None, "missing"])
def test_facts_of_another_version_are_refused(version: Any) -> None:
    facts = FULL.to_facts()
    facts["schema_version"] = version
    if version == "missing":
        del facts["schema_version"]
        version = None
    with pytest.raises(InputError) as caught:
        Estate.from_facts(facts)
    assert str(caught.value) == (
        f"The facts have schema version {version!r} and not 1."
        " Read them again with certops.vsphere.cert_expiry_facts of this version of the collection."
    )


@pytest.mark.parametrize("facts", [None, "facts", 7, [], ["schema_version"]])
def test_what_is_no_dictionary_is_refused(facts: Any) -> None:
    with pytest.raises(InputError, match=r"The facts are not a dictionary\. Read them again"):
        Estate.from_facts(facts)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("observed_at",), None),
        (("observed_at",), "yesterday"),
        (("observed_at",), "0001-01-01T00:00:00+10:00"),
        (("vcenter",), None),
        (("vcenter",), "vc1"),
        (("vcenter", "hostname"), None),
        (("vcenter", "certificate_settings"), "vmca"),
        (("vcenter", "certificate_settings", "minutes_before"), "soon"),
        (("vcenter", "certificate_settings", "minutes_before"), float("inf")),
        (("vcenter", "certificate_settings", "subject"), 7),
        (("vcenter", "trusted_roots"), 7),
        (("vcenter", "trusted_roots"), ["PEM"]),
        (("vcenter", "vmca_root"), {}),
        (("vcenter", "sps"), "STARTED"),
        (("vcenter", "linked_nodes"), 2),
        (("vcenter", "backups"), 2),
        (("vcenter", "clock_offset_seconds"), "late"),
        (("hosts",), 3),
        (("hosts",), {"esx01": {}}),
        (("hosts",), [None]),
        (("hosts", 0), "esx01"),
        (("hosts", 0, "name"), None),
        (("hosts", 0, "certificate"), "PEM"),
        (("hosts", 0, "certificate", "expires_at"), "2026-02-30T00:00:00Z"),
        (("hosts", 0, "certificate", "sha256_fingerprint"), None),
        (("hosts", 0, "certificate", "names"), 7),
        (("hosts", 0, "served"), []),
        (("hosts", 0, "provider"), "online"),
        (("hosts", 0, "provider", "provider_uid"), None),
        (("hosts", 0, "provider", "certificate_expires_at"), "soon"),
        (("hosts", 0, "duplicate_providers"), [{}]),
        (("orphans",), [{"name": "x"}]),
        (("unavailable",), ["backups"]),
        (("unavailable",), [{}]),
        (("retries",), "many"),
    ],
)
def test_a_broken_fact_is_one_clear_error(path: tuple[Any, ...], value: Any) -> None:
    facts = copy.deepcopy(FULL.to_facts())
    place: Any = facts
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(InputError, match=r"^The facts cannot be read \(.+\)\. Read them again with certops") as caught:
        Estate.from_facts(facts)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("path", [("observed_at",), ("vcenter",), ("vcenter", "hostname")])
def test_a_missing_fact_is_one_clear_error(path: tuple[str, ...]) -> None:
    facts = copy.deepcopy(FULL.to_facts())
    place: Any = facts
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    with pytest.raises(InputError, match=path[-1]):
        Estate.from_facts(facts)


def test_only_a_connected_host_is_connected() -> None:
    states = ("connected", "disconnected", "notResponding", "Connected", None)
    assert [host(connection_state=state).connected for state in states] == [True, False, False, False, False]


class Counted(str):
    """A text that counts how often it is compared."""

    looks = 0

    def lower(self) -> str:
        """As any text."""
        Counted.looks += 1
        return super().lower()


def test_thousands_of_unavailable_providers_are_looked_through_once() -> None:
    subjects = [Counted(f"IOFILTER Provider esx{number}") for number in range(40)]
    unavailable = (
        *(Unavailable("provider", subject, "broken") for subject in subjects),
        Unavailable("provider", "for ESX1 too", "later"),
    )
    found = estate(
        *(host(f"ESX{number}", provider=None) for number in range(50)), unavailable=unavailable
    ).with_unavailable_providers()
    assert [one.provider_unavailable for one in found.hosts] == ["broken"] * 40 + [None] * 10
    assert Counted.looks == len(subjects)
