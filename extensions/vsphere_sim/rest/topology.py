# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/api/vcenter/topology/nodes"""

from __future__ import annotations

from ..server.http import Response
from .answers import not_found, reply
from .router import RestCall, route


@route("GET", "/api/vcenter/topology/nodes")
def listed(call: RestCall) -> Response:
    """The vCenters that are linked; one that stands alone is the only one."""
    return reply(
        [
            {"node": node, "type": "VCSA_EMBEDDED", "replication_partners": _partners(call, node)}
            for node in call.vcenter.linked_nodes
        ]
    )


@route("GET", "/api/vcenter/topology/nodes/{node}")
def read(call: RestCall) -> Response:
    """One of them."""
    node = call.parameters["node"]
    if node not in call.vcenter.linked_nodes:
        raise not_found(f"The node {node}")
    return reply({"type": "VCSA_EMBEDDED", "replication_partners": _partners(call, node)})


def _partners(call: RestCall, node: str) -> list[str]:
    return [other for other in call.vcenter.linked_nodes if other != node]
