# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alert rules and dashboard know the metrics that a report writes, and no other; Prometheus' own tool says which alerts they raise."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_metrics import METRICS, PREFIX, to_metrics
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import RESULTS
from ansible_collections.certops.vsphere.tests.unit.fleets import every_result, hostile

needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool is not installed (on Debian: the package prometheus)"
)

FOLDER = Path(__file__).resolve().parent.parent.parent / "extensions" / "monitoring"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
NAME = re.compile(rf"\b{PREFIX}[a-z_]+\b")
# Those that were ever released; new ones come at the end.
FROZEN = tuple(METRICS)[:16]
WRITTEN = {f"{PREFIX}{name}" for name in METRICS}

# What is there, and which alerts that raises after so long; times are from 1970, which is where promtool begins.
DAY = 86400
CASES: list[tuple[dict[str, float], str, set[str]]] = [
    ({'host_certificate_expiry_timestamp_seconds{vcenter="v",esxi_host="e"}': 400 * DAY}, "1h", set()),
    ({'host_certificate_expiry_timestamp_seconds{vcenter="v",esxi_host="e"}': 60}, "1h", {"CertopsHostCertificateExpired"}),
    (
        {
            'host_certificate_expiry_timestamp_seconds{vcenter="v",esxi_host="e"}': 20 * DAY,
            'renew_before_seconds{vcenter="v"}': 60 * DAY,
        },
        "49h",
        {"CertopsHostCertificateDue"},
    ),
    (
        {
            'host_certificate_expiry_timestamp_seconds{vcenter="v",esxi_host="e"}': 20 * DAY,
            'renew_before_seconds{vcenter="v"}': 60 * DAY,
        },
        "47h",
        set(),
    ),
    (
        {
            'host_certificate_expiry_timestamp_seconds{vcenter="v",esxi_host="e"}': 70 * DAY,
            'renew_before_seconds{vcenter="v"}': 60 * DAY,
        },
        "49h",
        set(),
    ),
    ({'vcenter_certificate_expiry_timestamp_seconds{vcenter="v",role="vmca_root",sha256_fingerprint="f"}': 400 * DAY}, "1h", set()),
    (
        {'vcenter_certificate_expiry_timestamp_seconds{vcenter="v",role="vmca_root",sha256_fingerprint="f"}': 20 * DAY},
        "1h",
        {"CertopsVcenterCertificateEnds"},
    ),
    (
        {'vcenter_certificate_expiry_timestamp_seconds{vcenter="v",role="machine_ssl",sha256_fingerprint="f"}': 60},
        "1h",
        {"CertopsVcenterCertificateExpired"},
    ),
    ({'host_sms_certificate_expiry_timestamp_seconds{vcenter="v",esxi_host="e"}': 60}, "1h", {"CertopsSmsRemembersExpired"}),
    ({'host_provider_online{vcenter="v",esxi_host="e"}': 0}, "1h", {"CertopsProviderOffline"}),
    ({'host_provider_online{vcenter="v",esxi_host="e"}': 1}, "1h", set()),
    ({'hosts{vcenter="v",state="blocked"}': 2, 'hosts{vcenter="v",state="ok"}': 9}, "1h", {"CertopsHostsBlocked"}),
    ({'hosts{vcenter="v",state="unknown"}': 2, 'hosts{vcenter="v",state="ok"}': 9}, "1h", {"CertopsHostsUnknown"}),
    ({'hosts{vcenter="v",state="unknown"}': 0, 'hosts{vcenter="v",state="ok"}': 9}, "1h", set()),
    ({'hosts{vcenter="v",state="failed"}': 1, 'hosts{vcenter="v",state="unfinished"}': 1}, "1h", {"CertopsHostsFailed"}),
    ({'run_stopped{vcenter="v"}': 1, 'vcenter_read{vcenter="v"}': 1}, "1h", {"CertopsRunStopped"}),
    ({'run_stopped{vcenter="v"}': 1, 'vcenter_read{vcenter="v"}': 0}, "1h", {"CertopsVcenterUnread"}),
    ({'run_timestamp_seconds{vcenter="v"}': 60}, "49h", {"CertopsReportStale"}),
    ({'run_timestamp_seconds{vcenter="v"}': 60}, "47h", set()),
]


