# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""esxcli and vim-cmd, as far as they are used for certificates."""

from __future__ import annotations

from typing import Callable

from .invocation import Answer, Invocation


def esxcli(call: Invocation) -> Answer:
    """A namespace and a command of it."""
    words = [word for word in call.arguments if not word.startswith("-")]
    text = " ".join(words)
    for known, answer in _KNOWN.items():
        if text == known or text.startswith(known + " "):
            return answer(call)
    return Answer(1, error=f"Error: Unknown command or namespace {text}\n")


def vim_cmd(call: Invocation) -> Answer:
    """hostsvc/hostsummary, start_ssh and stop_ssh only."""
    command = (call.arguments or [""])[0]
    if command in ("hostsvc/start_ssh", "hostsvc/stop_ssh"):
        # Whoever is logged in stays so.
        call.host.services["TSM-SSH"].running = command == "hostsvc/start_ssh"
        call.vcenter.notify(call.host)
        return Answer()
    if command != "hostsvc/hostsummary":
        return Answer(255, error="Invalid command. Use 'vim-cmd help' for a list.\n")
    host = call.host
    return Answer(
        output=(
            "Listsummary:\n\n(vim.host.Summary) {\n   host = 'vim.HostSystem:ha-host', \n"
            f'   config = (vim.host.Summary.ConfigSummary) {{\n      name = "{host.configured_name}", \n      port = 443, \n'
            f'      sslThumbprint = "{host.certificate.sha1_thumbprint}", \n'
            f'      product = (vim.AboutInfo) {{\n         fullName = "VMware ESXi {host.version} build-{host.build}", \n'
            f'         version = "{host.version}", \n         build = "{host.build}"\n      }}\n   }}\n}}\n'
        )
    )


def _hostname(call: Invocation) -> Answer:
    name = call.host.configured_name
    short, _dot, domain = ("", "", "") if name.replace(".", "").isdigit() else name.partition(".")
    return Answer(output=f"   Domain Name: {domain}\n   Fully Qualified Domain Name: {name}\n   Host Name: {short or name}\n")


def _version(call: Invocation) -> Answer:
    host = call.host
    return Answer(
        output=f"   Product: VMware ESXi\n   Version: {host.version}\n   Build: Releasebuild-{host.build}\n"
        f"   Update: {host.version.rpartition('.')[2]}\n   Patch: 0\n"
    )


def _advanced(call: Invocation) -> Answer:
    wanted = next((word for word in call.arguments if "execinstalledonly" in word.lower()), None)
    if wanted is None:
        return Answer(1, error="Unable to find option\n")
    value = int(call.host.exec_installed_only)
    return Answer(
        output=f"   Path: /User/execInstalledOnly\n   Type: integer\n   Int Value: {value}\n   Default Int Value: {value}\n   Min Value: 0\n"
        "   Max Value: 1\n   String Value: \n   Default String Value: \n   Valid Characters: \n"
        "   Description: Allow only programs that a package brought to be executed\n"
    )


def _addresses(call: Invocation) -> Answer:
    return Answer(
        output="Name  IPv4 Address    IPv4 Netmask  IPv4 Broadcast  Address Type  Gateway  DHCP DNS\n"
        "----  --------------  ------------  --------------  ------------  -------  --------\n"
        f"vmk0  {call.host.address:<14}  255.255.0.0   0.0.0.0         STATIC        0.0.0.0     false\n"
    )


def _vsan(_call: Invocation) -> Answer:
    return Answer(1, error="vSAN Clustering is not enabled on this host\n")


_KNOWN: dict[str, Callable[[Invocation], Answer]] = {
    "system hostname get": _hostname,
    "system version get": _version,
    "system settings advanced list": _advanced,
    "vsan cluster get": _vsan,
    "network ip interface ipv4 get": _addresses,
    "network ip interface ipv4 address list": _addresses,
}
