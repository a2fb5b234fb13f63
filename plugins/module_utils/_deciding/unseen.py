# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must have been seen of hosts before anything is done to them or to providers: their names, and where they stand.

A host whose name could not be read may be one that is to be skipped, and its provider looks like an orphan. Whether vCenter registers a
provider for a host whose place could not be read is not known.
"""

from __future__ import annotations

from typing import Optional, Sequence

from .._common.names import as_address, host_of_url, normalise
from .._common.notice import few
from .._estate.estate import Estate, EsxiHost
from .._estate.provider import Provider
from .provider_return import Obstacle

# The properties of a host, as an estate names what could not be read.
NAME, PLACE = "name", "parent"


def not_identified(host: EsxiHost, estate: Estate) -> Optional[Obstacle]:
    """Why nothing is done to a host: vCenter does not show its name, or where it stands. None where it shows both."""
    reason = estate.why_unavailable(NAME, host.name)
    if reason is not None:
        return Obstacle(
            "host_unavailable",
            f"The name of the host {host.moid} cannot be read ({reason}), so it may be one that is to be left alone",
            "Give the account System.View and System.Read on the host, and run again.",
        )
    if host.cluster == "":
        reason = estate.why_unavailable(PLACE, host.name) or "vCenter does not show it"
        return Obstacle(
            "host_unavailable",
            f"It cannot be read whether {host.name} stands in a cluster ({reason}), so it is not known whether vCenter would register a"
            " provider for it",
            "Give the account System.View on the host and on what it stands in, and run again.",
        )
    return None


def why_unsure(orphan: Provider, hosts: Sequence[EsxiHost], unnamed: Sequence[str]) -> Optional[str]:
    """Why a provider that seems to be an orphan may have a host all the same; None where no host can be its own.

    hosts: all that the account sees. unnamed: those whose name could not be read.
    """
    if unnamed:
        return f"the name of {few(unnamed)} cannot be read"
    if as_address(host_of_url(orphan.url) or "") is None:
        return None
    # One that vCenter knows by an address has its provider by that.
    addressless = [host.name for host in hosts if not host.addresses and as_address(normalise(host.name)) is None]
    return f"its url has an address, and vCenter shows none of {few(addressless)}" if addressless else None
