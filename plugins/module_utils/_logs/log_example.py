# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A line of a log as a result shows it: short, printable, and without what logs should not hold."""

from __future__ import annotations

import re

from .._common.printable import on_one_line

LONGEST_EXAMPLE = 500
# What is masked or escaped takes another length, so more is looked at than is shown.
LONGEST_KEPT = 8 * LONGEST_EXAMPLE
_MASK = r"\1********"
_SECRETS = (
    re.compile(r"(-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----).*?(?=-----END|$)", re.DOTALL),
    re.compile(r"(://)[^\s/@:]{1,256}:[^\s/@]{1,256}(?=@)"),
    re.compile(r"(?i)(\b(?:authorization)\s{0,4}[:=]\s{0,4}[\"']?(?:basic|bearer|sign)?\s{0,4})[^\s\"',;]{1,4096}"),
    re.compile(r"(?i)(\bbearer\s{1,4})[\w.~+/=-]{1,4096}"),
    # A value in quotes may hold blanks; one without ends at the first.
    re.compile(
        r"(?i)([\w.-]{0,64}(?:passw(?:or)?d|passphrase|\bpwd|secret|token|credential|private_?key|session_?(?:id|key|cookie)?)"
        r"[\w-]{0,32}[\"']?\s{0,4}(?:=|:)\s{0,4})(?:\"[^\"]{0,4096}\"?|'[^']{0,4096}'?|[^\s,;&<>\"')\]}]{1,4096})"
    ),
    re.compile(r"(?i)(<(?:\w{1,32}:)?(?:password|token|secret|sessionid|vcsessioncookie)>)[^<]{0,4096}"),
)


def example_of(text: bytes) -> str:
    """A line to show: secrets are masked before it is cut, bytes that are no UTF-8 and control characters are written as escapes."""
    shown = text[:LONGEST_KEPT].decode("utf-8", "backslashreplace")
    for secret in _SECRETS:
        shown = secret.sub(_MASK, shown)
    shown = on_one_line(shown)
    return shown if len(shown) <= LONGEST_EXAMPLE else shown[: LONGEST_EXAMPLE - 3] + "..."
