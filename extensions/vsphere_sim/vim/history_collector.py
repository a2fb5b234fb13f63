# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HistoryCollector: what events and tasks are read by, page by page."""

from __future__ import annotations

import secrets
from typing import Any, Callable, Optional

from pyVmomi import vim, vmodl

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..estate.vcenter import VCenter
from ..soap.servant import Call, method, readable

# Collectors of a kind that a session may have (maxCollector of both managers).
MOST_COLLECTORS = 32
# A vCenter of 7.x that was asked for more gave nothing, and no error (field report).
MOST_ASKED = 1000
DEFAULT_PAGE = 10


class HistoryCollector(EstateServant):
    """Everything that its filter takes, and a position in it: at first before the oldest (API reference)."""

    kind = vim.HistoryCollector

    def __init__(self, vcenter: VCenter, moid: str, wanted: Any, matching: Callable[[], list[Any]]) -> None:
        """matching: what the filter takes now, the oldest first."""
        super().__init__(vcenter, moid)
        self._wanted = wanted
        self._matching = matching
        self._position = 0
        self._page_size = DEFAULT_PAGE

    @method("SetCollectorPageSize")
    def set_page_size(self, call: Call) -> None:
        self._page_size = _positive(call)

    @method("RewindCollector")
    def rewind(self, call: Call) -> None:
        self._position = 0

    @method("ResetCollector")
    def reset(self, call: Call) -> None:
        """Right before the latest page: what is read backwards from there is older than what that page shows."""
        self._position = max(0, len(self._matching()) - self._page_size)

    @method("DestroyCollector")
    def destroy(self, call: Call) -> None:
        assert call.session is not None
        call.session.objects.pop(self.moid, None)

    @readable("filter")
    def filter(self, session: Optional[Session]) -> Any:
        return self._wanted

    @readable("latestPage")
    def latest_page(self, session: Optional[Session]) -> list[Any]:
        """The newest first."""
        return [] if self._page_size > MOST_ASKED else self._matching()[: -self._page_size - 1 : -1]

    def read_on(self, call: Call) -> list[Any]:
        """The next newer ones, the oldest of them first."""
        most = _positive(call)
        page = [] if most > MOST_ASKED else self._matching()[self._position : self._position + most]
        self._position += len(page)
        return page

    def read_back(self, call: Call) -> list[Any]:
        """The next older ones, the newest of them first."""
        most = _positive(call)
        page = [] if most > MOST_ASKED else self._matching()[max(0, self._position - most) : self._position]
        self._position -= len(page)
        return page[::-1]


def keep(call: Call, kind: type[HistoryCollector], make: Callable[[str], HistoryCollector]) -> Any:
    """A collector for this session, made with a new id. Raises vim.fault.InvalidState where the session has too many of its kind."""
    assert call.session is not None
    with call.session.lock:
        if sum(isinstance(one, kind) for one in call.session.objects.values()) >= MOST_COLLECTORS:
            raise vim.fault.InvalidState()
        made = make(f"session[{call.session.key}]{secrets.token_hex(8)}")
        call.session.objects[made.moid] = made
    return made.reference


def _positive(call: Call) -> int:
    most = int(call.require("maxCount"))
    if most <= 0:
        raise vmodl.fault.InvalidArgument(invalidProperty="maxCount")
    return most
