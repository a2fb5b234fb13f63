# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of a call, for the journal."""

from __future__ import annotations

from time import monotonic
from typing import Optional


class Answered:
    """What came of a call: begun when this is made. Either answered or failed is called once."""

    def __init__(self) -> None:
        self._begun = monotonic()
        self.seconds = 0.0
        self.status = 0
        self.kind = ""
        self.challenge = ""
        self.body = b""
        self.error: Optional[BaseException] = None

    def answered(self, status: int, body: bytes, kind: str = "", challenge: str = "") -> Answered:
        """It was answered."""
        self.seconds = monotonic() - self._begun
        self.status, self.body, self.kind, self.challenge = status, body, kind, challenge
        return self

    def failed(self, error: BaseException) -> Answered:
        """It was not."""
        self.seconds = monotonic() - self._begun
        self.error = error
        return self
