# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The estate that most tests look at: one for each file of tests, and none of them may change it. Who does has a `demo` of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_hosts import DemoHosts, demo_hosts
from processes import mutating
from vsphere_sim.testing import RunningEstate, estate


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """An estate that no test changes."""
    with estate(tmp_path_factory.mktemp("demo"), scenario="demo", speed=100) as running:
        yield running
        assert mutating(running) == []


@pytest.fixture(scope="module")
def hosts(demo: RunningEstate) -> DemoHosts:
    """Its hosts."""
    return demo_hosts(demo)


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[RunningEstate]:
    """An estate that a test may change: it is no other's."""
    with estate(tmp_path / "estate", scenario="demo", speed=100) as running:
        yield running
