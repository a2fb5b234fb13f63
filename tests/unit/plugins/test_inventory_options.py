# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of an inventory file that cannot be evaluated: what is said of them, and what is not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.certops.vsphere.plugins.inventory.estate import InventoryModule
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError

try:
    from ansible.template import trust_as_template
except ImportError:  # Before ansible-core 2.19 every text of a file is a template.

    def trust_as_template(value: Any) -> Any:
        """The text as it is."""
        return value


BROKEN = ("w{{canary", "w{% canary %}", "{{ 'canary' | nofilter }}")


def evaluated(option: str, text: str) -> Any:
    """An option of a file, for all vCenters or for the first of a list."""
    plugin = InventoryModule()
    plugin.templar, plugin._vars = Templar(loader=DataLoader()), {}
    value: Any = trust_as_template(text)
    where, _dot, key = option.rpartition(".")
    return plugin._evaluated(where, [{key: value}]) if where else plugin._evaluated(key, value)


@pytest.mark.parametrize("option", ["password", "pwd", "pass", "proxy_password", "vcenters.password", "vcenters.proxy_password"])
@pytest.mark.parametrize("text", BROKEN)
def test_a_secret_that_looks_like_a_template_is_not_shown(option: str, text: str) -> None:
    with pytest.raises(InputError, match=r"The option .*(pass|password|pwd) cannot be evaluated") as caught:
        evaluated(option, text)
    assert "canary" not in str(caught.value)
    assert "!unsafe" in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("text", BROKEN)
def test_of_another_option_the_reason_is_told(text: str) -> None:
    with pytest.raises(InputError, match=r"The option hostname cannot be evaluated \([^)]+"):
        evaluated("hostname", text)
