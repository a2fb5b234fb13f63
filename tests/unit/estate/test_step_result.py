# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A step that failed has changed something where what is read back is another thing, and not because time went by."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import FAILED, UNCHANGED, StepResult

BEFORE = {"sha256_fingerprint": "AA:BB", "days_left": 20.1}


@pytest.mark.parametrize(
    ("status", "before", "after", "changed"),
    [
        (FAILED, BEFORE, {**BEFORE, "days_left": 20.0}, False),
        (FAILED, {"certificate": BEFORE}, {"certificate": {**BEFORE, "days_left": 20.0}}, False),
        (FAILED, BEFORE, {**BEFORE, "sha256_fingerprint": "CC:DD"}, True),
        (FAILED, BEFORE, None, True),
        (FAILED, None, None, False),
        (UNCHANGED, BEFORE, {**BEFORE, "sha256_fingerprint": "CC:DD"}, False),
    ],
)
def test_a_failed_step_changed_what_is_another_thing_now(status: str, before: Any, after: Any, changed: bool) -> None:
    assert StepResult("esx01", "renew", status, "it is due", before=before, after=after).to_facts()["changed"] is changed
