# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions of vim25 and of the REST API."""

from __future__ import annotations

import secrets
import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional

from ..clock import Clock
from .accounts import Account


@dataclass
class Session:
    """Somebody who is logged in, and what vCenter keeps for them."""

    secret: str = field(repr=False)
    key: str
    account: Account
    login_time: datetime
    last_active: datetime
    client: str
    user_agent: str
    calls: int = 0
    # Views, filters and collectors live as long as the session; they are found by their ids.
    objects: dict[str, Any] = field(default_factory=dict)
    # What a paged answer still owes, by its token.
    pages: dict[str, Any] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


class Sessions:
    """The sessions of one service."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._by_secret: dict[str, Session] = {}

    def open(self, account: Account, client: str, user_agent: str) -> Session:
        """Log somebody in who has been authenticated."""
        now = self._clock.now()
        session = Session(secrets.token_hex(20), str(uuid.uuid4()), account, now, now, client, user_agent)
        with self._lock:
            self._by_secret[session.secret] = session
        return session

    def find(self, secret: Optional[str]) -> Optional[Session]:
        """The session of a cookie or token, which counts as used."""
        with self._lock:
            session = self._by_secret.get(secret or "")
            if session is not None:
                session.last_active = self._clock.now()
                session.calls += 1
            return session

    def by_key(self, key: str) -> Optional[Session]:
        """A session by the key that it is known by to others."""
        with self._lock:
            return next((session for session in self._by_secret.values() if session.key == key), None)

    def close(self, session: Session) -> None:
        """Log out."""
        with self._lock:
            self._by_secret.pop(session.secret, None)

    def expire_all(self) -> int:
        """End every session, as a restart of the service would; how many there were."""
        with self._lock:
            count = len(self._by_secret)
            self._by_secret.clear()
            return count

    def listed(self) -> list[Session]:
        """All sessions."""
        with self._lock:
            return list(self._by_secret.values())
