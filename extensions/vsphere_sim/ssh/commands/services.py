# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""services.sh, the scripts in /etc/init.d, and a reboot."""

from __future__ import annotations

from ...estate import host_daemons
from ...estate.host_daemons import daemons_of
from .invocation import Answer, Invocation

DAEMON_SECONDS = 4.0
USAGE = "Usage: {} {{start|stop|restart|status}}\n"
NOT_RUNNING_STATUS = 3


def init_script(call: Invocation) -> Answer:
    """One daemon."""
    daemon, action = call.program.rpartition("/")[2], (call.arguments or [""])[0]
    if daemon not in daemons_of(call.host):
        return Answer(127, error=f"sh: {call.program}: not found\n")
    if action == "status":
        running = daemon not in call.host.stopped_daemons
        return Answer(0 if running else NOT_RUNNING_STATUS, f"{daemon} is {'' if running else 'not '}running.\n")
    if action not in ("start", "stop", "restart"):
        return Answer(1, error=USAGE.format(call.program))
    return _act(call, (daemon,), action)


def services(call: Invocation) -> Answer:
    """All of them."""
    action = (call.arguments or [""])[0]
    if action not in ("start", "stop", "restart"):
        return Answer(1, error="Usage: services.sh {start|stop|restart}\n")
    return _act(call, daemons_of(call.host), action)


def reboot(call: Invocation) -> Answer:
    """The host goes down and comes up with what was saved."""
    host_daemons.reboot(call.vcenter, call.host)
    return Answer()


def _act(call: Invocation, daemons: tuple[str, ...], action: str) -> Answer:
    answer = Answer()
    if action in ("stop", "restart"):
        for daemon in reversed(daemons):
            host_daemons.stop(call.vcenter, call.host, daemon)
            answer.output += f"{daemon} stopped.\n"
    call.rest(DAEMON_SECONDS)
    if action in ("start", "restart"):
        for daemon in daemons:
            if host_daemons.start(call.vcenter, call.host, daemon):
                answer.output += f"{daemon} started.\n"
            else:
                answer.status = 1
                answer.error += f"{daemon} failed to start: /etc/vmware/ssl/rui.crt and rui.key cannot be used\n"
    return answer
