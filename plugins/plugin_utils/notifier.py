# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell a host's services through vCenter that their certificate changed, where vCenter and the host can do that."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Iterator, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils.core.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils.entry import connection_from
from ansible_collections.certops.vsphere.plugins.module_utils.operations.selection import named
from ansible_collections.certops.vsphere.plugins.module_utils.vsphere import hosts as vsphere_hosts
from ansible_collections.certops.vsphere.plugins.module_utils.vsphere import pyvmomi_library
from ansible_collections.certops.vsphere.plugins.module_utils.vsphere.session import VSphereSession

Notify = Callable[[], Optional[str]]


@contextlib.contextmanager
def notifier(options: Mapping[str, Any], esxi_host: str) -> Iterator[tuple[Optional[Notify], Optional[str]]]:
    """The way to notify, and why there is none where there is none."""
    if not options.get("hostname"):
        yield None, "no vCenter was given"
        return
    if pyvmomi_library.MISSING is not None:
        yield None, "pyvmomi is not installed for Ansible's own Python"
        return
    with contextlib.ExitStack() as stack:
        try:
            session = stack.enter_context(VSphereSession(connection_from(options)))
            host = named(vsphere_hosts.read_hosts(session)[0], esxi_host)
            target = vsphere_hosts.notifiable(session, host) if host is not None and host.connected else None
        except CertopsError as error:
            yield None, str(error)
            return
        if host is None or target is None:
            yield None, "vCenter has no connection to the host, or the host does not know the call"
            return
        name = host.name

        def notify() -> Optional[str]:
            try:
                vsphere_hosts.notify_services(session, name, target)
            except CertopsError as error:
                return str(error)
            return None

        yield notify, None
