# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Python's garbage collector and thousands of tests: what is collected for a whole run lives until its end, and looking through all of it over
and over finds nothing."""

from __future__ import annotations

import gc

import pytest

# Of a test itself there is garbage enough for a look every so many objects.
OBJECTS = 20_000


class Collector:
    """The hooks of pytest, in each process."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """What is made now stays."""
        gc.disable()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """From here on, what tests make is looked through, and what was there before is not."""
        gc.freeze()
        gc.set_threshold(OBJECTS, 20, 20)
        gc.enable()


def register(config: pytest.Config) -> None:
    """In all processes."""
    config.pluginmanager.register(Collector(), "certops-collector")
