# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report that is to be rehearsed, and what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.report_file import read_report
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, host
from ansible_collections.certops.vsphere.tests.unit.fleets import every_result, report


def written(folder: Path, content: Any) -> Path:
    """A file with this content."""
    path = folder / "report.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_all_vcenters_with_hosts_are_rehearsed(tmp_path: Path) -> None:
    document = every_result()
    document["vcenters"].append(report(inventory_name="vc-empty"))
    found = read_report(str(written(tmp_path, document)))
    assert [one["inventory_name"] for one in found.vcenters] == ["vc-run", "vc-check", "vc-audit"]
    assert found.left_out == {"vc-dead": "it could not be read", "vc-empty": "it has no host"}
    assert found.written_at == "2026-03-01T02:00:00Z"


def test_the_report_of_a_single_vcenter_is_one(tmp_path: Path) -> None:
    found = read_report(written(tmp_path, report(host(), inventory_name="vc01")))
    assert [one["inventory_name"] for one in found.vcenters] == ["vc01"]


def broken(**changes: Any) -> dict[str, Any]:
    """A report with these keys in it."""
    return {**fleet.build([report(host())], {}, NOW), **changes}


OLD = report(host())
del OLD["setup"]
UNFIT = report(host())
UNFIT["hosts"][0]["certificates"]["host"]["expires_at"] = "soon"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("not JSON", "it is no JSON"),
        ("[" * 100000, "it is no JSON"),
        ("[]", "it is no report of this collection"),
        ({}, "it is no report of this collection"),
        ({"vcenters": "x"}, "it is no report of this collection"),
        (broken(schema_version=2), "it has schema_version 2, and this version of the collection reads 1"),
        (broken(vcenters=[]), "it has no ESXi host"),
        (broken(vcenters=[report()]), "it has no ESXi host"),
        (broken(vcenters=[1]), "it is not a dictionary"),
        (broken(vcenters=[OLD]), "an older version wrote it"),
        (broken(vcenters=[UNFIT]), r"hosts\[0\].certificates.host.expires_at is not an ISO 8601 time"),
        (broken(unavailable=None), "its list of vCenters that could not be read is none"),
        (broken(unavailable=[{}]), "its list of vCenters that could not be read is none"),
    ],
)
def test_what_is_none_is_told_in_a_sentence(tmp_path: Path, content: Any, problem: str) -> None:
    with pytest.raises(InputError, match=f"report.json cannot be rehearsed: .*{problem}"):
        read_report(written(tmp_path, content))


@pytest.mark.parametrize("given", [None, ""])
def test_a_report_is_needed(given: Any) -> None:
    with pytest.raises(InputError, match="There is no report to rehearse"):
        read_report(given)


def test_a_file_is_needed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"it cannot be read \(No such file or directory\)"):
        read_report(tmp_path / "nowhere.json")
    with pytest.raises(InputError, match=r"it cannot be read \(Is a directory\)"):
        read_report(tmp_path)
