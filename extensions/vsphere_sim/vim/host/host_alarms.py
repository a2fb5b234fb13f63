# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The alarms of a host, and their definitions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Optional

from pyVmomi import vim

from ...estate.esxi_host import EsxiHost
from ...estate.servant import EstateServant
from ...estate.sessions import Session
from ...estate.storage_service import REGISTRATION_ALARM
from ...estate.vcenter import VCenter
from ...soap.servant import readable

# Default alarms of a vCenter, by their ids here. The second one's hosts have certificates that end within the hard threshold, or have ended.
CERTIFICATE_ALARM = "ESXi Host Certificate Status"
ALARMS = {"alarm-301": REGISTRATION_ALARM, "alarm-302": CERTIFICATE_ALARM}
HARD_THRESHOLD = "vpxd.certmgmt.certs.hardThreshold"


class Alarm(EstateServant):
    """A definition."""

    kind = vim.alarm.Alarm

    def __init__(self, vcenter: VCenter, moid: str) -> None:
        super().__init__(vcenter, moid)
        self._name = ALARMS[moid]

    @readable("info")
    def info(self, session: Optional[Session]) -> Any:
        return vim.alarm.AlarmInfo(
            key=self.moid,
            alarm=self.reference,
            entity=vim.Folder("group-d1"),
            lastModifiedTime=self.vcenter.now(),
            lastModifiedUser="",
            creationEventId=0,
            name=self._name,
            description=self._name,
            enabled=True,
            expression=vim.alarm.EventAlarmExpression(eventType=vim.event.EventEx),
        )


def triggered(vcenter: VCenter, host: EsxiHost) -> list[Any]:
    """The alarms of a host that are raised and not cleared."""
    raised = dict(host.alarms)
    left = host.record.not_after - vcenter.now()
    if left <= timedelta(days=float(vcenter.settings.named(HARD_THRESHOLD).get(HARD_THRESHOLD) or 30)):
        raised[CERTIFICATE_ALARM] = "red"
    return [
        vim.alarm.AlarmState(
            key=f"{moid}.{host.moid}",
            entity=vim.HostSystem(host.moid),
            alarm=vim.alarm.Alarm(moid),
            overallStatus=raised[name],
            time=vcenter.now(),
            acknowledged=False,
        )
        for moid, name in ALARMS.items()
        if name in raised
    ]
