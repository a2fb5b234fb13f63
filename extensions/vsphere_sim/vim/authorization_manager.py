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

ROOT_FOLDER = "group-d1"


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

    @readable("description")
    def description(self, session: Optional[Session]) -> Any:
        groups = sorted({privilege.rpartition(".")[0] for privilege in KNOWN_PRIVILEGES})
        return vim.AuthorizationDescription(
            privilege=[vim.ElementDescription(key=one, label=one, summary=one) for one in KNOWN_PRIVILEGES],
            privilegeGroup=[vim.ElementDescription(key=one, label=one, summary=one) for one in groups],
        )

    @readable("roleList")
    def role_list(self, session: Optional[Session]) -> list[Any]:
        return [
            vim.AuthorizationManager.Role(
                roleId=role.number,
                system=role.number < 0,
                name=role.name,
                info=vim.Description(label=role.name, summary=role.name),
                privilege=list(role.privileges),
            )
            for role in self.vcenter.accounts.roles()
        ]

    @method("RetrieveEntityPermissions")
    def entity_permissions(self, call: Call) -> list[Any]:
        entity = call.require("entity")
        self._check(entity)
        return self._permissions() if entity._GetMoId() == ROOT_FOLDER or call.require("inherited") else []

    @method("RetrieveAllPermissions")
    def all_permissions(self, call: Call) -> list[Any]:
        return self._permissions()

    @method("RetrieveRolePermissions")
    def role_permissions(self, call: Call) -> list[Any]:
        role = int(call.require("roleId"))
        if role not in {one.number for one in self.vcenter.accounts.roles()}:
            raise vim.fault.NotFound()
        return [one for one in self._permissions() if one.roleId == role]

    def _permissions(self) -> list[Any]:
        return [
            vim.AuthorizationManager.Permission(
                entity=vim.Folder(ROOT_FOLDER),
                principal=account.principal,
                group=False,
                roleId=self.vcenter.accounts.role_of(account),
                propagate=True,
            )
            for account in self.vcenter.accounts
        ]

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
