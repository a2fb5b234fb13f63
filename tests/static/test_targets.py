# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test integration finds every target, and each succeeds."""

from __future__ import annotations

import re
import sys
from pathlib import Path

TARGETS = Path(__file__).resolve().parent.parent / "integration" / "targets"


def test_the_targets_of_ansible_test_succeed(run, root: Path) -> None:
    printed = run(sys.executable, root / "scripts" / "run_ansible_test.py", "integration", "--color", "no")
    wanted = {path.name for path in TARGETS.iterdir() if "hidden" not in (path / "aliases").read_text(encoding="utf-8")}
    assert set(re.findall(r"^Running (\S+) integration test role$", printed, re.MULTILINE)) == wanted
