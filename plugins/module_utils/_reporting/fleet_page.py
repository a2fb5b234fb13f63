# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as one HTML file that needs no network and no other file, and does nothing that a host's name might ask of it.

The data stand in it as JSON, from which the page's own script makes what is looked at, as text and never as HTML. The page's
Content-Security-Policy allows that script and that style sheet, by their hashes, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .._common.printable import printable_parts
from .._estate.certificate_views import SERVED, SIDES
from .._vcenter.own_certificates import line_of
from .fleet import KINDS, mode_of
from .partial import partial
from .report import RESULTS
from .table import excluded_line, left_behind_line, orphan_line

# Where the template has the parts. None of them can come with the data, in whose JSON there is no <.
POLICY_MARK, STYLE_MARK, SCRIPT_MARK, DATA_MARK = (f"<!--{name}-->" for name in ("policy", "style", "script", "data"))


@dataclass(frozen=True)
class Template:
    """The page without data: HTML with the marks, its style sheet and its script."""

    html: str
    style: str
    script: str


def to_page(document: Mapping[str, Any], template: Template) -> str:
    """The whole file."""
    policy = (
        f"default-src 'none'; script-src '{_hash(template.script)}'; style-src '{_hash(template.style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    page = template.html.replace(POLICY_MARK, f'<meta http-equiv="Content-Security-Policy" content="{policy}">')
    page = page.replace(STYLE_MARK, f"<style>{template.style}</style>").replace(SCRIPT_MARK, f"<script>{template.script}</script>")
    return page.replace(DATA_MARK, f'<script type="application/json" id="data">{_json(printable_parts(_shown(document)))}</script>')


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _json(content: Any) -> str:
    """JSON that ends no script and no line of one: ASCII, without what HTML would see."""
    text = json.dumps(content, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the page needs of the document, without what is the same thousands of times."""
    return {
        "written_at": document["written_at"],
        "kinds": {word: KINDS[word] for word in RESULTS},
        "vcenters": [_vcenter(report) for report in document["vcenters"]],
        "unavailable": document["unavailable"],
        "partial": [text] if (text := partial(document)) else [],
        "hosts": [_host(host, place) for place, report in enumerate(document["vcenters"]) for host in report["hosts"]],
    }


def _vcenter(report: Mapping[str, Any]) -> dict[str, Any]:
    only_looking = report["check_mode"] or report["audit"]
    own = line_of(report.get("vcenter_certificates") or ())
    return {
        "name": report["inventory_name"],
        "hostname": report["vcenter"],
        "decided_at": report["decided_at"],
        "mode": mode_of(report),
        "failure": report["failure"],
        "renew_before_days": report["policy"]["renew_before_days"],
        "counts": report["counts"],
        "blockers": [_blocker(blocker) for blocker in report["blockers"]],
        "notes": [
            *(orphan_line(orphan, only_looking) for orphan in report["orphans"]),
            *map(left_behind_line, report["left_behind"]),
            *map(excluded_line, report["excluded"]),
            *report["warnings"],
            *([own] if own else []),
        ],
    }


def _host(host: Mapping[str, Any], vcenter: int) -> dict[str, Any]:
    certificates: list[list[Optional[str]]] = []
    before = host["before"]
    return {
        "vcenter": vcenter,
        **{key: host[key] for key in ("esxi_host", "cluster", "version", "connection_state", "expires_at", "days_left")},
        "old": bool(host.get("expires_at_may_be_old")),
        **{
            key: host[key]
            for key in (
                "provider_status",
                "provider_unavailable",
                "result",
                "kept_back",
                "reason",
                "why",
                "due",
                "steps",
                "verified",
            )
        },
        "sides": _sides(host["certificates"], certificates),
        "before": _sides(before["certificates"], certificates) if before["certificates"] else None,
        "certificates": certificates,
        "own": host["certificates"][SERVED]["of_provider"],
        "blockers": [_blocker(blocker) for blocker in host["blockers"]],
        "taken": [[step["step"], step["status"], step["error"]] for step in host["step_results"]],
    }


def _sides(shown: Mapping[str, Mapping[str, Optional[str]]], certificates: list[list[Optional[str]]]) -> list[list[Any]]:
    """For each side which of the host's certificates it is, and its problem: mostly all three are the same one."""
    found = []
    for side in SIDES:
        certificate = [shown[side].get(key) for key in ("expires_at", "sha256_fingerprint", "issuer", "not_before", "key")]
        certificate.append(", ".join(shown[side].get("names") or ()) or None)
        if certificate not in certificates:
            certificates.append(certificate)
        found.append([certificates.index(certificate), shown[side]["problem"]])
    return found


def _blocker(blocker: Mapping[str, Any]) -> list[str]:
    return [str(blocker[key]) for key in ("code", "message", "remedy")]
