# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A managed object of one vCenter: what the objects of vim and of sms begin with."""

from __future__ import annotations

from ..soap.servant import Servant
from .vcenter import VCenter


class EstateServant(Servant):
    """A managed object that knows its vCenter."""

    def __init__(self, vcenter: VCenter, moid: str) -> None:
        super().__init__(moid)
        self.vcenter = vcenter
