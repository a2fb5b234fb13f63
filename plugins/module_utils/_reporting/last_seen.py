# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a host's certificate expires and what its provider is, by the last that was seen in a run: some hosts cannot be read at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Optional, Sequence

from .._certificates import trust
from .._deciding.rules import RECONNECT, RECONNECT_PINNED, RENEW, RENEW_CLI, RENEW_CUSTOM_CA, REREGISTER

# Their results are about the host's own certificate; those of the others are about what SMS remembers.
_OF_THE_HOST = frozenset({RENEW, RENEW_CLI, RENEW_CUSTOM_CA, RECONNECT, RECONNECT_PINNED})


@dataclass(frozen=True)
class LastSeen:
    """Of a host's certificate: expires_at and days_left as the report has them, None where none was seen.

    may_be_old: whether it was seen before the end of the run only, so that the host may have another one by now.
    """

    expires_at: Optional[str]
    days_left: Optional[float]
    may_be_old: bool


def last_seen(
    planned: Mapping[str, Any], results: Sequence[Mapping[str, Any]], after: Optional[Mapping[str, Any]], *, only_looking: bool
) -> LastSeen:
    """What was seen last of a host's certificate.

    planned: the host in the plan. results: of its steps, in their order. after: the host's facts as read at the end, None where they were
    not. only_looking: nothing was changed, so that what the plan has is as good.
    """
    now = _evident(after) if after else None
    if now is not None:
        return LastSeen(now["expires_at"], now["days_left"], may_be_old=False)
    seen = {} if only_looking else next(_read_by(results), {})
    expires_at = seen.get("expires_at", planned["expires_at"])
    touched = bool(results) or after is not None
    return LastSeen(
        expires_at,
        seen.get("days_left", planned["days_left"]),
        may_be_old=expires_at is not None and touched and not only_looking,
    )


def provider_last_seen(
    planned: Mapping[str, Any], results: Sequence[Mapping[str, Any]], after: Optional[Mapping[str, Any]], *, only_looking: bool
) -> Optional[str]:
    """The status of a host's provider that was seen last; None where it had none, or SMS told none. Arguments as of last_seen."""
    if after:
        return (after.get("provider") or {}).get("status")
    read = [result.get("after") for result in results if result["step"] == REREGISTER and not only_looking]
    known = [state for state in read if isinstance(state, Mapping) and "registered" in state]
    return known[-1].get("status") if known else planned["provider_status"]


def _evident(host: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
    """The certificate that a host is known to have, by the same rule as the plan's (rules.evident_certificate)."""
    served = host.get("served") or {}
    believed = served.get("trusted_by") in (trust.BASIS_RECORD, trust.BASIS_ROOT) and not served.get("of_provider")
    found: Optional[Mapping[str, Any]] = host["certificate"] or (served.get("certificate") if believed else None)
    return found


def _read_by(results: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The certificates of the host that its steps read, the last one first: after a step, and before it."""
    for result in reversed(results):
        if result["step"] not in _OF_THE_HOST:
            continue
        for state in (result.get("after"), result.get("before")):
            if isinstance(state, Mapping):
                found = state.get("certificate") or state
                if isinstance(found, Mapping) and found.get("expires_at"):
                    yield found
