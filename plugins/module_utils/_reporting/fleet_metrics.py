# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as metrics for node_exporter's textfile collector, in Prometheus' text format 0.0.4.

Every sample names its vCenter, so that the files of several jobs can lie side by side. node_exporter drops samples of a second file in silence where a
series is in two files, and where the texts of HELP differ: so the texts below never change, and a metric that means something else has another name.
A time is in seconds since 1970, as Prometheus
wants it: what is left of a certificate is for the query to subtract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping

from .._common import times
from .._common.printable import printable
from .._estate.certificate_views import HOST, SERVED, SMS
from .._estate.provider import is_online
from .._vcenter.own_certificates import TRUSTED_ROOT
from .fleet import each_host, mode_of
from .report import RESULTS

PREFIX = "certops_"
_SERIES = re.compile(r'^certops_run_timestamp_seconds\{vcenter="((?:[^"\\\n]|\\.)*)"\}', re.MULTILINE)
EXPIRY = "certificate_expiry_timestamp_seconds"
# What there is, in the order of the file. All are gauges.
METRICS = {
    "run_timestamp_seconds": "When the vCenter was looked at and decided about.",
    "run_info": "1, with the mode: audit, check or run.",
    "run_stopped": "Whether the run of the vCenter stopped before its end (1) or not (0).",
    "vcenter_read": "Whether the vCenter could be read (1) or not (0).",
    "renew_before_seconds": "A certificate that ends within so many seconds is due, by the policy of the run.",
    "hosts": "ESXi hosts by what became of them.",
    "hosts_kept_back": "ESXi hosts with something due that the vCenter, the account or the run keeps back.",
    "hosts_excluded": "ESXi hosts that the run was told not to take.",
    "blocked_hosts": "ESXi hosts that a step is forbidden on, by what forbids it.",
    "orphaned_providers": "Providers whose ESXi host the vCenter no longer has.",
    "warnings": "Notes of the report.",
    f"host_{EXPIRY}": "When the certificate ends that the ESXi host has.",
    f"host_served_{EXPIRY}": "When the certificate ends that port 9080 of the ESXi host serves.",
    f"host_sms_{EXPIRY}": "When the certificate ends that SMS remembers of the ESXi host's provider.",
    "host_provider_online": "Whether the provider of the ESXi host is online (1) or not (0).",
    "host_info": "1, with the ESXi host's cluster, version and what became of it.",
    f"vcenter_{EXPIRY}": "When a certificate of vCenter's own expires: machine_ssl, token_signing, vmca_root, or a trusted_root that issued one in use.",
}


@dataclass
class _Samples:
    lines: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in METRICS})

    def add(self, name: str, value: float, **labels: Any) -> None:
        """Add a sample."""
        told = ",".join(f'{label}="{escaped(str(text))}"' for label, text in labels.items())
        self.lines[name].append(f"{PREFIX}{name}{{{told}}} {_number(value)}\n")

    def text(self) -> str:
        """The file: a metric that has no sample is left out."""
        parts = []
        for name, lines in self.lines.items():
            if lines:
                parts += [f"# HELP {PREFIX}{name} {METRICS[name]}\n# TYPE {PREFIX}{name} gauge\n", *lines]
        return "".join(parts)


def to_metrics(document: Mapping[str, Any]) -> str:
    """The whole file."""
    samples = _Samples()
    for report in document["vcenters"]:
        _vcenter(samples, report)
    for entry in document["unavailable"]:
        samples.add("run_timestamp_seconds", _seconds(document["written_at"]), vcenter=entry["vcenter"])
        samples.add("run_stopped", 1, vcenter=entry["vcenter"])
        samples.add("vcenter_read", 0, vcenter=entry["vcenter"])
    for report, host in each_host(document):
        _host(samples, report["inventory_name"], host)
    return samples.text()


def by_vcenter(document: Mapping[str, Any]) -> dict[str, str]:
    """A file for each vCenter: whoever writes one has all series of its vCenter in it."""
    files = {
        report["inventory_name"]: to_metrics({**document, "vcenters": [report], "unavailable": []})
        for report in document["vcenters"]
    }
    unread = {
        entry["vcenter"]: to_metrics({**document, "vcenters": [], "unavailable": [entry]}) for entry in document["unavailable"]
    }
    return {**files, **unread}


def vcenters_in(text: str) -> set[str]:
    """The vCenters that a file has series of, as their names stand there."""
    return set(_SERIES.findall(text))


def _vcenter(samples: _Samples, report: Mapping[str, Any]) -> None:
    name = report["inventory_name"]
    samples.add("run_timestamp_seconds", _seconds(report["decided_at"]), vcenter=name)
    samples.add("run_info", 1, vcenter=name, hostname=report["vcenter"], mode=mode_of(report))
    samples.add("run_stopped", int(bool(report["failure"])), vcenter=name)
    samples.add("vcenter_read", 1, vcenter=name)
    samples.add("renew_before_seconds", report["policy"]["renew_before_days"] * times.SECONDS_A_DAY, vcenter=name)
    for word in RESULTS:
        samples.add("hosts", report["counts"].get(word, 0), vcenter=name, state=_state(word))
    samples.add("hosts_kept_back", sum(1 for host in report["hosts"] if host["kept_back"]), vcenter=name)
    samples.add("hosts_excluded", len(report["excluded"]), vcenter=name)
    codes = [code for host in report["hosts"] for code in {blocker["code"] for blocker in host["blockers"]}]
    for code in sorted(set(codes)):
        samples.add("blocked_hosts", codes.count(code), vcenter=name, blocker=code)
    samples.add("orphaned_providers", sum(1 for orphan in report["orphans"] if not orphan["removed"]), vcenter=name)
    samples.add("warnings", len(report["warnings"]), vcenter=name)
    for one in report.get("vcenter_certificates") or ():
        if one["role"] != TRUSTED_ROOT or one["issued"] or one["used_by"]:
            labels = {"vcenter": name, "role": one["role"], "sha256_fingerprint": one["sha256_fingerprint"]}
            samples.add(f"vcenter_{EXPIRY}", _seconds(one["expires_at"]), **labels)


def _host(samples: _Samples, vcenter: str, host: Mapping[str, Any]) -> None:
    named = {"vcenter": vcenter, "esxi_host": host["esxi_host"]}
    sides = host["certificates"]
    for name, ends in (
        # Where vCenter shows none, what could be trusted of the host: it is what the plan went by.
        ("host", sides[HOST]["expires_at"] or host["expires_at"]),
        ("host_served", sides[SERVED]["expires_at"]),
        ("host_sms", sides[SMS]["expires_at"]),
    ):
        if ends:
            samples.add(f"{name}_{EXPIRY}", _seconds(ends), **named)
    online = is_online(host["provider_status"])
    if online is not None:
        samples.add("host_provider_online", int(online), **named)
    state = _state(host["result"])
    samples.add("host_info", 1, **named, cluster=host["cluster"] or "", version=host["version"] or "", state=state)


def _state(word: str) -> str:
    return word.replace(" ", "_")


def _seconds(text: str) -> float:
    return times.from_text(text).timestamp()


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def escaped(text: str) -> str:
    """The value of a label, as it stands in a file."""
    # The backslashes of what was made printable are escaped too, or the whole file could not be read.
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')
