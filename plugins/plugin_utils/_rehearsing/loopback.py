# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program: ansible-playbook in a process that connects to a twin only. Its arguments are the twin's network, a file with its addresses by the names of
ESXi hosts, and then those of ansible-playbook.

ESXi hosts have their real names in the twin, and a name that the site's DNS knows, or that is an address itself, would lead to the real host. In this
process, and in those that it forks, a name leads to the twin of its host or nowhere; and whatever somebody thought of or not, nothing else is connected to.
"""

from __future__ import annotations

import errno
import ipaddress
import json
import socket
import sys
from pathlib import Path
from typing import Any, Callable, Mapping

# Which argument of an audit event has the address, and which the name (Python's table of audit events).
_ADDRESSES = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
_NAMES = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0}


class TwinOnly:
    """An audit hook, which nobody can take away again. network: of the twin, which has to be this machine's own."""

    def __init__(self, network: str) -> None:
        self._network = ipaddress.IPv4Network(network)
        if not self._network.is_loopback:
            raise ValueError(f"{network} is not this machine's")

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raise OSError where a process is about to leave the twin."""
        if event in _ADDRESSES:
            address = arguments[_ADDRESSES[event]]
            # A path is a socket of this machine's.
            if isinstance(address, tuple) and isinstance(address[0], str) and not self._has(address[0]):
                raise OSError(errno.ENETUNREACH, "a rehearsal connects to its twin only")
        elif event in _NAMES:
            name = arguments[_NAMES[event]]
            text = name.decode("ascii", "replace") if isinstance(name, bytes) else name
            if text and not self._has(str(text)):
                raise socket.gaierror(socket.EAI_NONAME, "in a rehearsal no name resolves")

    def _has(self, address: str) -> bool:
        try:
            return ipaddress.ip_address(address) in self._network
        except ValueError:
            return False


class TwinNames:
    """Stands in for socket.getaddrinfo. addresses: by the names of hosts, in lower case, those of their twins."""

    def __init__(self, addresses: Mapping[str, str], resolve: Callable[..., Any]) -> None:
        self._addresses, self._resolve = dict(addresses), resolve

    def __call__(self, host: Any, *others: Any, **named: Any) -> Any:
        """What a name resolves to. Raises socket.gaierror for any other."""
        text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        address = self._addresses.get(text.lower().rstrip(".")) if isinstance(text, str) else None
        return self._resolve(address or host, *others, **named)


def main() -> None:
    """Run it."""
    # Before the hook: since 2.19 ansible-core tries out a patch of socket.getaddrinfo while it is imported, with an address of 127.0.0.1.
    from ansible.cli.playbook import main as ansible_playbook

    network, names, *arguments = sys.argv[1:]
    socket.getaddrinfo = TwinNames(json.loads(Path(names).read_text(encoding="utf-8")), socket.getaddrinfo)
    sys.addaudithook(TwinOnly(network))
    sys.argv = ["ansible-playbook", *arguments]
    ansible_playbook()


if __name__ == "__main__":
    main()
