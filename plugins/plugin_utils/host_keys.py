# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a connection proves that it leads to the host that is meant: for SSH, whether the host's key is checked."""

from __future__ import annotations

import re
from typing import Any, Optional

_OPTIONS = ("ssh_args", "ssh_common_args", "ssh_extra_args")
# Before the value there may be a blank or an equals sign, and quotes (ssh_config(5)).
_UNCHECKED = re.compile(r"StrictHostKeyChecking[\s=\"']*(no|off|accept-new)\b", re.IGNORECASE)
_FORGOTTEN = re.compile(r"UserKnownHostsFile[\s=\"']*/dev/null\b", re.IGNORECASE)


def unverified(connection: Any) -> Optional[str]:
    """Why this connection does not check who answers; None where it does, as far as its options tell.

    Settings in the user's own ssh_config are not seen.
    """
    if _option(connection, "host_key_checking") is False:
        return "host key checking is switched off (host_key_checking)"
    if _option(connection, "host_key_auto_add") is True:
        return "unknown host keys are accepted (host_key_auto_add)"
    for name in _OPTIONS:
        text = str(_option(connection, name) or "")
        found = _UNCHECKED.search(text) or _FORGOTTEN.search(text)
        if found:
            return f"{name} has {' '.join(found.group(0).split())}"
    return None


def _option(connection: Any, name: str) -> Any:
    try:
        return connection.get_option(name)
    except (KeyError, AttributeError):
        return None
