# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""POST /sms/sdk"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from pyVmomi import sms

from ..estate.sessions import Session
from ..estate.storage_service import STARTED
from ..server.http import Request, Response
from ..soap.endpoint import SoapEndpoint
from ..soap.request import SoapRequest
from ..soap.servant import Call, Servant
from .vasa_provider import VasaProvider

if TYPE_CHECKING:
    from ..estate.vcenter import VCenter

# The value of the vim session's cookie, in a SOAP header.
HEADER = "vcSessionCookie"
UNAVAILABLE = b"503 Service Unavailable (Failed to connect to endpoint: [/var/run/vmware/vpxd-sps/sms.sock])\n"


class SmsEndpoint(SoapEndpoint):
    """SMS of a vCenter, as long as SPS runs."""

    protocol = "sms"
    namespace = "sms"

    def __init__(self, vcenter: VCenter) -> None:
        super().__init__(vcenter, vcenter.sms_versions)

    def session_of(self, http: Request, soap: SoapRequest) -> Optional[Session]:
        session = self.vcenter.sessions.find(soap.headers.get(HEADER, "").strip('"'))
        if session is None or not self.vcenter.storage.admits(session.secret):
            return None
        return session

    def find(self, moid: str, session: Optional[Session]) -> Optional[Servant]:
        found = self.vcenter.sms_objects.get(moid)
        if found is None:
            provider = self.vcenter.storage.by_moid(moid)
            if provider is not None:
                return VasaProvider(self.vcenter, provider)
        return found

    def not_logged_in(self, servant: Servant, privilege: str, http: Request, soap: SoapRequest) -> Any:
        cookie = soap.headers.get(HEADER, "")
        # Enough of it to tell which, and not enough to use it.
        return sms.fault.InvalidSession(sessionCookie=cookie[:4], privilegeId=privilege, msg="The session is not valid.")

    def _answered(self, call: Call, run: Any) -> tuple[Response, str]:
        if self.vcenter.storage.state != STARTED:
            return Response(503, UNAVAILABLE), "503"
        answered: tuple[Response, str] = super()._answered(call, run)
        return answered

    def _invoke(self, servant: Optional[Servant], http: Request, soap: SoapRequest, call: Call) -> tuple[Any, Any]:
        if not self.vcenter.storage.initialized:
            raise sms.fault.ServiceNotInitialized()
        return super()._invoke(servant, http, soap, call)
