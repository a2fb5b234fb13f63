# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vCenter's advanced settings that bear on certificates, and what the account may do."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from .._common.printable import printable
from .._estate.estate import CERTIFICATE_OPTIONS, CERTMGMT, SUBJECT_OPTIONS, CertificateSettings, EsxiHost
from .._wire.pyvmomi_library import vim
from . import messages
from .hosts import reference
from .session import VSphereSession

VCENTER_PRIVILEGES = ("StorageViews.View", "StorageViews.ConfigureService")
HOST_PRIVILEGES = ("Certificate.Manage", "Host.Config.Connection")


def read_certificate_settings(session: VSphereSession) -> CertificateSettings:
    """vpxd.certmgmt.*. Raises NotOffered (InvalidName) where the server has none, AccessDenied where they are not shown."""
    options = _query(session, CERTMGMT)
    found = {key: options.get(name) for key, name in CERTIFICATE_OPTIONS.items()}
    return CertificateSettings(
        mode=found.pop("mode"),
        subject={key[len(SUBJECT_OPTIONS) :]: value for key, value in sorted(options.items()) if key.startswith(SUBJECT_OPTIONS)},
        **{key: _number(value) for key, value in found.items()},
    )


def read_name(session: VSphereSession) -> Optional[str]:
    """The name that the vCenter gives itself."""
    return _query(session, "VirtualCenter.FQDN").get("VirtualCenter.FQDN") or None


def read_missing_privileges(
    session: VSphereSession, hosts: Sequence[EsxiHost]
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """What the account lacks on the vCenter as a whole, and on each host by its moid. Two calls, whatever their number.

    Raises CertopsError.
    """
    what = f"Reading the account's privileges on {session.name}"
    root = session.content.rootFolder
    on_root = missing_on(session, what, [root], VCENTER_PRIVILEGES)
    references = [reference(session, host) for host in hosts]
    on_hosts = missing_on(session, what, references, HOST_PRIVILEGES) if references else {}
    return on_root.get(root._GetMoId(), ()), on_hosts


def missing_on(
    session: VSphereSession, what: str, entities: Sequence[Any], privileges: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Which of these privileges the account lacks, by the ids of the objects, in one call. Raises CertopsError."""
    answer = session.read(
        what,
        lambda: session.content.authorizationManager.HasPrivilegeOnEntities(
            entity=list(entities), sessionId=session.session_key, privId=list(privileges)
        ),
    )
    granted = {
        (str(entry.entity._GetMoId()), str(item.privId)): bool(item.isGranted)
        for entry in answer or ()
        for item in entry.privAvailability or ()
    }
    asked = [str(entity._GetMoId()) for entity in entities]
    # What was not answered is not known, and never granted.
    silent = [moid for moid in asked if any((moid, privilege) not in granted for privilege in privileges)]
    if silent:
        raise messages.PRIVILEGES_INCOMPLETE(action=what, missing=len(silent), asked=len(asked), example=printable(silent[0]))
    return {moid: tuple(privilege for privilege in privileges if not granted[moid, privilege]) for moid in asked}


def _query(session: VSphereSession, name: str) -> dict[str, str]:
    options = session.read(f"Reading the settings {name}* of {session.name}", lambda: session.content.setting.QueryOptions(name))
    return {
        printable(str(option.key)): printable(str(option.value))
        for option in options or ()
        if isinstance(option, vim.option.OptionValue)
    }


def _number(value: Optional[str]) -> Optional[int]:
    try:
        return None if value is None else int(value)
    except ValueError:
        return None
