# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as lines of text that can be read at three in the morning, and in a log without colours."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Mapping, Sequence

from .._common.printable import printable
from .._common.text_width import broken, cut, padded, width
from .._deciding.turn import title
from .fleet import BROKEN, HELD, KINDS, PASSED_OVER, SETTLED
from .report import FOR_ALL, RESULTS, told

COLUMNS = ("ESXI HOST", "CLUSTER", "EXPIRES", "PROVIDER", "STEPS", "RESULT", "REASON")
EXPIRES, RESULT = COLUMNS.index("EXPIRES"), COLUMNS.index("RESULT")
GAP = "  "
# A reason that has less room than this beside the other columns stands beneath them, with what has no room there either.
NARROWEST = 30
NARROW = (("ESXI HOST", "CLUSTER", "EXPIRES", "PROVIDER", "RESULT"), ("ESXI HOST", "EXPIRES", "RESULT"))
BENEATH = "    "
PLAIN = ""
_SENTENCE_ENDS = re.compile(r"[.!?](?=\s)")

# A line in parts, each with its tone: PLAIN, or one of the kinds of fleet.KINDS, which say how good or bad it is.
Line = list[tuple[str, str]]


def lines(report: Mapping[str, Any], most_hosts: int = 0) -> list[str]:
    """The report of one vCenter as text. most_hosts: as toned has it."""
    return plain(toned(report, most_hosts))


def plain(toned_lines: Sequence[Line]) -> list[str]:
    """Lines without their tones."""
    return ["".join(text for text, _tone in line) for line in toned_lines]


def toned(report: Mapping[str, Any], most_hosts: int = 0, columns: int = 0) -> list[Line]:
    """The report of one vCenter, worst hosts first, then as they stand in it.

    most_hosts: with more hosts than this only those are shown that are not settled, and no more of them; 0 for all.
    columns: the width of the terminal, for which the table is made and lines are broken; 0 where there is none: a host is a line.
    """
    found: list[Line] = [[(_head(report), PLAIN)]]
    if report["failure"]:
        found.append([("STOPPED", BROKEN), (f": {report['failure']}", PLAIN)])
    found.extend([("BLOCKED", HELD), (f" ({blocker['code']}): {told(blocker)}", PLAIN)] for blocker in report["blockers"])
    hosts = sorted(report["hosts"], key=lambda host: RESULTS.index(host["result"]))
    shown = _that_matter(hosts, most_hosts)
    if shown:
        found.extend(_aligned(shown, columns))
    if len(shown) < len(hosts):
        found.append([(_folded(hosts, shown), PLAIN)])
    only_looking = report["check_mode"] or report["audit"]
    if report["check_mode"] and not report["failure"]:
        found.extend([(line, PLAIN)] for line in turn_lines(report["turns"], most_hosts))
    found.extend([(orphan_line(orphan, only_looking), PLAIN)] for orphan in report["orphans"])
    found.extend([(left_behind_line(entry), PLAIN)] for entry in report["left_behind"])
    found.extend([(line, PLAIN)] for line in excluded_lines(report["excluded"]))
    found.extend([(f"note: {warning}", PLAIN)] for warning in report["warnings"])
    printable = [[(_printable(text), tone) for text, tone in line] for line in found]
    return [part for line in printable for part in _within(line, columns)] if columns else printable


def _that_matter(hosts: Sequence[Mapping[str, Any]], most: int) -> list[Mapping[str, Any]]:
    if not most or len(hosts) <= most:
        return list(hosts)
    return [host for host in hosts if KINDS[host["result"]] not in (SETTLED, PASSED_OVER)][:most]


def _folded(hosts: Sequence[Mapping[str, Any]], shown: Sequence[Mapping[str, Any]]) -> str:
    left = Counter(host["result"] for host in hosts)
    left.subtract(host["result"] for host in shown)
    return f"{len(hosts) - len(shown)} {'more hosts' if shown else 'hosts'}, which the report has: {_counted(left)}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[word]} {word}" for word in RESULTS if counts.get(word))


def _printable(line: str) -> str:
    """Without characters that would move the cursor or break the line, or whose width is not known: names may be hostile."""
    return "".join(character if character.isprintable() else "?" for character in printable(line))


def _head(report: Mapping[str, Any]) -> str:
    counts = _counted(report["counts"]) or "no host"
    mode = "audit" if report["audit"] else "check mode, nothing was changed" if report["check_mode"] else "run"
    name, own = report["inventory_name"], report["vcenter"]
    return f"{name} ({mode if name == own else f'{own}, {mode}'}): {counts}"


def _row(host: Mapping[str, Any]) -> tuple[str, ...]:
    ends = host["expires_at"]
    cells = (
        str(host["esxi_host"]),
        str(host["cluster"] or "-"),
        f"{ends[:10]} ({host['days_left']:g} d{', or newer' if host.get('expires_at_may_be_old') else ''})" if ends else "unknown",
        str(host["provider_status"] or ("unavailable" if host["provider_unavailable"] else "none")),
        " ".join(host["steps"]) or "-",
        str(host["result"]),
        _in_short(str(host["why"])),
    )
    return tuple(_printable(cell) for cell in cells)


