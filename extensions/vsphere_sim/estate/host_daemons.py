# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daemons of a host: which port each serves, what a restart does, and what vCenter sees of it."""

from __future__ import annotations

from .esxi_host import CONNECTED, IOFILTER_PORT, MANAGEMENT_PORT, NOT_RESPONDING, EsxiHost
from .vcenter import VCenter

HOSTD, VPXA, RHTTPPROXY, IOFILTERVPD = "hostd", "vpxa", "rhttpproxy", "iofiltervpd"
# Without either of these vCenter hears nothing of the host.
AGENTS = (HOSTD, VPXA)
# Until vCenter looks at the host again, in seconds of the estate.
CONTACT_SECONDS = 10.0
REBOOT_SECONDS = 20.0


def daemons_of(host: EsxiHost) -> tuple[str, ...]:
    """The daemons that a host of this version has, in the order in which they are started."""
    return (RHTTPPROXY, HOSTD, VPXA, IOFILTERVPD) if host.major < 8 else (HOSTD, VPXA, IOFILTERVPD)


def ports_of(host: EsxiHost, daemon: str) -> tuple[int, ...]:
    """The TLS ports that a daemon serves."""
    if daemon == IOFILTERVPD:
        return (IOFILTER_PORT,)
    return (MANAGEMENT_PORT,) if daemon == (RHTTPPROXY if host.major < 8 else HOSTD) else ()


def stop(vcenter: VCenter, host: EsxiHost, daemon: str) -> None:
    """End a daemon: its port refuses, and without an agent vCenter loses the host."""
    host.stopped_daemons.add(daemon)
    for port in ports_of(host, daemon):
        host.served[port] = None
    if (daemon in AGENTS or MANAGEMENT_PORT in ports_of(host, daemon)) and host.connection_state == CONNECTED:
        host.connection_state = NOT_RESPONDING
        host.lost_contact = True
    vcenter.notify(host)


def start(vcenter: VCenter, host: EsxiHost, daemon: str) -> bool:
    """Start a daemon with what is on the disk; False where the pair there is broken, with which none of them starts."""
    if daemon != VPXA and not host.load(*ports_of(host, daemon)):
        host.stopped_daemons.add(daemon)
        vcenter.notify(host)
        return False
    host.stopped_daemons.discard(daemon)
    vcenter.notify(host)
    vcenter.after(CONTACT_SECONDS, lambda: regain_contact(vcenter, host))
    return True


def regain_contact(vcenter: VCenter, host: EsxiHost) -> None:
    """vCenter looks at a host that it lost: it takes it back if it believes the certificate."""
    shown = host.shown_on(MANAGEMENT_PORT)
    if not host.lost_contact or host.connection_state != NOT_RESPONDING or not host.reachable:
        return
    if shown is None or host.stopped_daemons.intersection(AGENTS):
        return
    if vcenter.believes(host, shown):
        host.lost_contact = False
        host.connection_state = CONNECTED
        if host.ha is not None:
            host.ha.agents_restarted(host)
    else:
        # It goes on looking, and takes the host back when that shows the old certificate again.
        host.connection_state = host.distrusted_as
    vcenter.notify(host)


def reboot(vcenter: VCenter, host: EsxiHost) -> None:
    """The host goes down, and comes up with what was saved of its files."""
    for daemon in daemons_of(host):
        stop(vcenter, host, daemon)
    if host.disk is not None:
        host.disk.reboot()
    for service in host.services.values():
        service.running = service.policy == "on"
    vcenter.notify(host)
    if host.hang_up is not None:
        host.hang_up()

    def up() -> None:
        host.boot_time = vcenter.clock.now()
        for daemon in daemons_of(host):
            start(vcenter, host, daemon)

    vcenter.after(REBOOT_SECONDS, up)
