# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The peers' way of renewing: their modules, host by host, as their documentation shows them.

None of them renews a certificate. A host whose certificate ends within two months gets a new one from vCenter while it is
reconnected, and only such hosts are measured; their provider is then unregistered, and registered again with that certificate.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vsphere_sim.testing import RunningEstate

from ..accounting import Accounted
from ..commands import account, play

PORT = 9080
CONNECTION = "vmware.vmware.esxi_connection"
PROVIDER = "community.vmware.vmware_vasa"
FETCH = f"openssl s_client -connect {{{{ item }}}}:{PORT} </dev/null 2>/dev/null | openssl x509"


def renew(estate: RunningEstate, folder: Path, datacenter: str, hosts: list[str]) -> Accounted:
    """Take hosts of the first vCenter through it, one after another, in one play."""
    reached = account(estate, estate.vcenters[0], own=False)
    connection = {**reached, "datacenter": datacenter, "esxi_host_name": "{{ item }}"}
    provider = {**reached, "vasa_name": "IOFILTER Provider {{ item }}", "vasa_url": f"https://{{{{ item }}}}:{PORT}/version.xml"}
    access = {
        "vasa_username": estate.host_username,
        "vasa_password": estate.host_password,
        "vasa_certificate": f"{{{{ lookup('ansible.builtin.pipe', '{FETCH}') }}}}".replace("{{ item }}", "' ~ item ~ '"),
    }
    steps: list[dict[str, Any]] = [
        {"name": "Disconnect", CONNECTION: {**connection, "state": "disconnected"}},
        {"name": "Reconnect", CONNECTION: {**connection, "state": "connected"}},
        {"name": "Unregister", PROVIDER: {**provider, "state": "absent"}},
        {"name": "Register", PROVIDER: {**provider, **access, "state": "present"}},
    ]
    tasks = folder / "host.json"
    tasks.write_text(json.dumps(steps), encoding="utf-8")
    loop = {"name": "Host by host", "ansible.builtin.include_tasks": str(tasks), "loop": hosts}
    return play(estate, folder, [{"name": "Measured", "hosts": "localhost", "gather_facts": False, "tasks": [loop]}])
