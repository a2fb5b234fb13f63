# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as lines of text that can be read at three in the morning, and in a log without colours."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

COLUMNS = ("ESXI HOST", "CLUSTER", "ENDS", "PROVIDER", "STEPS", "RESULT", "REASON")
GAP = "  "


def lines(report: Mapping[str, Any]) -> list[str]:
    """The report of one vCenter, worst hosts first, as they stand in it."""
    text = [_head(report)]
    if report["failure"]:
        text.append(f"STOPPED: {report['failure']}")
    text.extend(f"BLOCKED ({blocker['code']}): {_told(blocker)}" for blocker in report["blockers"])
    rows = [COLUMNS] + [_row(host) for host in report["hosts"]]
    if len(rows) > 1:
        text.extend(_aligned(rows))
    only_looking = report["check_mode"] or report["audit"]
    text.extend(orphan_line(orphan, only_looking) for orphan in report["orphans"])
    text.extend(f"left alone: {entry['esxi_host']}, because {entry['reason']}" for entry in report["left_alone"])
    text.extend(f"note: {warning}" for warning in report["warnings"])
    return [_printable(line) for line in text]


def _printable(line: str) -> str:
    """Without characters that would move the cursor or break the line: names come from hosts, and may be hostile."""
    return "".join(character if character.isprintable() else "?" for character in line)


def _head(report: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{number} {word}" for word, number in sorted(report["counts"].items())) or "no host"
    mode = "audit" if report["audit"] else "check mode, nothing was changed" if report["check_mode"] else "run"
    return f"{report['vcenter']} ({mode}): {counts}"


def _row(host: Mapping[str, Any]) -> tuple[str, ...]:
    ends = host["expires_at"]
    return (
        str(host["esxi_host"]),
        str(host["cluster"] or "-"),
        f"{ends[:10]} ({host['days_left']:g} d)" if ends else "unknown",
        str(host["provider_status"] or "none"),
        " ".join(host["steps"]) or "-",
        str(host["result"]),
        str(host["why"]),
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    # The last column is as long as it is: padding it would only make long lines longer.
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS) - 1)]
    return [
        GAP.join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip()  # noqa: B905
        for row in rows
    ]


def orphan_line(orphan: Mapping[str, Any], only_looking: bool) -> str:
    """What is said of an orphan and of what becomes of it. only_looking: in check mode, or an audit."""
    if not orphan["steps"]:
        fate = "reported only (certops_remove_orphans removes it)"
    elif only_looking:
        fate = "to be removed"
    else:
        fate = "removed" if orphan["removed"] else "not removed"
    return f"orphan: {orphan['name']} ({orphan['status'] or 'no status'}), its host is not in this vCenter: {fate}"


def _told(blocker: Mapping[str, Any]) -> str:
    return f"{str(blocker['message']).rstrip('.')}. {blocker['cure']}"
