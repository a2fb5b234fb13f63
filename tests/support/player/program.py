# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-inventory itself, in a process that has imported all of it: its own command line, its own code, and what it prints."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from player.content import UnknownToPlayer


def import_program() -> None:
    """What takes most of its time."""
    import ansible.cli.inventory
    import ansible.plugins.inventory.yaml
    from ansible_collections.certops.vsphere.plugins.inventory import estate

    assert ansible.cli.inventory
    assert estate


def show_inventory(arguments: Sequence[str], settings_before: Mapping[str, str]) -> int:
    """Run it with these arguments, and return its exit status. settings_before: those of Ansible's that the server was started with.

    Raises UnknownToPlayer where others are wanted: they are read when Ansible is imported.
    """
    from ansible.cli.inventory import InventoryCLI

    if ansible_settings(os.environ) != dict(settings_before):
        raise UnknownToPlayer("Ansible's settings of this test")
    try:
        InventoryCLI.cli_executor(["ansible-inventory", *arguments])
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


def ansible_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment Ansible is configured with."""
    return {name: value for name, value in environment.items() if name.startswith("ANSIBLE_")}
