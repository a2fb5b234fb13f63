# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often a line about a task's progress comes, by a clock on which no time passes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import speaking

EVERY_SECONDS = 30.0


class Over:
    """The task's end: it comes after so many waits, each of which is over at once."""

    def __init__(self, waits: int) -> None:
        self.waited: list[float] = []
        self._waits = waits

    def wait(self, seconds: float) -> bool:
        """Whether the end has come."""
        self.waited.append(seconds)
        return len(self.waited) > self._waits


@pytest.mark.parametrize("lines", [0, 1, 3])
def test_a_line_comes_each_time_that_it_was_silent_for_so_long(lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    vsphere_fault: list[str] = []
    monkeypatch.setattr(speaking.display, "display", lambda text, **_given: vsphere_fault.append(text))
    one: Any = speaking._Line("vc01", Progress("reconnect", total=6), EVERY_SECONDS, {})
    one._over = Over(lines)
    one._speak()
    assert len(vsphere_fault) == lines
    assert all(text.startswith("vc01: reconnect") for text in vsphere_fault)
    # A little sooner than promised, as far as the line takes to be printed; never later.
    assert len(one._over.waited) == lines + 1
    assert all(EVERY_SECONDS / 2 < seconds <= EVERY_SECONDS for seconds in one._over.waited)
