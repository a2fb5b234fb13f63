# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all steps have in common"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import Asleep, CertopsError, InputError

HOST_BUSY = ErrorMessage(
    CertopsError,
    code="host_busy",
    sentence=(
        "{esxi_host} was not touched, because somebody else works on it: {task} is still in progress in vCenter after"
        " {seconds:g} seconds"
    ),
    remedy="Wait for its end, see in vCenter's recent tasks who began it, and run again.",
)
HOST_DISCONNECTED_BY_OTHERS = ErrorMessage(
    CertopsError,
    code="host_disconnected_by_others",
    sentence=(
        "{esxi_host} was not touched, because somebody else disconnected it from vCenter meanwhile, and it did not come back"
        " ({connection_state})"
    ),
    remedy="See in vCenter's recent tasks who did, and run again.",
)
RELOAD_NOT_POSSIBLE = ErrorMessage(
    CertopsError,
    code="reload_not_possible",
    sentence=(
        "{esxi_host} was not touched, because its daemons cannot be notified: that goes through vCenter"
        " (NotifyAffectedServices), and no vCenter was given or it has no connection to a host that knows the call"
    ),
    remedy="Set certops_reload (the option reload) to agents, or give the vCenter's connection.",
)
CERTIFICATE_NOT_SERVED = ErrorMessage(
    CertopsError,
    code="certificate_not_served",
    sentence="{esxi_host} does not serve the certificate that lies on its disk: {problems}",
    remedy="Look at /var/run/log/iofiltervpd.log and hostd.log on the host, and at its firewall ruleset iofiltervp.",
)
ESXI_HOST_NAME_EMPTY = ErrorMessage(
    InputError,
    code="esxi_host_name_empty",
    sentence="The option esxi_hosts has an empty name in it",
    remedy="Give names of ESXi hosts, or an empty list for none.",
)
ESXI_HOST_AMBIGUOUS = ErrorMessage(
    InputError,
    code="esxi_host_ambiguous",
    sentence="{name} may be {esxi_hosts} of {vcenter}",
    remedy="Give the whole name, as vCenter shows it.",
)
ESXI_HOST_UNKNOWN = ErrorMessage(
    InputError,
    code="esxi_host_unknown",
    sentence="{vcenter} knows no ESXi host {names}",
    remedy="Use the names that vCenter shows; it knows {known_names}.",
)
HOST_RENAMED_SINCE_PLAN = ErrorMessage(
    CertopsError,
    code="host_renamed_since_plan",
    sentence="{esxi_host} was renamed to {new_name} in {vcenter} since the plan was made ({moid})",
    remedy="Nothing further was done to it. Run again: a new plan has it under its new name.",
)
HOST_ADDED_AGAIN_SINCE_PLAN = ErrorMessage(
    CertopsError,
    code="host_added_again_since_plan",
    sentence="{esxi_host} was removed from {vcenter} and added again since the plan was made ({moid}, now {new_moid})",
    remedy="Nothing further was done to it. Run again: it may need another thing now.",
)
HOST_REMOVED_SINCE_PLAN = ErrorMessage(
    CertopsError,
    code="host_removed_since_plan",
    sentence="{esxi_host} was removed from {vcenter} since the plan was made ({moid})",
    remedy="Nothing further was done to it. Run again, and take it out of the inventory if it is gone for good.",
)
HOST_IN_STANDBY = ErrorMessage(
    Asleep,
    code="host_in_standby",
    sentence="{esxi_host} is in standby and was not touched",
    remedy="Power it on from standby in vCenter, and run again.",
)
SSH_NOT_SWITCHED_OFF = ErrorMessage(
    CertopsError,
    code="ssh_not_switched_off",
    sentence="SSH was switched on for {esxi_host} and could not be switched off again: {problem}",
    remedy="Stop the service TSM-SSH on the host.",
)
SSH_HOST_NOT_CONNECTED = ErrorMessage(
    CertopsError,
    code="ssh_host_not_connected",
    sentence="vCenter has no connection to {esxi_host}, and cannot stop its SSH",
    remedy="Reconnect the host, or stop TSM-SSH at its console.",
)
SSH_STILL_ON = ErrorMessage(
    CertopsError,
    code="ssh_still_on",
    sentence="SSH of {esxi_host} lets somebody in after it was stopped",
    remedy="Look at the service TSM-SSH on the host.",
)
