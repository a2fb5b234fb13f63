# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A place for a change is found from the tree alone: no folder is so full that nobody reads its list."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path, PurePosixPath

# Beside __init__.py, which says what the others are about.
MOST_FILES = 16
# The root has what tools look for there, and Ansible finds a module in these folders by its name; of the others, each file is like the next, and
# none is looked for by its place.
UNBOUNDED = {".", "plugins/action", "plugins/modules", "changelogs/fragments", "findings"}


def test_no_folder_is_too_full(root: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    files = [PurePosixPath(name) for name in listed.split("\0") if name]
    full = Counter(str(path.parent) for path in files if path.name != "__init__.py")
    assert {folder: number for folder, number in full.items() if number > MOST_FILES and folder not in UNBOUNDED} == {}
    assert len(full) > 50
