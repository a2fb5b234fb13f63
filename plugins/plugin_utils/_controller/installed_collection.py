# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Ansible finds a collection that only some runs need."""

from __future__ import annotations

from importlib.util import find_spec


def installed_collection(name: str) -> bool:
    """Whether a collection, named as namespace.name, is where Ansible looks for collections."""
    try:
        return find_spec(f"ansible_collections.{name}") is not None
    except (ImportError, ValueError):
        return False


def installed_module(name: str) -> bool:
    """Whether a module, named as namespace.name.module, is there: an older version of a collection may not have it."""
    collection, _dot, module = name.rpartition(".")
    try:
        return (
            installed_collection(collection) and find_spec(f"ansible_collections.{collection}.plugins.modules.{module}") is not None
        )
    except (ImportError, ValueError):
        return False