def texts(content: Any) -> list[str]:
    """Every text in it."""
    if isinstance(content, dict):
        return [text for value in content.values() for text in texts(value)]
    if isinstance(content, list):
        return [text for value in content for text in texts(value)]
    return [content] if isinstance(content, str) else []


@pytest.mark.parametrize("content", [RULES, DASHBOARD], ids=["alerts", "dashboard"])
def test_every_metric_is_one_that_a_report_writes(content: Any) -> None:
    named = {name for text in texts(content) for name in NAME.findall(text)}
    assert len(named) > 5
    assert named - WRITTEN == set()


@pytest.mark.parametrize("content", [RULES, DASHBOARD], ids=["alerts", "dashboard"])
def test_every_state_is_one_that_a_host_can_have(content: Any) -> None:
    named = {state for text in texts(content) for states in re.findall(r'state=~?"([^"]+)"', text) for state in states.split("|")}
    assert named - {word.replace(" ", "_") for word in RESULTS} == set()


def test_the_guide_explains_every_metric_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [f"{PREFIX}{name}" for name in METRICS]


def test_an_alert_says_what_it_is_about_and_how_bad() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert set(rule["annotations"]) == {"summary", "description"}
        told = rule["annotations"]["summary"] + rule["annotations"]["description"]
        assert "vcenter" in told.lower() or "esxi_host" in str(rule)


def test_the_texts_of_help_never_change() -> None:
    """Two releases of the collection may write files side by side, and node_exporter drops samples of one where the texts differ: a new name instead."""
    told = hashlib.sha256(json.dumps({name: METRICS[name] for name in FROZEN}).encode()).hexdigest()
    assert told == "a1a85103f35b12e734bc53f3e1dd1a80e60dae8c40e59280d004d41ad161113b"


@needs_promtool
@pytest.mark.parametrize(
    ("series", "raised"),
    [
        ({'promhttp_metric_handler_errors_total{cause="gathering",instance="a"}': "0+1x60"}, True),
        ({'promhttp_metric_handler_errors_total{cause="gathering",instance="a"}': "7x60"}, False),
        ({'promhttp_metric_handler_errors_total{cause="gathering",instance="b"}': "0+1x60"}, False),
        ({'node_textfile_scrape_error{instance="a"}': "1x60"}, True),
        ({'node_textfile_scrape_error{instance="a"}': "0x60"}, False),
    ],
)
def test_dropped_samples_raise_an_alert_where_there_are_files_of_ours(
    run, tmp_path: Path, series: dict[str, str], raised: bool
) -> None:
    files = {'node_textfile_mtime_seconds{instance="a",file="/textfile/certops-vc1.prom"}': "1x60"}
    files['node_textfile_mtime_seconds{instance="b",file="/textfile/other.prom"}'] = "1x60"
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in {**files, **series}.items()],
            "promql_expr_test": [
                {
                    "expr": 'count(ALERTS{alertname="CertopsSamplesDropped",alertstate="firing"})',
                    "eval_time": "50m",
                    "exp_samples": [{"value": 1}] if raised else [],
                }
            ],
        }
    ]
    whole = {"rule_files": [str(FOLDER / "alerts.yml")], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    run("promtool", "test", "rules", tmp_path / "tests.yml")


def test_the_dashboard_has_no_panel_on_another() -> None:
    taken = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _y in taken) < 24


def expressions() -> list[str]:
    """What the dashboard asks Prometheus, with a vCenter chosen."""
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [text.replace("$vcenter", "vc-run|vc-check") for text in asked]


