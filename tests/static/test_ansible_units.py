# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The unit tests pass as ansible-test runs them, each in a process of its own, and none is left out unnoticed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

# It has a case for every file of the repository, which it only reads: whoever runs it, it sees the same. make ansible-units has it too.
NOT_AGAIN = "tests/unit/test_imports.py"
# There are more; far fewer would mean that whole files are not found.
FEWEST = 1500


def test_the_unit_tests_pass_within_ansible_test(run, root: Path) -> None:
    printed = run(sys.executable, root / "scripts" / "run_ansible_test.py", "units", "--color", "no", "--exclude", NOT_AGAIN)
    [passed] = re.findall(r"^=+ (\d+) passed.* in .*=+$", printed, re.MULTILINE)
    assert int(passed) >= FEWEST
