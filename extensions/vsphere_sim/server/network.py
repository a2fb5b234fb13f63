# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loopback addresses: a block of 127/8 for each simulator, and who listens where in it."""

from __future__ import annotations

import ipaddress
import os
import resource
import socket

FIRST_BLOCK = 16
LAST_BLOCK = 250
HOSTS_IN_A_SUBNET = 250
BACKLOG = 128
# Whoever listens here owns the block.
CLAIM_PORT = 7980


class NetworkError(Exception):
    """Addresses or ports that cannot be had; the text says which and why."""


def listen(address: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


class Block:
    """A network 127.B.0.0/16 that this simulator has for itself while it runs."""

    def __init__(self, network: str | None = None) -> None:
        if network is not None:
            self._take(_parse(network))
            return
        for second in range(FIRST_BLOCK, LAST_BLOCK + 1):
            try:
                self._take(f"127.{second}")
                return
            except NetworkError:
                continue
        raise NetworkError(f"no block between 127.{FIRST_BLOCK}.0.0/16 and 127.{LAST_BLOCK}.0.0/16 is free")

    def _take(self, prefix: str) -> None:
        self.prefix = prefix
        try:
            self.claim = listen(f"{prefix}.0.254", CLAIM_PORT)
        except OSError as error:
            raise NetworkError(f"{prefix}.0.0/16 is taken, or cannot be used ({error.strerror})") from error

    @property
    def control_address(self) -> str:
        """Where the simulator itself is asked."""
        return f"{self.prefix}.0.254"

    def vcenter_address(self, index: int) -> str:
        """The address of a vCenter, counted from 0."""
        if index >= 200:
            raise NetworkError("there is room for 200 vCenters")
        return f"{self.prefix}.0.{index + 1}"

    def array_address(self, index: int) -> str:
        """The address of a storage array, counted from 0."""
        return f"{self.prefix}.0.{index + 201}"

    def host_address(self, index: int) -> str:
        """The address of an ESXi host, counted from 0 over the whole estate."""
        subnet, number = divmod(index, HOSTS_IN_A_SUBNET)
        if subnet > 253:
            raise NetworkError("there is room for 63,000 hosts")
        return f"{self.prefix}.{subnet + 1}.{number + 1}"


def may_listen(address: str, port: int) -> bool:
    """Whether a port can be had."""
    try:
        listen(address, port).close()
    except OSError:
        return False
    return True


def allow_files(wanted: int) -> None:
    """Raise the limit of open files as far as it is needed. Raises NetworkError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted or soft == resource.RLIM_INFINITY:
        return
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)) if os.geteuid() == 0 and hard < wanted else (limit, hard)
        )
    except (OSError, ValueError) as error:
        raise NetworkError(f"{wanted} open files are needed and {soft} are allowed ({error})") from error
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < wanted:
        raise NetworkError(f"{wanted} open files are needed and {hard} are allowed; raise the limit (ulimit -n)")


def _parse(network: str) -> str:
    try:
        parsed = ipaddress.IPv4Network(network)
    except ValueError as error:
        raise NetworkError(f"{network} is no network") from error
    if parsed.prefixlen != 16 or not parsed.network_address.is_loopback or str(parsed.network_address).startswith("127.0."):
        raise NetworkError(f"{network} is not one of 127.1.0.0/16 to 127.255.0.0/16")
    return ".".join(str(parsed.network_address).split(".")[:2])
