# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/api/session"""

from __future__ import annotations

from ..server.http import Response
from ..sts.endpoint import challenge
from .answers import reply, unauthenticated
from .router import RestCall, basic_credentials, route


@route("POST", "/api/session", public=True)
def create(call: RestCall) -> Response:
    """Log in with a user and a password."""
    credentials = basic_credentials(call.request)
    account = call.vcenter.accounts.authenticate(*credentials) if credentials else None
    if account is None:
        raise unauthenticated(challenge(call.vcenter))
    session = call.vcenter.rest_sessions.open(account, call.request.client, call.request.headers.get("User-Agent") or "")
    response = reply(session.secret, 201)
    response.headers["vmware-api-session-id"] = session.secret
    return response


@route("GET", "/api/session")
def read(call: RestCall) -> Response:
    """Whose session it is."""
    assert call.session is not None
    return reply(
        {
            "user": call.session.account.username,
            "created_time": call.session.login_time.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "last_accessed_time": call.session.last_active.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }
    )


@route("DELETE", "/api/session")
def delete(call: RestCall) -> Response:
    """Log out."""
    assert call.session is not None
    call.vcenter.rest_sessions.close(call.session)
    return Response(204)
