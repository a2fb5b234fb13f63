# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The libraries that a plugin needs on the controller: modules look for theirs in the entry."""

from __future__ import annotations

import sys

from ansible_collections.certops.vsphere.plugins.module_utils._entry import messages
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import LIBRARIES
from ansible_collections.certops.vsphere.plugins.module_utils._wire.pyvmomi_library import OLDEST

NEEDED = {"pyvmomi": f"pyvmomi>={OLDEST}"}


def require_libraries(*names: str) -> None:
    """Raise InputError for the first of these libraries, by their names in LIBRARIES, that is not installed."""
    for name in names:
        if LIBRARIES[name] is not None:
            needed = NEEDED.get(name, name)
            raise messages.LIBRARY_MISSING(library=name, python=sys.executable, reason=LIBRARIES[name], requirement=needed)
