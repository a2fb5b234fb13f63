# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SessionManager: logging in and out."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim

from ..estate.accounts import Account
from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..soap.servant import Call, method, readable
from .endpoint import COOKIE
from .event_manager import events_of


class SessionManager(EstateServant):
    """The sessions of this vCenter."""

    kind = vim.SessionManager

    @method("Login")
    def login(self, call: Call) -> Any:
        # The account that was tried is worth knowing; the password stays out of everything.
        call.detail = str(call.arguments.get("userName"))
        account = self.vcenter.accounts.authenticate(str(call.get("userName", "")), str(call.get("password", "")))
        if account is None:
            events_of(self.vcenter).record(
                vim.event.BadUsernameSessionEvent(
                    userName=call.detail,
                    ipAddress=call.client,
                    fullFormattedMessage=f"Cannot login {call.detail}@{call.client}",
                )
            )
        return self._logged_in(call, account)

    @method("LoginByToken")
    def login_by_token(self, call: Call) -> Any:
        """A bearer token that this vCenter's STS issued. What is signed is not looked at."""
        account = self.vcenter.tokens.get(call.token_id or "")
        call.detail = account.username if account else None
        return self._logged_in(call, account)

    def _logged_in(self, call: Call, account: Optional[Account]) -> Any:
        if call.session is not None:
            raise vim.fault.InvalidLogin(msg="Cannot log in: the session is logged in already.")
        if account is None:
            raise vim.fault.InvalidLogin()
        session = self.vcenter.sessions.open(account, call.client, call.user_agent)
        call.session = session
        call.answer_headers["Set-Cookie"] = f'{COOKIE}="{session.secret}"; Path=/; HttpOnly; Secure;'
        events_of(self.vcenter).record(
            vim.event.UserLoginSessionEvent(
                userName=account.principal,
                ipAddress=call.client,
                userAgent=call.user_agent,
                locale="en",
                sessionId=session.key,
                fullFormattedMessage=f"User {account.principal}@{call.client} logged in as {call.user_agent}",
            )
        )
        return _user_session(session)

    @method("Logout")
    def logout(self, call: Call) -> None:
        assert call.session is not None
        self.vcenter.sessions.close(call.session)
        # Whoever waits for updates in that session notices by this, too.
        events_of(self.vcenter).record(
            vim.event.UserLogoutSessionEvent(
                userName=call.session.account.principal,
                ipAddress=call.client,
                userAgent=call.session.user_agent,
                callCount=call.session.calls,
                sessionId=call.session.key,
                loginTime=call.session.login_time,
                fullFormattedMessage=f"User {call.session.account.principal}@{call.client} logged out",
            )
        )

    @method("SessionIsActive")
    def is_active(self, call: Call) -> bool:
        session = self.vcenter.sessions.by_key(str(call.require("sessionID")))
        return session is not None and session.account.username.lower() == str(call.require("userName")).lower()

    @method("TerminateSession")
    def terminate(self, call: Call) -> None:
        for key in call.require("sessionId"):
            session = self.vcenter.sessions.by_key(key)
            if session is None:
                raise vim.fault.NotFound()
            self.vcenter.sessions.close(session)
        self.vcenter.notify()

    @method("SetLocale")
    def set_locale(self, call: Call) -> None:
        """Every text is in English here."""

    @readable("currentSession")
    def current_session(self, session: Optional[Session]) -> Any:
        return _user_session(session) if session is not None else None

    @readable("sessionList")
    def session_list(self, session: Optional[Session]) -> Any:
        return [_user_session(one) for one in self.vcenter.sessions.listed()]

    @readable("message")
    def message(self, session: Optional[Session]) -> str:
        return ""

    @readable("messageLocaleList")
    def message_locales(self, session: Optional[Session]) -> list[str]:
        return ["en"]

    @readable("supportedLocaleList")
    def supported_locales(self, session: Optional[Session]) -> list[str]:
        return ["en"]

    @readable("defaultLocale")
    def default_locale(self, session: Optional[Session]) -> str:
        return "en"


def _user_session(session: Session) -> Any:
    user, _at, domain = session.account.username.partition("@")
    return vim.UserSession(
        key=session.key,
        userName=session.account.principal,
        fullName=f"{user} {domain}",
        loginTime=session.login_time,
        lastActiveTime=session.last_active,
        locale="en",
        messageLocale="en",
        extensionSession=False,
        ipAddress=session.client,
        userAgent=session.user_agent,
        callCount=session.calls,
    )
