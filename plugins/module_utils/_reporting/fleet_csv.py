# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of a report as CSV (RFC 4180), a line each, which a spreadsheet can open without executing what a host is called."""

from __future__ import annotations

import csv
import io
import re
from typing import Any, Mapping, Optional

from .._common.printable import printable
from .._estate.certificate_views import SIDES
from .fleet import each_host

COLUMNS = (
    *("vcenter", "esxi_host", "cluster", "version", "connection_state", "result", "kept_back"),
    *("expires_at", "expires_at_may_be_old", "days_left", "provider_status"),
    *("rule", "reason", "due", "steps", "steps_changed", "cured_by", "why", "blockers", "remedies", "verified"),
    *(f"{side}_{what}" for side in SIDES for what in ("expires_at", "sha256_fingerprint", "problem")),
)
# Where a spreadsheet would begin a formula (OWASP, CSV injection): signs in full width too, after blanks and quotes too, and not only where a
# cell of ours begins: which sign parts the cells is the spreadsheet's own setting (a semicolon in much of Europe, a tab, a bar). Tabs and
# line breaks, which some take for a beginning as well, are no longer there: they are shown as escapes.
_BEGINS = re.compile("(^|[,;|])(?=[\\s\"']*[=+\\-@\uff1d\uff0b\uff0d\uff20])")


def to_csv(document: Mapping[str, Any]) -> str:
    """The whole file, its lines ended by CR LF. Cells with several values have them parted by semicolons."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for report, host in each_host(document):
        row = {**host, **_lists(host), **_sides(host["certificates"]), "vcenter": report["inventory_name"]}
        writer.writerow([_cell(row[column]) for column in COLUMNS])
    return text.getvalue()


def _lists(host: Mapping[str, Any]) -> dict[str, str]:
    blockers = host["blockers"]
    return {
        "due": "; ".join(host["due"]),
        "steps": "; ".join(host["steps"]),
        "steps_changed": "; ".join(step["step"] for step in host["step_results"] if step["status"] == "changed"),
        "blockers": "; ".join(dict.fromkeys(str(blocker["code"]) for blocker in blockers)),
        "remedies": "; ".join(dict.fromkeys(str(blocker["remedy"]) for blocker in blockers)),
    }


def _sides(certificates: Mapping[str, Mapping[str, Optional[str]]]) -> dict[str, Optional[str]]:
    return {f"{side}_{what}": value for side, shown in certificates.items() for what, value in shown.items()}


def _cell(value: Any) -> Any:
    """Numbers are ours; any text may be somebody else's."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return value
    return _BEGINS.sub(r"\1'", printable(str(value)))
