# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every login, exec and command passes: the rules, and the journal."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any, Optional

from ..estate.esxi_host import EsxiHost
from ..estate.vcenter import VCenter
from ..journal import Entry

PROTOCOL = "ssh"
LONGEST_DETAIL = 2000
# A key that is typed into a command line; also one that is not typed to its end.
PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


@dataclass
class Passage:
    """One thing that is done, and what a rule makes of it."""

    entry: Entry
    effect: dict[str, Any]
    started: float = field(default_factory=time.monotonic)

    @property
    def refusal(self) -> Optional[tuple[int, str]]:
        """Exit status and error text, where it is not to be done at all."""
        if "exit_status" not in self.effect:
            return None
        return int(self.effect["exit_status"]), str(self.effect.get("stderr") or "")


class Gate:
    """The gate of one host."""

    def __init__(self, vcenter: VCenter, host: EsxiHost, secrets: tuple[str, ...]) -> None:
        self._vcenter = vcenter
        self._host = host
        self._secrets = secrets

    def enter(self, method: str, detail: Optional[str], session: Optional[str], username: str, mutating: bool = False) -> Passage:
        """Begin; the effect of the first rule that is about it is in the passage."""
        entry = self.entry(method, detail, session, username, mutating)
        rule = self._vcenter.rules.applied_to(entry.as_record())
        entry.rule = rule.number if rule else None
        return Passage(entry, dict(rule.effect) if rule else {})

    def entry(self, method: str, detail: Optional[str], session: Optional[str], username: str, mutating: bool = False) -> Entry:
        """An entry of the journal, without any password or key."""
        return Entry(
            self._vcenter.name,
            PROTOCOL,
            method,
            object=self._host.moid,
            target=self._host.name,
            session=session,
            username=username,
            mutating=mutating,
            detail=self._clean(detail),
        )

    def leave(self, passage: Passage, outcome: str) -> None:
        """End, with the outcome in a word."""
        passage.entry.outcome = outcome
        passage.entry.seconds = round(time.monotonic() - passage.started, 4)
        self._vcenter.journal.write(passage.entry)

    def _clean(self, detail: Optional[str]) -> Optional[str]:
        if not detail:
            return detail
        for secret in self._secrets:
            detail = detail.replace(secret, "********")
        return PRIVATE_KEY.sub(r"\1********", detail)[:LONGEST_DETAIL]
