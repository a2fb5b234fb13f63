# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What listens on a vCenter's port 443: the proxy in front of vim, SMS and REST."""

from __future__ import annotations

import socket
import ssl

from cryptography.hazmat.primitives.serialization import Encoding

from ..estate.vcenter import VCenter
from ..journal import Entry
from ..lookup import endpoint as lookup
from ..pbm import endpoint as pbm
from ..rest import appliance, certificates, router, services, session, tagging, topology  # noqa: F401  # pylint: disable=unused-import  # they add their routes
from ..sms.endpoint import SmsEndpoint
from ..sts.endpoint import StsEndpoint
from ..vim.endpoint import VimEndpoint
from ..vsan import endpoint as vsan
from .gate import pass_through
from .http import Request, Response, serve_http
from .tls import handshake

_VIM = ("/sdk", "/sdk/", "/sdk/vimService", "/sdk/vimService/")
_SMS = ("/sms/sdk", "/sms/sdk/")


class VCenterEndpoint:
    """Serves the connections of one vCenter."""

    def __init__(self, vcenter: VCenter) -> None:
        self._vcenter = vcenter
        self._vim = VimEndpoint(vcenter)
        self._sms = SmsEndpoint(vcenter)
        self._rest = router.RestEndpoint(vcenter)
        self._sts = StsEndpoint(vcenter)
        self._pbm = pbm.PbmEndpoint(vcenter)
        self._vsan = vsan.VsanEndpoint(vcenter)
        self._lookup = lookup.LookupEndpoint(vcenter)

    def serve(self, connection: socket.socket) -> None:
        """Serve one connection. Raises OSError."""
        try:
            secured = handshake(connection, self._vcenter.tls_context())
        except ssl.SSLError as error:
            # A client that does not trust this vCenter goes away here.
            self._vcenter.journal.write(Entry(self._vcenter.name, "tls", "handshake", outcome="refused", detail=error.reason))
            return
        serve_http(secured, self._answer, "envoy")

    def _answer(self, request: Request) -> Response:
        if request.path.startswith(("/api/", "/rest/")) or request.path == "/api":
            return self._rest.answer(request)
        if request.method == "POST" and request.path in _VIM:
            return self._vim.answer(request)
        if request.method == "POST" and request.path in _SMS:
            return self._sms.answer(request)
        if request.method == "POST" and request.path in pbm.PATHS:
            return self._pbm.answer(request)
        if request.method == "POST" and request.path in vsan.PATHS:
            return self._vsan.answer(request)
        if request.method == "POST" and request.path in lookup.PATHS:
            return self._lookup.answer(request)
        if request.method == "POST" and request.path.startswith("/sts/STSService"):
            return self._sts.answer(request)
        entry = Entry(self._vcenter.name, "https", f"{request.method} {request.path}", object=request.path, client=request.client)
        return pass_through(self._vcenter.surroundings, entry, lambda _error: self._page(request), lambda _fault: Response(500))

    def _page(self, request: Request) -> tuple[Response, str]:
        if request.method in ("GET", "HEAD"):
            if request.path == "/sdk/vimServiceVersions.xml":
                return Response(200, self._vcenter.vim_versions.as_xml(), "text/xml"), "ok"
            if request.path == "/sms/sdk/smsServiceVersions.xml":
                return Response(200, self._vcenter.sms_versions.as_xml(), "text/xml"), "ok"
            if request.path == "/afd/vecs/ca":
                # Without a login; what certificates of VMCA name as their issuer's place.
                root = self._vcenter.trust.vmca.certificate.x509
                return Response(200, root.public_bytes(Encoding.DER), "application/pkix-cert"), "ok"
            if request.path == "/":
                return Response(302, headers={"Location": "/ui/"}), "302"
        return Response(404, b"404 Not Found\n"), "404"
