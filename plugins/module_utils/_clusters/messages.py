# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vSphere HA and vSAN of clusters while their hosts are worked on"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import CertopsError, DeadlineExceeded
from .._estate.cluster import HA_AGENT_NOT_WELL as NOT_WELL_CODE

HA_AGENT_NOT_WELL = ErrorMessage(
    CertopsError,
    code=NOT_WELL_CODE,
    sentence=(
        "The vSphere HA agent of {esxi_host} in {cluster} did not get well again: its state is {state} after {seconds:g} seconds, and after"
        " HA was configured on it anew{problem}"
    ),
    remedy=(
        "No further host of the cluster was started. Right-click the host in vCenter and choose Reconfigure for vSphere HA; if that does not help,"
        " disconnect and reconnect it. Run again when its state is master or connected to master."
    ),
)
HA_MONITORS_HOSTS = ErrorMessage(
    CertopsError,
    code="ha_monitors_hosts",
    sentence="vSphere HA monitors the hosts of {clusters} in {vcenter}, and certops_ha (the option ha) is require_disabled",
    remedy=(
        "Nothing was changed. Switch host monitoring of the cluster off (Configure, vSphere Availability) for the time of the run, or set certops_ha"
        " to warn or suspend."
    ),
)
HA_NOT_READ = ErrorMessage(
    CertopsError,
    code="ha_not_read",
    sentence="It is not known whether vSphere HA monitors the hosts of {clusters} in {vcenter}",
    remedy="Give the account's role System.Read on the clusters, or set certops_ha (the option ha) to warn.",
)
VSAN_NOT_CALM = ErrorMessage(
    CertopsError,
    code="vsan_not_calm",
    sentence="{esxi_host} was not started, because after {seconds:g} seconds a cluster with vSAN that it belongs to is not calm: {problem}",
    remedy=(
        "Look at Skyline Health and at Resyncing Objects of the cluster in vCenter, and run again when its objects are healthy; certops_vsan (the option"
        " vsan) requires that, and certops_vsan_timeout_seconds says how long it is waited for."
    ),
)
VSAN_NOT_READ = ErrorMessage(
    CertopsError,
    code="vsan_not_read",
    sentence="It is not known whether {clusters} in {vcenter} has vSAN, and certops_vsan (the option vsan) is require",
    remedy="Nothing was changed. Give the account's role System.Read on the clusters, or set certops_vsan to warn.",
)
HA_CLUSTER_BUSY = ErrorMessage(
    DeadlineExceeded,
    code="ha_cluster_busy",
    sentence="Host monitoring of {cluster} was left as it is, because vCenter works on the cluster: {tasks} after {seconds:g} seconds",
    remedy="Wait for the end of the task, a remediation of Lifecycle Manager perhaps, and run again.",
)
HA_IN_USE = ErrorMessage(
    DeadlineExceeded,
    code="ha_in_use",
    sentence=(
        "Another run needs host monitoring of {cluster} switched off until {needed_until} at least (its process is {owner}), so that no host of the"
        " cluster was started"
    ),
    remedy=(
        "Run again when the other run is over. One that was killed prolongs its note on the cluster no more: the next run after that time sets host"
        " monitoring to what it was."
    ),
)
HA_NOTE_NOT_KEPT = ErrorMessage(
    CertopsError,
    code="ha_note_not_kept",
    sentence="What host monitoring of {cluster} was could not be noted on the cluster, so that it was not switched off",
    remedy=(
        'The note is the custom attribute "{attribute}". Look at it in vCenter, and at the privileges Global.ManageCustomFields and'
        " Global.SetCustomField of the account."
    ),
)
HA_NOT_SWITCHED_OFF = ErrorMessage(
    DeadlineExceeded,
    code="ha_not_switched_off",
    sentence="vCenter does not show host monitoring of {cluster} as {wanted} {seconds:g} seconds after it was set so",
    remedy="Look at the cluster's recent tasks in vCenter.",
)
HA_NOTE_LEFT = ErrorMessage(
    CertopsError,
    code="ha_note_left",
    sentence="Host monitoring of {cluster} is {wanted} again, but the note of what it was could not be taken away: {problem}",
    remedy='Empty the custom attribute "{attribute}" of the cluster in vCenter: while it is there, a run sets host monitoring by it.',
)
HA_NOT_SWITCHED_BACK = ErrorMessage(
    CertopsError,
    code="ha_not_switched_back",
    sentence="HOST MONITORING OF {cluster} IS STILL SWITCHED OFF, and could not be set to {wanted} again: {problem}",
    remedy=(
        "Until it is on, a host that dies restarts no virtual machine. Switch it on in vCenter (Configure, vSphere Availability); the next run does it"
        " as well, by the note on the cluster."
    ),
)
