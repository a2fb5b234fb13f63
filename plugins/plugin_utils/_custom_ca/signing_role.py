# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the role that signs is there. An include_role that cannot load its role is no failure like others.

Where it, or a role that it depends on, is not found, Ansible runs the rescue and does not say why (ansible_failed_result is that of an older
failure), leaves the host out of all plays that follow, and exits 0. Where its YAML is broken the run of all hosts ends at once. So it is loaded before.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Optional

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import load_role


def collection_has_role(collection: str, role: str) -> bool:
    """Whether a collection that is installed, as namespace.name, has a role. A role in a folder of roles is named as folder.role."""
    spec = find_spec(f"ansible_collections.{collection}")
    places = (spec.submodule_search_locations if spec is not None else None) or ()
    return any(os.path.isdir(os.path.join(place, "roles", *role.split("."))) for place in places)


def role_problem(action: ActionBase, name: str) -> Optional[str]:
    """Why include_role could not load a role of this name beside the task of an action; None where it could.

    Only the first line of Ansible's reason: below it stand lines of files.
    """
    try:
        load_role(action, name)
    except AnsibleError as error:
        return f"Ansible cannot load its role {name} ({str(error).strip().splitlines()[0].rstrip('.:')})"
    return None
