# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unit tests pass as ansible-test runs them, each in a process of its own.

Some of them, which have a module, an action and a shell in them: all run on every Python anyway, and `make ansible-units` runs all of them so.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

SOME = ("tests/unit/esxi_shell/", "tests/unit/plugin_utils/")
FEWEST = 250


def test_unit_tests_pass_within_ansible_test(run, root: Path) -> None:
    printed = run(sys.executable, root / "scripts" / "run_ansible_test.py", "units", "--color", "no", *SOME)
    [passed] = re.findall(r"^=+ (\d+) passed.* in .*=+$", printed, re.MULTILINE)
    assert int(passed) >= FEWEST
