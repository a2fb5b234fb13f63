# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts of a vCenter and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable, Iterator, Optional

DOMAIN = "vsphere.local"
ADMINISTRATOR = f"administrator@{DOMAIN}"
AUDITOR = f"auditor@{DOMAIN}"
ANONYMOUS = "System.Anonymous"
EVERYONE_HAS = frozenset({ANONYMOUS, "System.View", "System.Read"})
READ_ONLY = EVERYONE_HAS | {"StorageViews.View"}

# The SSO group whose members the appliance lets manage its services (KB 376424, 411535; that it is so for /vcenter/services too is believed).
SERVICES_GROUP = "SystemConfiguration.Administrators"
ALL_GROUPS = frozenset({"Administrators", "Everyone", SERVICES_GROUP})
EVERYBODY = frozenset({"Everyone"})

# The privileges that a vCenter lists and that matter here; an administrator has these and all others.
KNOWN_PRIVILEGES = (
    *sorted(EVERYONE_HAS),
    "Authorization.ModifyPermissions",
    "Authorization.ModifyRoles",
    "Certificate.Manage",
    "CertificateManagement.Administer",
    "CertificateManagement.Manage",
    "Global.Diagnostics",
    "Global.LogEvent",
    "Global.ManageCustomFields",
    "Global.SetCustomField",
    "Global.Settings",
    "Global.VCServer",
    "Host.Cim.CimInteraction",
    "Host.Config.Connection",
    "Host.Config.Maintenance",
    "Host.Config.NetService",
    "Host.Config.Settings",
    "Host.Inventory.EditCluster",
    "Sessions.TerminateSession",
    "Sessions.ValidateSession",
    "StorageViews.ConfigureService",
    "StorageViews.View",
    "VirtualMachine.State.CreateSnapshot",
    "VirtualMachine.State.RemoveSnapshot",
    "VirtualMachine.State.RenameSnapshot",
    "VirtualMachine.State.RevertToSnapshot",
)


@dataclass(frozen=True)
class Role:
    """A role: those that every vCenter has, with numbers below 0, and one for each account with privileges of its own."""

    number: int
    name: str
    privileges: tuple[str, ...]


SYSTEM_ROLES = (
    Role(-5, "NoAccess", ()),
    Role(-4, "Anonymous", (ANONYMOUS,)),
    Role(-3, "View", (ANONYMOUS, "System.View")),
    Role(-2, "ReadOnly", tuple(sorted(EVERYONE_HAS))),
    Role(-1, "Admin", KNOWN_PRIVILEGES),
)
# Where a vCenter begins to number the roles that are made on it.
FIRST_OWN_ROLE = 1001


@dataclass
class Account:
    """An account; privileges None means all. groups: of the SSO domain, where nothing is said as many as its privileges suggest."""

    username: str
    password: str = field(repr=False)
    privileges: Optional[frozenset[str]] = None
    groups: Optional[frozenset[str]] = None

    @property
    def member_of(self) -> frozenset[str]:
        """Its groups in the SSO domain."""
        if self.groups is not None:
            return self.groups
        return ALL_GROUPS if self.privileges is None else EVERYBODY

    @property
    def may_manage_services(self) -> bool:
        """Whether it may start, stop and restart services of the appliance."""
        return SERVICES_GROUP in self.member_of

    def may(self, privilege: Optional[str]) -> bool:
        """Whether it has a privilege."""
        return not privilege or self.privileges is None or privilege in self.privileges or privilege in EVERYONE_HAS

    @property
    def principal(self) -> str:
        """Its name as vCenter writes it in permissions: DOMAIN\\user."""
        user, separator, domain = self.username.partition("@")
        return f"{domain.upper()}\\{user.capitalize()}" if separator else user

    def held(self) -> list[str]:
        """The known privileges that it has."""
        return [privilege for privilege in KNOWN_PRIVILEGES if self.may(privilege)]


class Accounts:
    """The accounts of one vCenter."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._accounts = {_normal(account.username): account for account in accounts}

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def authenticate(self, username: str, password: str) -> Optional[Account]:
        """The account, if the password is right."""
        account = self.find(username)
        return account if account is not None and account.password == password else None

    def find(self, username: str) -> Optional[Account]:
        """An account by its name, as user@domain or DOMAIN\\user."""
        return self._accounts.get(_normal(username))

    def roles(self) -> list[Role]:
        """All roles of this vCenter."""
        return [*SYSTEM_ROLES, *self._own_roles().values()]

    def role_of(self, account: Account) -> int:
        """The number of the role that an account has on the root folder."""
        if account.privileges is None:
            return -1
        own = self._own_roles().get(_normal(account.username))
        return own.number if own is not None else -2

    def _own_roles(self) -> dict[str, Role]:
        given = [one for one in self if one.privileges is not None and one.privileges | EVERYONE_HAS != EVERYONE_HAS]
        return {
            _normal(one.username): Role(FIRST_OWN_ROLE + number, f"role of {one.username}", tuple(one.held()))
            for number, one in enumerate(given)
        }

    def put(self, account: Account) -> None:
        """Add an account, or replace the one of that name."""
        self._accounts[_normal(account.username)] = account


def _normal(username: str) -> str:
    domain, separator, user = username.partition("\\")
    return (f"{user}@{domain}" if separator else username).lower()
