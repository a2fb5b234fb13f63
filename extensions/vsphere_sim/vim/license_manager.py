# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""LicenseManager: there because clients list licences."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim, vmodl

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..soap.servant import readable


class LicenseManager(EstateServant):
    """A vCenter and its hosts in their evaluation period."""

    kind = vim.LicenseManager

    @readable("licenses")
    def licenses(self, session: Optional[Session]) -> list[Any]:
        return [_evaluation()]

    @readable("evaluation")
    def evaluation(self, session: Optional[Session]) -> Any:
        return vim.LicenseManager.EvaluationInfo(properties=[vmodl.KeyAnyValue(key="Localized", value="Evaluation Mode")])

    @readable("licensedEdition")
    def edition(self, session: Optional[Session]) -> str:
        return ""


def _evaluation() -> Any:
    return vim.LicenseManager.LicenseInfo(
        licenseKey="00000-00000-00000-00000-00000",
        editionKey="eval",
        name="Product Evaluation",
        total=0,
        costUnit="",
        properties=[vmodl.KeyAnyValue(key="Localized", value="Evaluation Mode")],
    )
