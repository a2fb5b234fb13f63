# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody would write who wants the same without the collection: pyVmomi, a container view, and 16 threads. It is measured, not recommended.

python plain_script.py ADDRESS PORT USERNAME PASSWORD
"""

from __future__ import annotations

import json
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from pyVim.connect import SmartConnect
from pyVmomi import SoapStubAdapter, sms, vim, vmodl

THREADS = 16
PATHS = ["name", "parent", "runtime.connectionState", "config.certificate", "config.network.vnic", "summary.config.sslThumbprint"]


def hosts_of(content: Any) -> list[dict[str, Any]]:
    """All hosts with these properties."""
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.HostSystem], True)
    collector = vmodl.query.PropertyCollector
    members = collector.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=view, skip=True, selectSet=[members])],
        propSet=[collector.PropertySpec(type=vim.HostSystem, pathSet=PATHS)],
    )
    found = []
    page = content.propertyCollector.RetrievePropertiesEx([spec], collector.RetrieveOptions())
    while page is not None:
        found += [{one.name: one.val for one in item.propSet} for item in page.objects]
        page = content.propertyCollector.ContinueRetrievePropertiesEx(page.token) if page.token else None
    return found


def storage_manager(instance: Any, address: str, port: int, context: ssl.SSLContext) -> Any:
    """SMS's, by the session of vim."""
    cookie = instance._stub.cookie.split(";")[0].split("=", 1)[1].strip('"')
    stub = SoapStubAdapter(
        host=address,
        port=port,
        path="/sms/sdk",
        version="sms.version.version14",
        sslContext=context,
        requestContext={"vcSessionCookie": cookie},
        poolSize=THREADS,
    )
    return sms.ServiceInstance("ServiceInstance", stub).QueryStorageManager()


def main() -> None:
    """Read, and say how much it was."""
    address, port, username, password = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    context = ssl.create_default_context()
    instance = SmartConnect(host=address, port=port, user=username, pwd=password, sslContext=context)
    hosts = hosts_of(instance.content)
    providers = storage_manager(instance, address, port, context).QueryProvider()
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        read = list(pool.map(lambda one: one.QueryProviderInfo(), providers))
        shown = list(pool.map(lambda one: ssl.get_server_certificate((urlsplit(one.url).hostname, urlsplit(one.url).port)), read))
    print(json.dumps({"hosts": len(hosts), "providers": len(read), "shown": len(shown)}))
    instance.content.sessionManager.Logout()


if __name__ == "__main__":
    main()
