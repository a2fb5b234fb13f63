# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The code that can do harm is tested in memory: the tests of a whole run must take nine tenths of its lines and branches in pytest's own processes.

Whole playbooks run in other processes, which are not counted here: what only they run is not tested so.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Optional

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("_operations", "_storage", "_stepping")
WANTED = 90.0


def problem(percent: float) -> Optional[str]:
    """What is told where it is too little."""
    if percent >= WANTED:
        return None
    return f"The tests run {percent:.1f} % of {', '.join(PACKAGES)}, and {WANTED:g} % are wanted: make unit-operations shows which lines they miss."


def measured() -> float:
    """How much of the packages the last run measured, in percent of lines and branches."""
    # Where no whole run is measured it need not be installed.
    import coverage

    data = coverage.Coverage(config_file=str(ROOT / "pyproject.toml"))
    data.load()
    return float(data.report(include=[f"plugins/module_utils/{name}/*" for name in PACKAGES], omit=[], file=io.StringIO()))


class OperationsCoverage:
    """The hooks of pytest, in the process that the others report to."""

    def __init__(self) -> None:
        self._told: Optional[str] = None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """By now all that was measured lies together."""
        self._told = problem(measured())
        if self._told and session.exitstatus == 0:
            session.exitstatus = 1

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """With the other summaries."""
        if self._told:
            terminalreporter.write_line(self._told, red=True)


def register(config: pytest.Config) -> None:
    """Where all of the pure packages must be run, all tests are."""
    whole = getattr(config.option, "cov_fail_under", None) == 100
    if whole and not hasattr(config, "workerinput"):
        config.pluginmanager.register(OperationsCoverage(), "certops-operations-coverage")
