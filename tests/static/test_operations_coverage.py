# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stories of operations are unit tests: what only real processes run of them was not told."""

from __future__ import annotations

from collections.abc import Callable


def test_unit_tests_run_nine_tenths_of_operations(run: Callable[..., str]) -> None:
    printed = run("make", "unit-operations")
    assert "Required test coverage of 90% reached" in printed
