# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters: plan, verify, report, outcome and table. All are pure: the packages of module_utils decide and report."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common.packed import unpack
from ansible_collections.certops.vsphere.plugins.module_utils._common.times import from_text
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.verify import verify as core_verify
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import messages
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import outcome as core_outcome
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import table as core_table
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import (
    given_facts_after,
    given_plan,
    given_report,
    given_results,
    given_verdicts,
)
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.own_faults import as_filters


def plan(facts: Any, policy: Optional[Mapping[str, Any]] = None, now: Optional[str] = None) -> dict[str, Any]:
    """Decide what is to be done. now: ISO 8601; the time of the observation where it is not given."""
    estate = Estate.from_facts(facts)
    wanted = Policy.from_options(policy or {})
    try:
        moment = estate.observed_at if now is None else from_text(str(now))
    except ValueError as error:
        raise messages.NOW_INVALID(value=now) from error
    return decide(estate, wanted, moment).to_facts()


def verify(facts: Any, esxi_hosts: Any, moids: Any = None) -> list[dict[str, Any]]:
    """Whether these hosts are as they should be."""
    names = _names(esxi_hosts)
    if not isinstance(moids or {}, Mapping):
        raise messages.MOIDS_NOT_A_DICTIONARY()
    estate = Estate.from_facts(facts)
    known = {str(name): str(moid) for name, moid in (moids or {}).items()}
    return core_verify(estate, names, estate.observed_at, known)


def report(
    the_plan: Any,
    results: Any = (),
    verified: Any = (),
    after: Any = None,
    check_mode: bool = False,
    failure: Optional[str] = None,
    audit: bool = False,
    inventory_name: Optional[str] = None,
    notes: Any = (),
) -> dict[str, Any]:
    """Put the report of a vCenter together."""
    told = _as_list(notes)
    if not isinstance(told, (list, tuple)):
        raise messages.NOTES_NOT_A_LIST()
    return build(
        given_plan(the_plan),
        results=given_results(_as_list(results)),
        verified=given_verdicts(_as_list(verified)),
        after=given_facts_after(unpack(after)),
        check_mode=bool(check_mode),
        failure=str(failure) if failure else None,
        audit=bool(audit),
        inventory_name=str(inventory_name) if inventory_name else None,
        notes=[str(note) for note in told],
    )


def outcome(the_report: Any, vcenter: str, failure: Optional[str] = None) -> dict[str, Any]:
    """What a job leaves of a vCenter, under the vCenter's own name."""
    # An empty one is that of a vCenter that could not be read.
    read = the_report if the_report == {} else given_report(the_report)
    return {core_outcome.variable(str(vcenter)): core_outcome.build(read, str(vcenter), str(failure) if failure else None)}


def table(the_report: Any, most_hosts: int = 0) -> list[str]:
    """A report as lines of text."""
    try:
        most = int(most_hosts)
    except (TypeError, ValueError, OverflowError) as error:
        raise messages.MOST_HOSTS_INVALID() from error
    return core_table.lines(given_report(the_report), max(most, 0))


def _as_list(value: Any) -> Any:
    """What Jinja makes with map or select is no list yet."""
    return list(value) if isinstance(value, Iterable) and not isinstance(value, (str, Mapping)) else value


def _names(esxi_hosts: Any) -> list[str]:
    """Names of hosts. A text would be taken for a list of its letters."""
    names = _as_list(esxi_hosts)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise messages.ESXI_HOSTS_NOT_A_LIST()
    return names


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by their names."""
        return as_filters(
            {
                "plan": plan,
                "verify": verify,
                "report": report,
                "outcome": outcome,
                "table": table,
            }
        )