def _in_short(why: str) -> str:
    """What of a reason a table has room for: its first sentence. What blocks the whole vCenter stands above the table."""
    first = _SENTENCE_ENDS.split(why, maxsplit=1)[0]
    return first.partition(FOR_ALL)[0].rstrip(".")


def _aligned(hosts: Sequence[Mapping[str, Any]], columns: int) -> list[Line]:
    rows = [COLUMNS] + [_row(host) for host in hosts]
    widths = [max(width(row[column]) for row in rows) for column in range(len(COLUMNS) - 1)]
    before = sum(widths) + len(GAP) * len(widths)
    room = columns - before if columns else 0
    if columns and room < NARROWEST:
        return _stacked(rows, [{}, *map(_tones, hosts)], widths, columns)
    found: list[Line] = []
    for row, tones in zip(rows, [{}, *map(_tones, hosts)]):  # noqa: B905
        # The last column is as long as it is: padding it would only make long lines longer.
        cells = [(padded(cell, widths[place]) + GAP, tones.get(place, PLAIN)) for place, cell in enumerate(row[:-1])]
        found.append([*cells, (cut(row[-1], room) if room else row[-1], PLAIN)])
    return found


def _stacked(rows: Sequence[Sequence[str]], tones: Sequence[Mapping[int, str]], widths: Sequence[int], columns: int) -> list[Line]:
    """A table for a narrow terminal: beneath each host what has no room beside it."""
    layouts = [[COLUMNS.index(name) for name in layout] for layout in NARROW]
    fitting = (layout for layout in layouts if sum(widths[place] + len(GAP) for place in layout) - len(GAP) <= columns)
    shown = next(fitting, layouts[-1])
    found: list[Line] = []
    for row, tone in zip(rows, tones):  # noqa: B905
        *cells, result = [(row[place], place) for place in shown]
        line = [(padded(cell, widths[place]) + GAP, tone.get(place, PLAIN)) for cell, place in cells]
        found.append([*line, (result[0], tone.get(result[1], PLAIN))])
        if row is not rows[0]:
            found.extend([(BENEATH + text, PLAIN)] for text in broken(_beneath(row, shown), columns - len(BENEATH)))
    return found


def _beneath(row: Sequence[str], shown: Sequence[int]) -> str:
    """What a narrow table says beneath a host: what has no column, the steps, and why."""
    named = dict(zip(COLUMNS, row))  # noqa: B905
    cluster = "in no cluster" if named["CLUSTER"] == "-" else f"in {named['CLUSTER']}"
    parts = [] if COLUMNS.index("CLUSTER") in shown else [f"{cluster}, provider {named['PROVIDER']}"]
    parts += [named["STEPS"]] if named["STEPS"] != "-" else []
    return ": ".join([*parts, named["REASON"]])


def _within(line: Line, columns: int) -> list[Line]:
    """A line of text as lines that the terminal has room for; a table's are left as they are."""
    text = "".join(part for part, _tone in line)
    if width(text) <= columns or text.startswith(" ") or len(line) > 2:
        return [line]
    first, *more = broken(text, columns - len(BENEATH))
    begins, tone = line[0]
    head: Line = [(begins, tone), (first[len(begins) :], PLAIN)] if len(line) == 2 else [(first, tone)]
    return [head, *([(BENEATH + rest, PLAIN)] for rest in more)]


def _tones(host: Mapping[str, Any]) -> dict[int, str]:
    """The tones of a row's cells by their places."""
    expired = host["days_left"] is not None and host["days_left"] < 0
    return {RESULT: KINDS[host["result"]], EXPIRES: BROKEN if expired else PLAIN}


def turn_lines(turns: Sequence[Mapping[str, Any]], most: int = 0) -> list[str]:
    """In which order steps are to be taken, a line a turn. most: how many of them at most; 0 for all."""
    shown = turns[:most] if most else turns
    found = [title(turn, len(turns)) for turn in shown]
    return found + ([f"{len(turns) - len(shown)} more turns, which the report has"] if len(shown) < len(turns) else [])


def excluded_lines(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """How many hosts were left alone, a line for each reason."""
    counts = Counter(str(entry["reason"]) for entry in entries)
    return [f"left alone: {number} {'host' if number == 1 else 'hosts'}, because {reason}" for reason, number in counts.items()]


def excluded_line(entry: Mapping[str, Any]) -> str:
    """What is said of a host that was left alone."""
    return f"left alone: {entry['esxi_host']}, because {entry['reason']}"


def left_behind_line(entry: Mapping[str, Any]) -> str:
    """What is said of the provider of a host outside of clusters."""
    return (
        f"left behind: {entry['name']} ({entry['status'] or 'no status'}), because {entry['esxi_host']} stands in no cluster, and vCenter"
        " would not register its provider again"
    )


def orphan_line(orphan: Mapping[str, Any], only_looking: bool) -> str:
    """What is said of an orphan and of what becomes of it. only_looking: in check mode, or an audit."""
    if not orphan["steps"]:
        fate = "reported only (certops_remove_orphans removes it)"
    elif only_looking:
        fate = "to be removed"
    else:
        fate = "removed" if orphan["removed"] else "not removed"
    return f"orphan: {orphan['name']} ({orphan['status'] or 'no status'}), its host is not in this vCenter: {fate}"
