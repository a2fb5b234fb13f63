# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What things are called in a rehearsal."""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.naming import naming_of
from ansible_collections.certops.vsphere.tests.unit.estates import host
from ansible_collections.certops.vsphere.tests.unit.fleets import report


def test_names_stay_where_nobody_wants_others() -> None:
    given = report(host("esx01.example.com"), host("10.1.2.3", cluster=None), inventory_name="vc-berlin")
    made = naming_of([given], replace=False)
    [names] = made.vcenters
    by_name = dict(zip((one["esxi_host"] for one in given["hosts"]), names.hosts, strict=True))
    assert (names.vcenter, by_name, names.clusters) == (
        "vc-berlin",
        {"esx01.example.com": "esx01.example.com", "10.1.2.3": "10.1.2.3"},
        {("dc1", "c1"): "c1"},
    )
    assert made.odd == 0


def test_names_that_no_certificate_or_inventory_holds_are_numbers() -> None:
    odd = ("a" * 64, "zürich", "-x", "{{ x }}", "esx 01", "fe80::1")
    made = naming_of([report(*map(host, odd), inventory_name="vc[1:3]")], replace=False)
    [names] = made.vcenters
    assert (names.vcenter, sorted(names.hosts)) == ("vcenter-01", [f"host-000{number}" for number in range(1, 7)])
    assert made.odd == 7


def test_no_two_have_the_same_name() -> None:
    twice = report(host("esx01"), host("b", cluster="c1", datacenter="dc2"), inventory_name="vc")
    twice["hosts"] = [*twice["hosts"], {**twice["hosts"][0], "esxi_host": "ESX01"}]
    made = naming_of([twice, twice], replace=False)
    first, second = made.vcenters
    assert (first.vcenter, second.vcenter) == ("vc", "vcenter-02")
    assert len({name.lower() for name in first.hosts}) == 3
    # Another vCenter may well have hosts of these names.
    assert first.hosts[:2] == second.hosts[:2]
    assert sorted(first.clusters.values()) in (["c1", "c1 (dc2)"], ["c1", "c1 (dc1)"])


def test_all_are_numbers_where_somebody_wants_that() -> None:
    made = naming_of([report(host("a"), host("b")), report(host("c"))], replace=True)
    assert [one.vcenter for one in made.vcenters] == ["vcenter-01", "vcenter-02"]
    assert [one.hosts for one in made.vcenters] == [("host-0001", "host-0002"), ("host-0003",)]
    assert [list(one.clusters.values()) for one in made.vcenters] == [["cluster-01"], ["cluster-02"]]
    assert made.odd == 0
