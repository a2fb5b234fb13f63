# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pyVmomi, imported in one place: where it is missing, MISSING says so, and the entry point tells the user."""

from __future__ import annotations

from typing import Any, Optional

from ..core.absent import Absent

MISSING: Optional[str] = None
try:
    import pyVmomi
    from pyVmomi import SoapAdapter, VmomiSupport
except Exception as error:  # pyVmomi 9.1 raises a plain Exception on a Python that is too old for it.
    MISSING = str(error)
    pyVmomi = SoapAdapter = VmomiSupport = Absent

VERSION = str(getattr(pyVmomi, "__version__", "") or getattr(pyVmomi, "version_info_str", ""))
SoapStubAdapter: Any = pyVmomi.SoapStubAdapter
SoapDeserializer: Any = SoapAdapter.SoapDeserializer
SoapResponseDeserializer: Any = SoapAdapter.SoapResponseDeserializer
sms: Any = pyVmomi.sms
vim: Any = pyVmomi.vim
vmodl: Any = pyVmomi.vmodl
DataObject: Any = VmomiSupport.DataObject
Enum: Any = VmomiSupport.Enum
F_OPTIONAL: Any = VmomiSupport.F_OPTIONAL
IsChildVersion: Any = VmomiSupport.IsChildVersion
GetServiceVersions: Any = VmomiSupport.GetServiceVersions
versionIdMap: Any = VmomiSupport.versionIdMap
