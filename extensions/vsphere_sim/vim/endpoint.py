# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""POST /sdk"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from pyVmomi import vim

from ..estate.sessions import Session
from ..server.http import Request
from ..soap.endpoint import SoapEndpoint
from ..soap.request import SoapRequest
from ..soap.servant import Servant

if TYPE_CHECKING:
    from ..estate.vcenter import VCenter

COOKIE = "vmware_soap_session"


class VimEndpoint(SoapEndpoint):
    """The vim25 service of a vCenter."""

    protocol = "vim"
    namespace = "vim25"

    def __init__(self, vcenter: VCenter) -> None:
        super().__init__(vcenter, vcenter.vim_versions)

    def session_of(self, http: Request, soap: SoapRequest) -> Optional[Session]:
        return self.vcenter.sessions.find(http.cookie(COOKIE))

    def find(self, moid: str, session: Optional[Session]) -> Optional[Servant]:
        found = self.vcenter.objects.get(moid)
        if found is None and session is not None:
            found = session.objects.get(moid)
        return found

    def not_logged_in(self, servant: Servant, privilege: str, http: Request, soap: SoapRequest) -> Any:
        return vim.fault.NotAuthenticated(
            object=self.entity_of(servant), privilegeId=privilege, msg="The session is not authenticated."
        )
