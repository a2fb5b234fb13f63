# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AuthorizationManager: who may do what."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim, vmodl

from ..estate.accounts import KNOWN_PRIVILEGES, Account
from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..soap.servant import Call, method, readable


class AuthorizationManager(EstateServant):
    """Answers for the accounts of this vCenter; all permissions are on the root folder and go down."""

    kind = vim.AuthorizationManager

    @readable("privilegeList")
    def privilege_list(self, session: Optional[Session]) -> list[Any]:
        return [
            vim.AuthorizationManager.Privilege(
                privId=privilege,
                onParent=False,
                name=privilege.rpartition(".")[2],
                privGroupName=privilege.rpartition(".")[0],
            )
            for privilege in KNOWN_PRIVILEGES
        ]

    @readable("roleList")
    def role_list(self, session: Optional[Session]) -> list[Any]:
        def role(number: int, name: str, privileges: list[str]) -> Any:
            return vim.AuthorizationManager.Role(
                roleId=number, system=True, name=name, info=vim.Description(label=name, summary=name), privilege=privileges
            )

        return [role(-1, "Admin", list(KNOWN_PRIVILEGES)), role(-2, "ReadOnly", ["System.Anonymous", "System.Read", "System.View"])]

    @method("HasPrivilegeOnEntity")
    def has_on_entity(self, call: Call) -> list[bool]:
        account = self._account_of(call)
        self._check(call.require("entity"))
        return [account.may(privilege) for privilege in call.get("privId") or []]

    @method("HasPrivilegeOnEntities")
    def has_on_entities(self, call: Call) -> list[Any]:
        account = self._account_of(call)
        return [self._entity_privilege(account, entity, call.get("privId") or []) for entity in call.get("entity") or []]

    @method("HasUserPrivilegeOnEntities")
    def has_user_on_entities(self, call: Call) -> list[Any]:
        account = self._named(call)
        return [self._entity_privilege(account, entity, call.get("privId") or []) for entity in call.get("entities") or []]

    @method("FetchUserPrivilegeOnEntities")
    def fetch_user_privileges(self, call: Call) -> list[Any]:
        account = self._named(call)
        return [
            vim.AuthorizationManager.UserPrivilegeResult(entity=entity, privileges=account.held())
            for entity in call.get("entities") or []
        ]

    def _entity_privilege(self, account: Account, entity: Any, privileges: list[str]) -> Any:
        self._check(entity)
        available = [
            vim.AuthorizationManager.PrivilegeAvailability(privId=privilege, isGranted=account.may(privilege))
            for privilege in privileges
        ]
        return vim.AuthorizationManager.EntityPrivilege(entity=entity, privAvailability=available)

    def _check(self, entity: Any) -> None:
        if entity._GetMoId() not in self.vcenter.objects:
            raise vmodl.fault.ManagedObjectNotFound(obj=entity)

    def _account_of(self, call: Call) -> Account:
        session = self.vcenter.sessions.by_key(str(call.require("sessionId")))
        if session is None:
            raise vmodl.fault.InvalidArgument(invalidProperty="sessionId")
        return session.account

    def _named(self, call: Call) -> Account:
        account = self.vcenter.accounts.find(str(call.require("userName")))
        if account is None:
            raise vim.fault.UserNotFound(principal=str(call.arguments["userName"]), unresolved=True)
        return account
