# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pyVmomi, imported in one place: where it is missing, MISSING says so, and the entry point tells the user."""

from __future__ import annotations

import re
import warnings
from importlib import metadata
from typing import Any, Optional

from .._common.absent import Absent

OLDEST = "8.0.3.0.1"


def _installed() -> str:
    """The version that is installed; empty where whoever installed it left none."""
    try:
        return metadata.version("pyvmomi")
    except metadata.PackageNotFoundError:
        return ""


def problem_of(version: str) -> Optional[str]:
    """What is wrong with a version; None where nothing is, or none is known."""
    old, oldest = (tuple(int(part) for part in re.findall(r"\d+", one)) for one in (version, OLDEST))
    return f"pyvmomi {version} is installed, and {OLDEST} or newer is needed" if version and old < oldest else None


VERSION = _installed()
MISSING: Optional[str] = problem_of(VERSION)
try:
    if MISSING is not None:
        raise ImportError(MISSING)
    with warnings.catch_warnings():
        # What a Python that is newer than it has to say of its code is nothing for who runs a playbook.
        warnings.simplefilter("ignore")
        import pyVmomi
        from pyVmomi import SoapAdapter, VmomiSupport
except Exception as error:  # pyVmomi 9.1 raises a plain Exception on a Python that is too old for it.
    MISSING = str(error)
    pyVmomi = SoapAdapter = VmomiSupport = Absent

SoapStubAdapter: Any = pyVmomi.SoapStubAdapter
SoapDeserializer: Any = SoapAdapter.SoapDeserializer
SoapResponseDeserializer: Any = SoapAdapter.SoapResponseDeserializer
sms: Any = pyVmomi.sms
vim: Any = pyVmomi.vim
vmodl: Any = pyVmomi.vmodl
Binary: Any = VmomiSupport.binary
DataObject: Any = VmomiSupport.DataObject
Enum: Any = VmomiSupport.Enum
GetCompatibleType: Any = VmomiSupport.GetCompatibleType
GetWsdlType: Any = VmomiSupport.GetWsdlType
IsDynamicType: Any = SoapAdapter.isDynamicType
ManagedMethod: Any = VmomiSupport.ManagedMethod
ManagedObject: Any = VmomiSupport.ManagedObject
ParseISO8601: Any = SoapAdapter.Iso8601.ParseISO8601
F_OPTIONAL: Any = VmomiSupport.F_OPTIONAL
IsChildVersion: Any = VmomiSupport.IsChildVersion
GetServiceVersions: Any = VmomiSupport.GetServiceVersions
GuessWsdlType: Any = VmomiSupport.GuessWsdlType
versionIdMap: Any = VmomiSupport.versionIdMap
