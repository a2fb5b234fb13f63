# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SmsServiceInstance: where clients of SMS begin."""

from __future__ import annotations

from typing import Any

from pyVmomi import sms

from ..estate.servant import EstateServant
from ..soap.servant import Call, method


class SmsServiceInstance(EstateServant):
    """The root of SMS."""

    kind = sms.ServiceInstance

    @method("QueryStorageManager")
    def storage_manager(self, call: Call) -> Any:
        return sms.StorageManager("storageManager")

    @method("QuerySessionManager")
    def session_manager(self, call: Call) -> Any:
        return sms.auth.SessionManager("sessionManager")

    @method("QueryAboutInfo")
    def about(self, call: Call) -> Any:
        return sms.AboutInfo(
            name="VMware vCenter Storage Monitoring Service",
            fullName="VMware vCenter Storage Monitoring Service",
            vendor="VMware, Inc.",
            apiVersion=self.vcenter.sms_versions.newest_id,
            instanceUuid=self.vcenter.identity.instance_uuid,
            vasaApiVersion="5.0" if self.vcenter.identity.version.startswith("9") else "4.0",
        )


class SmsSessionManager(EstateServant):
    """It has nothing to call."""

    kind = sms.auth.SessionManager
