# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An estate that a test may change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from vsphere_sim.testing import RunningEstate, estate


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningEstate]:
    """A small estate that no other test looks at."""
    with estate(tmp_path / "estate", hosts=2, speed=100, healthy=True) as running:
        yield running
