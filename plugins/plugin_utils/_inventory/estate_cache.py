# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was observed of vCenters, kept from one reading of an inventory to the next: one entry a vCenter, and only what was read."""

from __future__ import annotations

import hashlib
import json
from typing import Any, MutableMapping, Optional

from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.survey import Look

# In the place of a vCenter that could not be read, so that it is asked again, and no older state is shown for it meanwhile.
_NOTHING: dict[str, Any] = {}


class EstateCache:
    """Entries by vCenter, each with its own age. store is the cache of Ansible's; None where none is wanted.

    An entry is what cert_expiry_facts shows, in which there is no secret; a password is not in its key either.
    """

    def __init__(self, store: Optional[MutableMapping[str, Any]], prefix: str, *, fresh: bool) -> None:
        """fresh: take nothing out of it, as --flush-cache and meta: refresh_inventory want."""
        self._store = store
        self._prefix = prefix
        self._fresh = fresh

    def recall(self, look: Look) -> Optional[Estate]:
        """What is kept of a vCenter; None where it has to be read."""
        if self._store is None or self._fresh:
            return None
        try:
            return Estate.from_facts(self._store.get(self._key(look)))
        except (AnsibleError, CertopsError):
            # It expired, is broken, or another version of the collection made it.
            return None

    def keep(self, look: Look, estate: Optional[Estate]) -> None:
        """Keep what was read of a vCenter; None: it could not be read."""
        if self._store is not None:
            self._store[self._key(look)] = _NOTHING if estate is None else estate.to_facts()

    def _key(self, look: Look) -> str:
        connection = look.connection
        asked = [connection.hostname, connection.port, connection.username, look.probe, look.vmca_root_fingerprint]
        return f"{self._prefix}_{hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]}"
