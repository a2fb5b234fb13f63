# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ServiceInstance: where every client begins."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from pyVmomi import vim, vmodl

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..soap.servant import Call, method, readable


class ServiceInstance(EstateServant):
    """The root of the API."""

    kind = vim.ServiceInstance

    @method("RetrieveServiceContent")
    def retrieve_content(self, call: Call) -> Any:
        return self.content(call.session)

    @method("CurrentTime")
    def current_time(self, call: Call) -> datetime:
        return self.vcenter.now()

    @readable("serverClock")
    def server_clock(self, session: Optional[Session]) -> datetime:
        return self.vcenter.now()

    @readable("capability")
    def capability(self, session: Optional[Session]) -> Any:
        return vim.Capability(
            provisioningSupported=True,
            multiHostSupported=True,
            userShellAccessSupported=False,
            networkBackupAndRestoreSupported=False,
        )

    @readable("content")
    def content(self, session: Optional[Session]) -> Any:
        return vim.ServiceInstanceContent(
            rootFolder=vim.Folder("group-d1"),
            propertyCollector=vmodl.query.PropertyCollector("propertyCollector"),
            viewManager=vim.view.ViewManager("ViewManager"),
            about=self.about(),
            setting=vim.option.OptionManager("VpxSettings"),
            sessionManager=vim.SessionManager("SessionManager"),
            authorizationManager=vim.AuthorizationManager("AuthorizationManager"),
            taskManager=vim.TaskManager("TaskManager"),
            eventManager=vim.event.EventManager("EventManager"),
            customFieldsManager=vim.CustomFieldsManager("CustomFieldsManager"),
            licenseManager=vim.LicenseManager("LicenseManager"),
            searchIndex=vim.SearchIndex("SearchIndex"),
            certificateManager=vim.CertificateManager("certificateManager"),
        )

    def about(self) -> Any:
        """What this vCenter says that it is."""
        release = self.vcenter.release
        return vim.AboutInfo(
            name="VMware vCenter Server",
            fullName=f"VMware vCenter Server {release.version} build-{release.build}",
            vendor="VMware, Inc.",
            version=release.version,
            patchLevel="00300",
            build=release.build,
            localeVersion="INTL",
            localeBuild="000",
            osType="linux-x64",
            productLineId="vpx",
            apiType="VirtualCenter",
            apiVersion=self.vcenter.vim_versions.newest_id,
            instanceUuid=self.vcenter.identity.instance_uuid,
            licenseProductName="VMware VirtualCenter Server",
            licenseProductVersion=f"{release.numbers[0]}.0",
        )
