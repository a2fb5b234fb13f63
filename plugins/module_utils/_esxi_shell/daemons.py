# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daemons that serve a host's certificate: how they take up another one, least disruptive first.

Sources: KB 320568 (services.sh restart); KB 1003490 (restarting the management agents), which names the hosts that services.sh is
not for.
"""

from __future__ import annotations

from typing import Callable, Optional

from .._certificates.certificate import Certificate, CertificateError, parse
from .._common import notice
from .shell import Output, Shell, ShellDropped

RESTART_SECONDS = 180.0
ALL_SECONDS = 600.0
READ_SECONDS = 60.0
# Before this version another daemon than hostd answers on port 443.
WITHOUT_PROXY_SINCE = 8

# What to look for, and how it shows, where a restart of everything would take the host's network or storage along.
_FORBIDS_ALL: tuple[tuple[str, str, Callable[[Output], bool]], ...] = (
    ("vSAN", "esxcli vsan cluster get", lambda output: output.ok and "Enabled: true" in output.stdout),
    (
        "LACP",
        "esxcli network vswitch dvs vmware lacp status get",
        lambda output: output.ok and bool(output.stdout.strip()),
    ),
    ("NSX", "ls /etc/init.d/nsx-proxy /etc/init.d/nsxa", lambda output: "/etc/init.d/nsx" in output.stdout),
)


def restart_agents(shell: Shell, major: Optional[int]) -> list[str]:
    """Restart hostd and vpxa, and before ESXi 8 the proxy in front of them. What went wrong, which need not matter."""
    names = ["hostd", "vpxa"]
    if major is None or major < WITHOUT_PROXY_SINCE:
        names.append("rhttpproxy")
    notes = []
    for name in names:
        # Where the version is not known the file says whether there is such a daemon.
        notes += _run(shell, f"[ ! -x /etc/init.d/{name} ] || /etc/init.d/{name} restart", f"{name} restart", RESTART_SECONDS)
    return notes


def restart_iofiltervpd(shell: Shell) -> list[str]:
    """Restart the IOFilter provider's daemon. What went wrong."""
    return _run(shell, "/etc/init.d/iofiltervpd restart", "iofiltervpd restart", RESTART_SECONDS)


def restart_all(shell: Shell) -> list[str]:
    """Restart every service of the host. What went wrong."""
    return _run(shell, "services.sh restart", "services.sh restart", ALL_SECONDS)


def forbids_all(shell: Shell) -> Optional[str]:
    """What the host uses that a restart of all services would interrupt; None where nothing of the kind is seen."""
    for name, command, shows in _FORBIDS_ALL:
        if shows(shell.run(command, READ_SECONDS)):
            return name
    return None


def shown_to_itself(shell: Shell, name: str, port: int) -> Optional[Certificate]:
    """The certificate that the host gets when it asks its own port, for a controller that can't reach it; None for none."""
    output = shell.run(f"openssl s_client -connect {name}:{port} </dev/null 2>/dev/null", READ_SECONDS)
    try:
        return parse(output.stdout) if "BEGIN CERTIFICATE" in output.stdout else None
    except CertificateError:
        return None


def _run(shell: Shell, command: str, what: str, seconds: float) -> list[str]:
    """Run what may take the connection along: that it ends meanwhile is no failure."""
    try:
        output = shell.run(command, seconds)
    except ShellDropped:
        shell.renew()
        return []
    return [] if output.ok else [notice.DAEMON_REFUSED.of(command=what, said=output.said)]
