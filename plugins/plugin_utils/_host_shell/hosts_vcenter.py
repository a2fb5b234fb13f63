# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host's vCenter does for it while its own CLI works: its services are told of a new certificate, and SSH is switched on and off."""

from __future__ import annotations

import contextlib
from functools import cached_property
from types import TracebackType
from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, RepeatableError
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import connection_from
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import Shell
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.selection import Planned, choose, named
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.ssh_access import SshAccess
from ansible_collections.certops.vsphere.plugins.module_utils._timing import waiting
from ansible_collections.certops.vsphere.plugins.module_utils._timing.repeating import ATTEMPTS, PAUSE_SECONDS
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import hosts as vsphere_hosts
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.port import SessionPort
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.session import VSphereSession
from ansible_collections.certops.vsphere.plugins.module_utils._wire import pyvmomi_library


class HostsVCenter:
    """A context manager: vCenter is asked when it is first needed, and logged out of at the end."""

    def __init__(self, options: Mapping[str, Any], esxi_host: str) -> None:
        self._options = options
        self._esxi_host = esxi_host
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> HostsVCenter:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self._stack.close()

    def available(self) -> bool:
        """Whether a vCenter was given that has a connection to the host, and both can do it."""
        return self._found is not None

    def notify(self) -> Optional[str]:
        """Tell them. Why that was refused; None where it was not."""
        if self._found is None:
            return "vCenter has no connection to the host, or the host does not know the call"
        session, name, target = self._found
        problem = ""
        # To be told twice does no harm, and after a lost answer nobody knows whether they were.
        for attempt in range(ATTEMPTS):
            waiting.rest(PAUSE_SECONDS * attempt)
            try:
                vsphere_hosts.notify_services(session, name, target)
                return None
            except RepeatableError as error:
                problem = str(error)
            except CertopsError as error:
                return str(error)
        return problem

    def ssh_access(self, shell: Shell) -> Optional[SshAccess]:
        """The switch of the host's SSH; None where no vCenter that can be asked has a connection to the host."""
        if self._read is None:
            return None
        session, hosts = self._read
        host = named(hosts, self._esxi_host)
        return SshAccess(SessionPort(session), host, shell) if host is not None and host.connected else None

    def require_planned(self, moid: Optional[str]) -> None:
        """Raise CertopsError where the vCenter says that the host of the plan was renamed or removed since: it may be another vCenter's now.

        moid: its id in the plan; None where there was none. A vCenter that can't be asked says nothing: the host's own CLI is for when that is so.
        """
        if moid and self._read is not None:
            planned = Planned({self._esxi_host: moid})
            choose(self._read[1], [self._esxi_host], self._read[0].name, planned)
            for error in planned.gone.values():
                raise error

    @cached_property
    def _read(self) -> Optional[tuple[VSphereSession, list[EsxiHost]]]:
        if not self._options.get("hostname") or pyvmomi_library.MISSING is not None:
            return None
        try:
            session = self._stack.enter_context(VSphereSession(connection_from(self._options)))
            return session, vsphere_hosts.read_hosts(session)[0]
        except CertopsError:
            return None

    @cached_property
    def _found(self) -> Optional[tuple[VSphereSession, str, Any]]:
        if self._read is None:
            return None
        session, hosts = self._read
        try:
            host = named(hosts, self._esxi_host)
            target = vsphere_hosts.notifiable(session, host) if host is not None and host.connected else None
        except CertopsError:
            return None
        return None if host is None or target is None else (session, host.name, target)
