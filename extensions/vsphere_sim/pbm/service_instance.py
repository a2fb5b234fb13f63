# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where clients of storage policies begin, and the list of policies."""

from __future__ import annotations

from typing import Any

from pyVmomi import pbm

from ..estate.servant import EstateServant
from ..soap.servant import Call, method


class PbmServiceInstance(EstateServant):
    """The root of PBM."""

    kind = pbm.ServiceInstance

    @method("PbmRetrieveServiceContent")
    def content(self, call: Call) -> Any:
        return pbm.ServiceInstanceContent(
            aboutInfo=pbm.AboutInfo(name="PBM", version="2.0", instanceUuid=self.vcenter.identity.instance_uuid),
            sessionManager=pbm.auth.SessionManager("SessionManager"),
            capabilityMetadataManager=pbm.capability.CapabilityMetadataManager("CapabilityMetadataManager"),
            profileManager=pbm.profile.ProfileManager("ProfileManager"),
            complianceManager=pbm.compliance.ComplianceManager("complianceManager"),
            placementSolver=pbm.placement.PlacementSolver("placementSolver"),
            replicationManager=pbm.replication.ReplicationManager("ReplicationManager"),
        )


class ProfileManager(EstateServant):
    """No storage policies are defined."""

    kind = pbm.profile.ProfileManager

    @method("PbmQueryProfile")
    def query(self, call: Call) -> list[Any]:
        return []
