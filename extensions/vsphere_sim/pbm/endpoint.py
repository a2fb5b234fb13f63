# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""POST /pbm/sdk: Terraform's provider asks for its content before it does anything."""

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
from .service_instance import PbmServiceInstance, ProfileManager

if TYPE_CHECKING:
    from ..estate.vcenter import VCenter

PATHS = ("/pbm", "/pbm/", "/pbm/sdk", "/pbm/sdk/")
# The value of the vim session's cookie, in a SOAP header: some clients send that, and others the cookie.
HEADER = "vcSessionCookie"


class PbmEndpoint(SoapEndpoint):
    """The storage policies of a vCenter, of which there are none."""

    protocol = "pbm"
    namespace = "pbm"

    def __init__(self, vcenter: VCenter) -> None:
        super().__init__(vcenter, ServiceVersions("pbm", vcenter.release.api_limit))
        servants: list[Servant] = [PbmServiceInstance(vcenter, "ServiceInstance"), ProfileManager(vcenter, "ProfileManager")]
        self._objects = {one.moid: one for one in servants}

    def session_of(self, http: Request, soap: SoapRequest) -> Optional[Session]:
        return self.vcenter.sessions.find(soap.headers.get(HEADER, "").strip('"') or http.cookie(COOKIE))

    def find(self, moid: str, session: Optional[Session]) -> Optional[Servant]:
        return self._objects.get(moid)

    def not_logged_in(self, servant: Servant, privilege: str, http: Request, soap: SoapRequest) -> Any:
        return vim.fault.NotAuthenticated(object=vim.Folder("group-d1"), privilegeId=privilege)
