# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulated estates, so fast that nobody waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from vsphere_sim.testing import RunningEstate, estate

SPEED = 50
StartEstate = Callable[..., RunningEstate]


@pytest.fixture(scope="module")
def start_estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartEstate]:
    """Start an estate by the simulator's options; all of a module's are stopped at its end."""
    with ExitStack() as running:

        def start(**options: Any) -> RunningEstate:
            return running.enter_context(estate(tmp_path_factory.mktemp("estate"), **{"speed": SPEED, **options}))

        yield start
