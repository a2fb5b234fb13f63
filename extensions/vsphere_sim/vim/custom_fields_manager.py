# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CustomFieldsManager: there because clients look for it."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..soap.servant import readable


class CustomFieldsManager(EstateServant):
    """No custom attributes are defined."""

    kind = vim.CustomFieldsManager

    @readable("field")
    def field(self, session: Optional[Session]) -> list[Any]:
        return []
