# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that are none, and answers that the installed pyVmomi cannot read. faults.translate makes sentences of them."""

from __future__ import annotations

from http.client import HTTPException


class NotAnAnswer(HTTPException):
    """What came is no answer to the call: a page of a proxy, an empty body, the answer to another call.

    As after a lost answer nobody knows whether the call arrived: what reads is tried again, and what became of a change is looked up.
    The text says what came instead, so that it reads after "which is no answer to it: ".
    """


class UnreadableByPyvmomi(Exception):
    """An answer has an enum value, a type or a property that the installed pyVmomi does not know: it is older than the vCenter.

    method: what was called. name: the value, type or property that is not known. server_version: the vCenter's API version, or empty.
    It comes again with each attempt. A change whose answer this was has been made, or not: that is looked up.
    """

    def __init__(self, method: str, name: str, server_version: str = "") -> None:
        super().__init__(f"{name} in the answer to {method}")
        self.method = method
        self.name = name
        self.server_version = server_version
