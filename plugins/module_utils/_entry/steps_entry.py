# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules that take a step on many hosts share: options, and how results are told."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from .._common.errors import CertopsError
from .._estate.step_result import FAILED, NOT_STARTED, StepResult
from .._stepping.selection import Planned
from .._stepping.step import too_many
from . import messages
from .entry import Result

# Documented in doc_fragments/attributes.py (ROLLING, PLANNED).
ROLLING_SPEC: dict[str, dict[str, Any]] = {
    "esxi_hosts": {"type": "list", "elements": "str", "required": True},
    "concurrency": {"type": "int", "default": 4},
    "max_failures": {"type": "int", "default": 0},
    "planned_moids": {"type": "dict", "default": {}},
    "planned_vmca_root": {"type": "str"},
    "in_flight": {"type": "bool", "default": False},
}

LONGEST_DAYS = 36500

_TELLING = (
    *("connection_state", "registered", "status", "expires_at", "sha256_fingerprint", "requested", "renewed", "reconnected"),
    *("trusted_cas", "added"),
)


def planned_hosts(options: Mapping[str, Any]) -> Planned:
    """What the caller knows of hosts from its plan."""
    return Planned({str(name): str(moid) for name, moid in options["planned_moids"].items()})


def check_rolling(options: Mapping[str, Any]) -> None:
    """Raise InputError for numbers that cannot be meant."""
    if options["concurrency"] < 1:
        raise messages.CONCURRENCY_INVALID(value=options["concurrency"])
    if options["max_failures"] < 0:
        raise messages.MAX_FAILURES_INVALID(value=options["max_failures"])


def check_days(options: Mapping[str, Any]) -> None:
    """Raise InputError for a number of days that cannot be meant."""
    if not 0 <= options["renew_before_days"] <= LONGEST_DAYS:
        raise messages.RENEW_BEFORE_DAYS_INVALID(value=options["renew_before_days"], most_days=LONGEST_DAYS)


def to_module_result(results: Sequence[StepResult], max_failures: int, problem: Optional[CertopsError] = None) -> Result:
    """The module's result from the hosts' results: it fails where more of them failed than may, with the code of the first.

    problem: of the step as a whole, for which it fails whatever became of its hosts.
    """
    shown = [result.to_facts() for result in results]
    stopped = too_many(results, max_failures)
    values: dict[str, Any] = {"hosts": shown}
    if stopped:
        values["error_code"] = next(result.error_code for result in results if result.status == FAILED)
    elif problem is not None:
        values["error_code"] = problem.code
    return Result(
        changed=any(item["changed"] for item in shown),
        values=values,
        diff=[_diff(item) for item in shown if item["changed"]],
        failure=_failure(results, problem) if stopped or problem is not None else None,
        warnings=[] if stopped or problem is not None else [str(one.error) for one in results if one.error],
    )


def _diff(item: Mapping[str, Any]) -> dict[str, Any]:
    """What changed, in a line or two a host: the whole of it is in the result."""
    header = f"{item['esxi_host']} ({item['step']})"
    return {
        "before_header": header,
        "after_header": header,
        "before": _brief(item["before"]),
        "after": _brief(item["after"]),
    }


def _brief(state: Any) -> dict[str, Any]:
    """The fields of a state that tell it apart from another."""
    if not isinstance(state, Mapping):
        return {}
    certificate = state.get("certificate")
    found = {key: state[key] for key in _TELLING if key in state}
    if isinstance(certificate, Mapping):
        found["certificate"] = {key: certificate[key] for key in _TELLING if key in certificate}
    return found


def _failure(results: Sequence[StepResult], problem: Optional[CertopsError]) -> str:
    errors = [str(result.error) for result in results if result.status == FAILED]
    # The worst of it last: that is what is read.
    errors += [str(problem)] if problem is not None else []
    untouched = [result.esxi_host for result in results if result.status == NOT_STARTED]
    text = " ".join(errors)
    if untouched:
        text += f" Not started: {', '.join(untouched)}."
    return text
