# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostConfigInfo: the parts of a host's configuration that clients read."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim
from pyVmomi.VmomiSupport import GetVmodlType

from ...estate.esxi_host import EsxiHost


def configuration(host: EsxiHost, product: Any) -> Any:
    """The configuration of a host that is connected."""
    return vim.host.ConfigInfo(
        host=vim.HostSystem(host.moid),
        product=product,
        network=vim.host.NetworkInfo(vnic=[management_nic(host)], dnsConfig=_dns(host), atBootIpV6Enabled=False, ipV6Enabled=False),
        service=service_info(host),
        # Typed, so that pyVmomi does not look at each of 2,000 bytes.
        certificate=GetVmodlType("byte[]")(host.record.pem.encode()),
        adminDisabled=host.lockdown_mode != "lockdownDisabled",
        lockdownMode=host.lockdown_mode,
        sslThumbprintInfo=None,
        option=[vim.option.OptionValue(key="Config.HostAgent.ssl.keyStore.allowAny", value=False)],
    )


def management_nic(host: EsxiHost) -> Any:
    """vmk0, with the address that the host really has."""
    return vim.host.VirtualNic(
        device="vmk0",
        key="key-vim.host.VirtualNic-vmk0",
        portgroup="Management Network",
        spec=vim.host.VirtualNic.Specification(
            ip=vim.host.IpConfig(dhcp=False, ipAddress=host.address, subnetMask="255.255.0.0"),
            mac=f"00:50:56:{':'.join(f'{int(part):02x}' for part in host.address.split('.')[1:])}",
            mtu=1500,
            tsoEnabled=True,
            netStackInstanceKey="defaultTcpipStack",
        ),
    )


def service_info(host: EsxiHost) -> Any:
    """The services of a host."""
    return vim.host.ServiceInfo(
        service=[
            vim.host.Service(
                key=service.key,
                label=service.label,
                required=service.required,
                uninstallable=False,
                running=service.running,
                ruleset=["sshServer"] if service.key == "TSM-SSH" else [],
                policy=service.policy,
            )
            for service in host.services.values()
        ]
    )


def _dns(host: EsxiHost) -> Any:
    name, _dot, domain = host.name.partition(".") if not host.name[0].isdigit() else (f"esx-{host.uuid[:8]}", "", "example")
    return vim.host.DnsConfig(dhcp=False, hostName=name, domainName=domain, address=[], searchDomain=[])
