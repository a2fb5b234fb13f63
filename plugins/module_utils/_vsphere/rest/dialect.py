# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two dialects of the vCenter's REST API: /api, which came with vCenter 7.0 U2, and /rest, the only one before that.

Which resources there are does not depend on the dialect. By the vendor's API references and bindings (/rest/com/vmware/cis/session, {"spec": ...},
{"value": ...}); that a call without a value may be answered by 200 and an empty object as well as by nothing is believed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Mapping

from ..._wire.answer_errors import NotAnAnswer

# The API version of vCenter 7.0 U2.
_NEW_SINCE = (7, 0, 2)
_VOID: tuple[Any, ...] = (None, {}, {"value": None}, {"value": {}})


@dataclass(frozen=True)
class Dialect:
    """How it is asked. prefix: of every path; session: the path of sessions; wrapped: whether values and fields stand in an envelope."""

    prefix: str
    session: str
    wrapped: bool

    def path(self, resource: str) -> str:
        """Where a resource is, such as vcenter/services/sps."""
        return self.prefix + resource

    def restart(self, resource: str) -> str:
        """Where a service's restart is asked for."""
        return f"{self.path(resource)}/restart" if self.wrapped else f"{self.path(resource)}?action=restart"

    @property
    def whose_session(self) -> tuple[str, str]:
        """Method and path of the question whose session it is."""
        return ("POST", f"{self.session}?~action=get") if self.wrapped else ("GET", self.session)

    def fields(self, fields: Mapping[str, str]) -> bytes:
        """The body of a request that sets fields of a resource."""
        return json.dumps({"spec": fields} if self.wrapped else fields).encode()

    def unwrapped(self, value: Any) -> Any:
        """What an answer holds. Raises NotAnAnswer where it is none of this dialect."""
        if not self.wrapped:
            return value
        if not isinstance(value, dict) or "value" not in value:
            raise NotAnAnswer("JSON without a value")
        return value["value"]

    def is_void(self, status: int, body: bytes) -> bool:
        """Whether this answers a call that has no value to answer."""
        if not self.wrapped:
            return status == 204 and not body
        if status not in (200, 204):
            return False
        try:
            return not body.strip() or json.loads(body) in _VOID
        except (ValueError, RecursionError):
            return False


NEW = Dialect("/api/", "/api/session", wrapped=False)
OLD = Dialect("/rest/", "/rest/com/vmware/cis/session", wrapped=True)


def in_order(api_version: str) -> tuple[Dialect, Dialect]:
    """The dialects in the order in which a vCenter of this API version (about.apiVersion) is asked; where it is not known, the newer first."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", api_version))
    return (OLD, NEW) if numbers and numbers < _NEW_SINCE else (NEW, OLD)
