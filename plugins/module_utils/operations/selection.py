# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the names that were asked for to the ESXi hosts that the vCenter knows."""

from __future__ import annotations

from typing import Optional, Sequence

from ..core.errors import InputError
from ..core.estate import EsxiHost
from ..core.names import matches, normalise

SHOWN = 5


def choose(hosts: Sequence[EsxiHost], wanted: Optional[Sequence[str]], vcenter: str) -> list[EsxiHost]:
    """The hosts that these names or fnmatch patterns mean; all of them where none are given.

    Raises InputError for what means no host: a typing error must not look like a host with nothing to do.
    """
    if wanted is None:
        return list(hosts)
    if any(not name.strip() for name in wanted):
        raise InputError(
            "The option esxi_hosts has an empty name in it", cure="Give names of ESXi hosts, or an empty list for none."
        )
    # Most are names and no patterns: with hundreds of both, each need not be compared with every other.
    known_names = {normalise(host.name) for host in hosts}
    patterns = [name for name in wanted if normalise(name) not in known_names]
    missing = [name for name in patterns if not any(matches(host.name, [name]) for host in hosts)]
    if missing:
        known = ", ".join(host.name for host in hosts[:SHOWN]) + (", ..." if len(hosts) > SHOWN else "")
        raise InputError(
            f"{vcenter} knows no ESXi host {', '.join(missing)}",
            cure=f"Use the names that vCenter shows; it knows {known or 'none'}.",
        )
    meant = {normalise(name) for name in wanted}
    return [host for host in hosts if normalise(host.name) in meant or matches(host.name, patterns)]


def named(hosts: Sequence[EsxiHost], name: str) -> Optional[EsxiHost]:
    """The host of exactly this name."""
    return next((host for host in hosts if normalise(host.name) == normalise(name)), None)
