# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run that was killed left of host monitoring, put right by the next one."""

from __future__ import annotations

from typing import Any

from .._estate.ha_note import monitoring_in
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._timing.waiting import Deadline
from . import messages
from .monitoring import HostMonitoring

STEP = "guard"


def restore_monitoring(vsphere: VSphere, *, timeout_seconds: float, check_mode: bool, tell: Tell = silent) -> list[dict[str, Any]]:
    """Set host monitoring of every cluster with a note to what that says; these clusters. What another run needs off stays off (in_use).

    Raises CertopsError, with those whose host monitoring could not be set: the others were.
    """
    hosts, _unavailable = vsphere.hosts()
    clusters, unavailable = vsphere.clusters(hosts)
    if unavailable:
        names = ", ".join(entry.subject for entry in unavailable)
        raise messages.HA_NOT_READ(clusters=names, vcenter=vsphere.name)
    noted = [cluster for cluster in clusters if cluster.noted is not None]
    problems = []
    in_use: set[str] = set()
    deadline = Deadline(timeout_seconds, vsphere.clock)
    for cluster in noted:
        host = next(one for one in hosts if one.cluster_moid == cluster.moid)
        monitoring = HostMonitoring(vsphere, cluster, host, deadline.left_seconds, STEP, tell)
        if monitoring.needed_by_others() and (check_mode or not monitoring.until_left()):
            in_use.add(cluster.moid)
            continue
        problem = None if check_mode else monitoring.switch_back()
        if problem is not None:
            problems.append(problem)
    if problems:
        raise problems[0].retold(sentence="; ".join(one.sentence for one in problems))
    return [
        {
            "name": cluster.name,
            "host_monitoring": monitoring_in(cluster.noted or ""),
            "noted": cluster.noted,
            "in_use": cluster.moid in in_use,
        }
        for cluster in noted
    ]
