# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run leaves of all its vCenters: JSON that its schema describes, CSV, JUnit's XML and metrics, whatever a host is called."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.printable import is_printable, printable
from ansible_collections.certops.vsphere.plugins.module_utils._estate.certificate_views import side_by_side
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_csv import COLUMNS, to_csv
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_junit import to_junit
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_metrics import METRICS, PREFIX, to_metrics
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import RESULTS
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, POLICIES, Served, certificate, estates, host, plan, provider
from ansible_collections.certops.vsphere.tests.unit.fleets import HOSTILE, every_result, hostile, report
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
# Made once: jsonschema.validate looks through the schema itself before each document. One test does.
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
ENDS = "2026-03-21T02:00:00Z"


def rows(document: dict[str, Any]) -> list[dict[str, str]]:
    """The CSV as any reader has it."""
    return list(csv.DictReader(io.StringIO(to_csv(document), newline="")))


def cases(document: dict[str, Any]) -> dict[tuple[str, str], ElementTree.Element]:
    """The cases of the XML by suite and name."""
    root = ElementTree.fromstring(to_junit(document))
    return {(case.attrib["classname"], case.attrib["name"]): case for case in root.iter("testcase")}


def samples(document: dict[str, Any]) -> dict[tuple[str, ...], float]:
    """The metrics as Prometheus' own parser reads them: name and the values of the labels, in the order of their names."""
    found = {}
    for family in text_string_to_metric_families(to_metrics(document)):
        assert (family.type, bool(family.documentation)) == ("gauge", True)
        for sample in family.samples:
            key = (sample.name.removeprefix(PREFIX), *(value for _label, value in sorted(sample.labels.items())))
            assert key not in found, "no sample twice"
            found[key] = sample.value
    return found


# Three certificates side by side.


def test_the_three_certificates_of_a_host_stand_side_by_side() -> None:
    sides = side_by_side(host(ends=30, remembered=-10).to_facts(NOW))
    assert [side["expires_at"][:10] for side in sides.values()] == ["2026-03-31", "2026-03-31", "2026-02-19"]
    assert [side["problem"] for side in sides.values()] == [None, None, None]
    assert sides["host"]["sha256_fingerprint"] == sides["served"]["sha256_fingerprint"] != sides["sms"]["sha256_fingerprint"]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"certificate": None}, ["vCenter shows none", None, None]),
        ({"served": None}, [None, "port 9080 was not asked", None]),
        ({"served": Served(error="refused")}, [None, "refused", None]),
        ({"served": Served(certificate=certificate(), problems=("a", "b"))}, [None, "a; b", None]),
        ({"provider": None}, [None, None, "SMS has no provider for it"]),
        ({"provider": None, "provider_unavailable": "HTTP 404"}, [None, None, "its provider could not be read"]),
    ],
)
def test_what_is_wrong_with_one_of_the_three_is_said(changes: dict[str, Any], problems: list[Any]) -> None:
    assert [side["problem"] for side in side_by_side(host(**changes).to_facts(NOW)).values()] == problems


def test_smss_date_is_shown_also_where_its_certificate_cannot_be_read() -> None:
    facts = host(provider=provider(certificate(5))).to_facts(NOW)
    facts["provider"]["certificate"] = None
    assert side_by_side(facts)["sms"]["expires_at"] == "2026-03-06T02:00:00Z"


# JSON


def test_the_document_is_what_its_schema_says() -> None:
    for document in (every_result(), hostile(), fleet.build([], {}, NOW)):
        VALIDATOR.validate(json.loads(fleet.to_json(document)))


def test_the_schema_is_one_and_names_all_that_there_is() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["result"]["enum"] == list(RESULTS)
    assert SCHEMA["properties"]["schema_version"] == {"const": fleet.SCHEMA_VERSION}
    first = every_result()["vcenters"][0]
    for part, shown in (
        ("vcenter", first),
        ("host", first["hosts"][0]),
        ("certificate", first["hosts"][0]["certificates"]["host"]),
    ):
        assert sorted(SCHEMA["$defs"][part]["required"]) == sorted(shown), part
        assert sorted(SCHEMA["$defs"][part]["properties"]) == sorted(shown), part


@settings(max_examples=60)
@given(st.lists(estates(), max_size=2), POLICIES, st.booleans())
def test_whatever_a_vcenter_shows_every_file_can_be_read(found: list[Any], policy: Any, audit: bool) -> None:
    reports = [
        report(*estate.hosts, policy=policy, orphans=estate.orphans, audit=audit, inventory_name=f"vc{number}")
        for number, estate in enumerate(found)
    ]
    document = fleet.build(reports, {"vc-dead": fleet.NotRead("It is dead.")}, NOW)
    VALIDATOR.validate(json.loads(fleet.to_json(document)))
    number = sum(len(one["hosts"]) for one in reports)
    assert len(rows(document)) == number
    assert sum(1 for _case in ElementTree.fromstring(to_junit(document)).iter("testcase")) == number + 1
    assert sum(1 for name, *_labels in samples(document) if name == "host_info") == number


