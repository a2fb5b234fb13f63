# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""POST /vsanHealth: the objects of vSAN clusters, what is resynchronised, and their witnesses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from pyVmomi import vim

from ..estate.sessions import Session
from ..server.http import Request
from ..soap.endpoint import SoapEndpoint
from ..soap.request import SoapRequest
from ..soap.servant import Servant
from ..soap.versions import ServiceVersions
from ..vim.endpoint import COOKIE
from .health import ObjectSystem, StretchedClusterSystem

if TYPE_CHECKING:
    from ..estate.vcenter import VCenter

PATHS = ("/vsanHealth", "/vsanHealth/")


class VsanEndpoint(SoapEndpoint):
    """The vSAN health service of a vCenter. It knows who calls by the cookie of the vim session."""

    protocol = "vsan"
    namespace = "vsan"

    def __init__(self, vcenter: VCenter) -> None:
        super().__init__(vcenter, ServiceVersions("vsan", vcenter.release.api_limit))
        servants: list[Servant] = [ObjectSystem(vcenter), StretchedClusterSystem(vcenter)]
        self._objects = {one.moid: one for one in servants}

    def session_of(self, http: Request, soap: SoapRequest) -> Optional[Session]:
        return self.vcenter.sessions.find(http.cookie(COOKIE))

    def find(self, moid: str, session: Optional[Session]) -> Optional[Servant]:
        return self._objects.get(moid)

    def not_logged_in(self, servant: Servant, privilege: str, http: Request, soap: SoapRequest) -> Any:
        return vim.fault.NotAuthenticated(object=vim.Folder("group-d1"), privilegeId=privilege)