@needs_promtool
@pytest.mark.parametrize("document", [every_result, hostile])
def test_prometheus_takes_the_file(document: Callable[[], dict[str, Any]], tmp_path: Path) -> None:
    # As it is written into the report folder.
    (tmp_path / "certops.prom").write_text(to_metrics(document()), encoding="utf-8", errors="backslashreplace", newline="")
    with (tmp_path / "certops.prom").open("rb") as file:
        checked = subprocess.run(["promtool", "check", "metrics"], stdin=file, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@needs_promtool
def test_the_dashboard_asks_what_prometheus_understands_and_a_report_answers(run, tmp_path: Path) -> None:
    # Each panel's question as a rule that is recorded; then its answer must have something in it.
    rules = [{"record": f"panel:{place}", "expr": text} for place, text in enumerate(expressions())]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    run("promtool", "check", "rules", tmp_path / "rules.yml")
    lines = [line for line in to_metrics(every_result()).splitlines() if not line.startswith("#")]
    series = [{"series": name, "values": f"{value}x2"} for name, value in (line.rsplit(" ", 1) for line in lines)]
    answered = [
        {"expr": f"count(count(panel:{place}))", "eval_time": "1m", "exp_samples": [{"value": 1}]} for place in range(len(rules))
    ]
    tests = [{"interval": "1m", "input_series": series, "promql_expr_test": answered}]
    whole = {"rule_files": [str(tmp_path / "rules.yml")], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    run("promtool", "test", "rules", tmp_path / "tests.yml")


@needs_promtool
def test_an_alert_says_when_and_how_long_in_words(run, tmp_path: Path) -> None:
    rules = {rule["alert"]: rule for rule in RULES}

    def raised(name: str, labels: dict[str, str], **values: str) -> dict[str, Any]:
        told = rules[name]["annotations"]
        written = {
            key: re.sub(r"\{\{ (\$labels\.)?([\w$ |]+) \}\}", lambda found: {**labels, **values}[found[2]], text)
            for key, text in told.items()
        }
        labels = {**labels, "severity": rules[name]["labels"]["severity"]}
        return {"eval_time": "49h", "alertname": name, "exp_alerts": [{"exp_labels": labels, "exp_annotations": written}]}

    of_host = {"vcenter": "v", "esxi_host": "e"}
    tests = [
        {
            "interval": "1h",
            "input_series": [{"series": f"{PREFIX}{name}", "values": f"{value}x60"} for name, value in samples.items()],
            "alert_rule_test": [expected],
        }
        for samples, expected in (
            (
                CASES[2][0],
                raised("CertopsHostCertificateDue", of_host, **{"$value | humanizeTimestamp": "1970-01-21 00:00:00 +0000 UTC"}),
            ),
            (
                {'run_timestamp_seconds{vcenter="v"}': 60},
                raised("CertopsReportStale", {"vcenter": "v"}, **{"$value | humanizeDuration": "2d 0h 59m 0s"}),
            ),
            ({'hosts{vcenter="v",state="blocked"}': 2}, raised("CertopsHostsBlocked", {"vcenter": "v"}, **{"$value": "2"})),
        )
    ]
    whole = {"rule_files": [str(FOLDER / "alerts.yml")], "evaluation_interval": "1h", "tests": tests}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    run("promtool", "test", "rules", tmp_path / "tests.yml")


@needs_promtool
def test_the_alerts_are_raised_when_they_should_be(run, tmp_path: Path) -> None:
    run("promtool", "check", "rules", FOLDER / "alerts.yml")
    tests = [
        {
            "interval": "1h",
            "input_series": [{"series": f"{PREFIX}{series}", "values": f"{value:g}x60"} for series, value in samples.items()],
            "promql_expr_test": [
                {
                    "expr": f'count by (alertname) (ALERTS{{alertname="{rule["alert"]}",alertstate="firing"}})',
                    "eval_time": time,
                    "exp_samples": [{"labels": f'{{alertname="{rule["alert"]}"}}', "value": 1}] if rule["alert"] in raised else [],
                }
                for rule in RULES
            ],
        }
        for samples, time, raised in CASES
    ]
    path = tmp_path / "tests.yml"
    whole = {"rule_files": [str(FOLDER / "alerts.yml")], "evaluation_interval": "1h", "tests": tests}
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    run("promtool", "test", "rules", path)