def test_the_document_counts_and_names_what_was_not_read() -> None:
    document = every_result()
    assert document["counts"] == {
        "failed": 1,
        "unfinished": 1,
        "not started": 1,
        "unknown": 2,
        "blocked": 1,
        "partly done": 1,
        "due": 1,
        "would change": 2,
        "asleep": 1,
        "done": 1,
        "ok": 1,
    }
    assert list(document["counts"]) == list(RESULTS)
    assert document["unavailable"] == [{"vcenter": "vc-dead", "failure": "It does not answer.", "failure_code": "not_reached"}]
    assert document["written_at"] == "2026-03-01T02:00:00Z"


def test_every_result_has_a_kind() -> None:
    assert sorted(fleet.KINDS) == sorted(RESULTS)


# CSV


def test_the_table_has_a_line_for_each_host() -> None:
    text = to_csv(every_result())
    assert text.startswith(",".join(COLUMNS) + "\r\n")
    assert text.count("\r\n") == 14
    found = {row["esxi_host"]: row for row in rows(every_result())}
    blocked = found["blocked"]
    assert (blocked["vcenter"], blocked["result"], blocked["expires_at"], blocked["days_left"]) == (
        "vc-run",
        "blocked",
        ENDS,
        "20.0",
    )
    assert sorted(name for name, row in found.items() if row["kept_back"] == "true") == ["not-begun", "unfinished"]
    assert blocked["kept_back"] == "false"
    assert (blocked["due"], blocked["steps"], blocked["blockers"]) == ("renew; reconnect; reregister", "", "maintenance_mode")
    assert blocked["remedies"] == "Take it out of maintenance mode and run again."
    assert (found["done"]["steps_changed"], found["done"]["verified"]) == ("renew; reconnect; reregister", "true")
    assert (found["ok"]["sms_problem"], found["ok"]["verified"], found["ok"]["cluster"]) == ("SMS has no provider for it", "", "")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\uff1d1", "\u00a0@x", '"=1"'])
def test_no_cell_is_a_formula(name: str) -> None:
    [row] = rows(fleet.build([report(host(name, cluster=name))], {}, NOW))
    assert (row["esxi_host"], row["cluster"]) == (f"'{name}", f"'{name}")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", '"=1"', '"" =1', "'=1", "\r=1", "\n=1", "\t@x"])
def test_no_cell_is_a_formula_whichever_sign_parts_the_cells(separator: str, formula: str) -> None:
    text = to_csv(fleet.build([report(host(f"esx{separator}{formula}", cluster=f"c{formula}{separator}{formula}"))], {}, NOW))
    line = text.splitlines()[1]
    for delimiter in (",", ";", "\t", "|"):
        [cells] = csv.reader([line], delimiter=delimiter)
        assert not [cell for cell in cells if cell.strip(' "')[:1] in ("=", "+", "-", "@", "\t", "\r")], (delimiter, cells)


@pytest.mark.parametrize(
    ("name", "shown"), [("\t=1", "\\t=1"), ("\r=1", "\\r=1"), ("\n=1", "\\n=1"), ("\0=1", "\\x00=1"), ("a\u202eb", "a\\u202eb")]
)
def test_a_cell_shows_control_characters_as_escapes(name: str, shown: str) -> None:
    [row] = rows(fleet.build([report(host(name))], {}, NOW))
    assert row["esxi_host"] == shown


def test_a_number_below_zero_stays_a_number_and_a_plain_name_stays_plain() -> None:
    [row] = rows(fleet.build([report(host("esx-01", ends=-3))], {}, NOW))
    assert (row["days_left"], row["esxi_host"]) == ("-3.0", "esx-01")


def test_commas_and_quotes_come_back_as_they_were() -> None:
    name = 'a,"b" c;d'
    [row] = rows(fleet.build([report(host(name))], {}, NOW))
    assert row["esxi_host"] == name
    assert '"a,""b"" c;d"' in to_csv(fleet.build([report(host(name))], {}, NOW))


# JUnit


def test_a_case_is_what_became_of_its_host() -> None:
    found = {name: [child.tag for child in case] for name, case in cases(every_result()).items()}
    assert found == {
        ("vc-run", "(the run)"): ["error"],
        ("vc-run", "done"): [],
        ("vc-run", "ok"): [],
        ("vc-run", "odd"): ["error"],
        ("vc-run", "sleeper"): ["skipped"],
        ("vc-run", "failed"): ["error"],
        ("vc-run", "not-begun"): ["failure"],
        ("vc-run", "unfinished"): ["failure"],
        ("vc-run", "blocked"): ["skipped"],
        ("vc-run", "partly"): ["skipped"],
        ("vc-run", "unavailable"): ["error"],
        ("vc-check", "due"): ["failure"],
        ("vc-check", "offline"): ["failure"],
        ("vc-audit", "expiring"): ["failure"],
        ("vc-dead", "(the run)"): ["error"],
    }


