# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run of all tests fails where they take too little of the code that can do harm."""

from __future__ import annotations

from types import SimpleNamespace

import operations_coverage
import pytest
from operations_coverage import PACKAGES, ROOT, OperationsCoverage, problem


def test_nine_tenths_are_enough_and_less_is_told() -> None:
    assert problem(90.0) is None
    assert str(problem(89.94)).startswith("The tests run 89.9 % of _operations, _storage, _stepping, and 90 % are wanted")


def test_the_packages_are_there() -> None:
    assert all((ROOT / "plugins" / "module_utils" / name).is_dir() for name in PACKAGES)


@pytest.mark.parametrize(("percent", "before", "after"), [(95.0, 0, 0), (80.0, 0, 1), (80.0, 2, 2)])
def test_too_little_fails_the_run(percent: float, before: int, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations_coverage, "measured", lambda: percent)
    session = SimpleNamespace(exitstatus=before)
    OperationsCoverage().pytest_sessionfinish(session)
    assert session.exitstatus == after
