# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the vendor's own bindings (the package vmware-vcenter) read of a vCenter under /rest, as JSON. Its arguments: URL, user, password."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import requests
from com.vmware import cis_client
from com.vmware.appliance.recovery.backup import job_client
from com.vmware.cis import tagging_client
from com.vmware.vcenter import services_client, topology_client
from com.vmware.vcenter.certificate_management import vcenter_client
from vmware.vapi.lib.connect import get_requests_connector
from vmware.vapi.security.client.security_context_filter import LegacySecurityContextFilter
from vmware.vapi.security.session import create_session_security_context
from vmware.vapi.security.user_password import create_user_password_security_context
from vmware.vapi.stdlib.client.factories import StubConfigurationFactory

url, username, password = sys.argv[1:]


def configuration(context: Any) -> Any:
    """Whose calls go to /rest; by themselves these bindings speak JSON-RPC, which is at /api too."""
    chain = [LegacySecurityContextFilter(security_context=context)]
    connector = get_requests_connector(requests.Session(), msg_protocol="rest", url=f"{url}/rest", provider_filter_chain=chain)
    return StubConfigurationFactory.new_std_configuration(connector)


token = cis_client.Session(configuration(create_user_password_security_context(username, password))).create()
session = configuration(create_session_security_context(token))
service = services_client.Service(session)
roots = vcenter_client.TrustedRootChains(session)


def restarted() -> bool:
    """The call returns when the service is up."""
    service.restart("sps")
    return bool(service.get("sps").state == "STARTED")


asked: dict[str, Callable[[], Any]] = {
    "user": lambda: cis_client.Session(session).get().user,
    "sps": lambda: str(service.get("sps").state),
    "services": lambda: sorted(service.list_details()),
    "startup type": lambda: service.update("sps", services_client.Service.UpdateSpec(startup_type="AUTOMATIC")),
    "nothing": lambda: service.get("nonesuch"),
    "restarted": restarted,
    "serial number": lambda: vcenter_client.Tls(session).get().serial_number,
    "roots": lambda: [pem for one in roots.list() for pem in roots.get(one.chain).cert_chain.cert_chain],
    "signing": lambda: len(vcenter_client.SigningCertificate(session).get().active_cert_chain.cert_chain),
    "nodes": lambda: [one.node for one in topology_client.Nodes(session).list()],
    "backups": lambda: sorted(str(one.status) for one in job_client.Details(session).list().values()),
    "tags": lambda: tagging_client.Tag(session).list(),
    "logout": lambda: cis_client.Session(session).delete(),
}
found: dict[str, Any] = {}
failed: dict[str, str] = {}
for name, ask in asked.items():
    try:
        found[name] = ask()
    except Exception as error:  # What it is, is told.
        failed[name] = type(error).__name__
print(json.dumps({"found": found, "failed": failed}))