def test_a_case_says_why_and_what_to_do() -> None:
    [skipped] = cases(every_result())["vc-run", "blocked"]
    assert skipped.attrib["type"] == "blocked"
    assert skipped.attrib["message"].startswith("blocked is in maintenance mode")
    assert skipped.text is not None
    assert skipped.text.splitlines()[1:] == [
        "due: renew, reconnect, reregister",
        f"ends: {ENDS}",
        "blocked (maintenance_mode): blocked is in maintenance mode, in which vCenter renews no certificate",
        "remedy: Take it out of maintenance mode and run again.",
    ]
    [dead] = cases(every_result())["vc-dead", "(the run)"]
    assert (dead.attrib["message"], dead.text, dead.attrib["type"]) == ("It does not answer.", "It does not answer.", "not_reached")


def test_what_the_vcenter_keeps_back_is_a_failure_and_counted() -> None:
    resting = {"in_maintenance_mode": True, "ends": 20}
    kept = report(
        host("kept", missing_privileges=("Certificate.Manage",), ends=20),
        host("both", missing_privileges=("Certificate.Manage",), **resting),
        host("resting", **resting),
        inventory_name="vc",
    )
    document = fleet.build([kept], {}, NOW)
    tags = {name: [child.tag for child in case] for (_suite, name), case in cases(document).items()}
    assert tags == {"kept": ["failure"], "both": ["failure"], "resting": ["skipped"]}
    assert samples(document)["hosts_kept_back", "vc"] == 2


def test_the_suites_count_their_cases() -> None:
    root = ElementTree.fromstring(to_junit(every_result()))
    keys = ("name", "tests", "failures", "errors", "skipped")
    assert [tuple(suite.attrib[key] for key in keys) for suite in (root, *root)] == [
        ("certops.vsphere", "15", "5", "5", "3"),
        ("vc-run", "11", "2", "4", "3"),
        ("vc-check", "2", "2", "0", "0"),
        ("vc-audit", "1", "1", "0", "0"),
        ("vc-dead", "1", "0", "1", "0"),
    ]
    assert root[0].attrib["timestamp"] == "2026-03-01T02:00:00"


def test_what_xml_cannot_have_is_not_in_it() -> None:
    names = {name for suite, name in cases(hostile()) if suite == HOSTILE[1]}
    assert len(names) == len(HOSTILE)
    assert "\\x00\\x1b[2J\\x0b" in names
    assert all(is_printable(line) for line in to_junit(hostile()).split("\n"))
    to_junit(hostile()).encode()


# Metrics


def test_the_metrics_are_what_was_found() -> None:
    found = samples(every_result())
    assert found["host_certificate_expiry_timestamp_seconds", "done", "vc-run"] == 1774058400
    assert found["run_timestamp_seconds", "vc-run"] == found["run_timestamp_seconds", "vc-dead"] == NOW.timestamp()
    assert [found["vcenter_read", name] for name in ("vc-run", "vc-check", "vc-dead")] == [1, 1, 0]
    assert [found["run_stopped", name] for name in ("vc-run", "vc-check", "vc-dead")] == [1, 0, 1]
    assert found["renew_before_seconds", "vc-run"] == 45 * 86400
    assert found["hosts", "would_change", "vc-check"] == 2
    assert found["hosts", "done", "vc-check"] == 0
    assert (found["hosts", "unknown", "vc-run"], found["hosts", "unknown", "vc-check"]) == (2, 0)
    assert found["blocked_hosts", "maintenance_mode", "vc-run"] == 2
    assert (found["hosts_kept_back", "vc-run"], found["hosts_kept_back", "vc-check"]) == (2, 0)
    assert (found["orphaned_providers", "vc-run"], found["orphaned_providers", "vc-check"]) == (1, 0)
    assert found["host_provider_online", "done", "vc-run"] == 1
    assert found["host_provider_online", "offline", "vc-check"] == 0
    assert found["host_info", "c1", "failed", "failed", "vc-run", "8.0.3"] == 1
    assert found["run_info", "vc1.example.com", "check", "vc-check"] == 1


def test_what_is_not_known_has_no_sample() -> None:
    found = samples(every_result())
    known = {key[0] for key in found if "unavailable" in key}
    assert known == {"host_info"}
    assert ("host_provider_online", "odd", "vc-run") not in found
    assert ("host_provider_online", "ok", "vc-run") not in found
    assert to_metrics(fleet.build([], {}, NOW)) == ""


def test_labels_come_back_printable() -> None:
    found = {key[1] for key in samples(hostile()) if key[0] == "host_certificate_expiry_timestamp_seconds"}
    assert found == {printable(name) for name in HOSTILE}
    to_metrics(hostile()).encode()


def test_the_names_of_metrics_are_what_prometheus_asks() -> None:
    for name in METRICS:
        assert name == name.lower()
        assert not name.endswith(("_total", "_count", "_sum", "_bucket"))
        assert "days" not in name


def test_a_policy_of_half_a_day_is_told_in_seconds() -> None:
    document = every_result()
    document["vcenters"][0]["policy"]["renew_before_days"] = 0.00001
    assert samples(document)["renew_before_seconds", "vc-run"] == pytest.approx(0.864)


def test_a_plan_has_the_certificates_that_it_was_made_by() -> None:
    assert plan(host()).to_facts()["hosts"][0]["certificates"]["sms"]["problem"] is None
