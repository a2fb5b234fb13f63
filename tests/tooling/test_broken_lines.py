# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every line that `make test-broken` breaks is still there, once, and so is the file of tests that is to see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_lines import BROKEN, Broken


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.what)
def test_the_line_and_its_tests_are_there(root: Path, broken: Broken) -> None:
    text = (root / broken.path).read_text(encoding="utf-8")
    assert text.count(broken.old) == 1, f"{broken.path}: {broken.old!r}"
    assert (root / broken.tests).is_file()
