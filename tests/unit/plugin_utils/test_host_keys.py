# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection that checks no host key is told from one that does."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.plugin_utils.host_keys import unverified


class Connection:
    """A connection plugin with these options."""

    def __init__(self, **options: Any) -> None:
        self._options = options

    def get_option(self, name: str) -> Any:
        """An option; KeyError for one that the plugin does not have."""
        return self._options[name]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, None),
        ({"host_key_checking": True, "ssh_args": "-o ControlMaster=auto"}, None),
        ({"ssh_common_args": "-o StrictHostKeyChecking=yes -o UserKnownHostsFile=/etc/hosts_known"}, None),
        ({"host_key_checking": False}, "host_key_checking"),
        ({"host_key_auto_add": True}, "host_key_auto_add"),
        ({"ssh_args": "-o StrictHostKeyChecking=no"}, "ssh_args has StrictHostKeyChecking=no"),
        ({"ssh_common_args": '-o "stricthostkeychecking no"'}, "ssh_common_args has stricthostkeychecking no"),
        ({"ssh_extra_args": "-oStrictHostKeyChecking=accept-new"}, "ssh_extra_args"),
        ({"ssh_extra_args": "-oStrictHostKeyChecking=off"}, "ssh_extra_args"),
        ({"ssh_common_args": "-o UserKnownHostsFile=/dev/null"}, "ssh_common_args has UserKnownHostsFile=/dev/null"),
        ({"ssh_args": None}, None),
    ],
)
def test_what_checks_no_host_key_is_told(options: dict[str, Any], told: Optional[str]) -> None:
    found = unverified(Connection(**options))
    assert (found is None) if told is None else (told in str(found))


def test_a_connection_without_options_is_left_alone() -> None:
    assert unverified(object()) is None
