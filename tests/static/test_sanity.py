# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test: what Ansible itself asks of a collection."""

from __future__ import annotations

import sys
from pathlib import Path


def test_sanity(run, root: Path) -> None:
    run(sys.executable, root / "scripts" / "run_ansible_test.py", "sanity", "--color", "no")
