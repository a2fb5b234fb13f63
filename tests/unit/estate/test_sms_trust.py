# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a host trusts SMS, as facts show it."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.sms_trust import SmsTrust


@pytest.mark.parametrize("trusts", [True, False, None])
def test_it_is_what_it_was(trusts: Optional[bool]) -> None:
    trust = SmsTrust(trusts, "why", ("AA:01",))
    assert SmsTrust.from_facts(trust.to_facts()) == trust


def test_what_was_not_looked_at_is_none() -> None:
    assert SmsTrust.from_facts(None) is None
    assert SmsTrust.from_facts({}) == SmsTrust(None, "")
