# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that are none, and answers that the installed pyVmomi cannot read. faults.translate makes sentences of them."""

from __future__ import annotations

from http.client import HTTPException
from typing import Optional

from .pyvmomi_library import VERSION


class NotAnAnswer(HTTPException):
    """What came is no answer to the call: a page of a proxy, an empty body, the answer to another call.

    As after a lost answer nobody knows whether the call arrived: what reads is tried again, and what became of a change is looked up.
    The text says what came instead, so that it reads after "which is no answer to it: ".
    """


class OutOfTime(TimeoutError):
    """A request was not over in the time that it has as a whole, however much of its answer had come by then.

    seconds: how many that were.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not over within {seconds:g} s")
        self.seconds = seconds


class UnreadableByPyvmomi(Exception):
    """An answer has an enum value, a type or a property that the installed pyVmomi does not know.

    method: what was called. name: the value or type that is not known. server_version: the vCenter's API version, or empty.
    It comes again with each attempt. A change whose answer this was has been made, or not: that is looked up.
    """

    def __init__(self, method: str, name: str, server_version: str = "") -> None:
        super().__init__(f"{name} in the answer to {method}")
        self.method = method
        self.name = name
        self.server_version = server_version


def too_old(server_version: str) -> Optional[str]:
    """The version of pyvmomi that a vCenter with this API version needs, where the installed one is older."""
    ours, theirs = _numbers(VERSION), _numbers(server_version)
    return None if theirs[:3] <= ours[:3] else ".".join(str(number) for number in theirs[:2])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
