# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters: plan, name_problems, held_back, verify, report, outcome, table and unpack. All are pure, and told in core."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, Optional, Sequence

from ansible.errors import AnsibleFilterError
from ansible_collections.certops.vsphere.plugins.module_utils.core import outcome as core_outcome
from ansible_collections.certops.vsphere.plugins.module_utils.core import room as core_room
from ansible_collections.certops.vsphere.plugins.module_utils.core import table as core_table
from ansible_collections.certops.vsphere.plugins.module_utils.core.entries import NAMES, judge_entries
from ansible_collections.certops.vsphere.plugins.module_utils.core.errors import CertopsError, reason
from ansible_collections.certops.vsphere.plugins.module_utils.core.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils.core.packed import pack
from ansible_collections.certops.vsphere.plugins.module_utils.core.packed import unpack as core_unpack
from ansible_collections.certops.vsphere.plugins.module_utils.core.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils.core.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils.core.report import build
from ansible_collections.certops.vsphere.plugins.module_utils.core.times import from_text
from ansible_collections.certops.vsphere.plugins.module_utils.core.verify import verify as core_verify

# What reading something raises that another version, or somebody else, made.
NOT_OURS = (KeyError, TypeError, AttributeError, ValueError)


def plan(facts: Any, policy: Optional[Mapping[str, Any]] = None, now: Optional[str] = None) -> dict[str, Any]:
    """Decide what is to be done. now: ISO 8601; the time of the observation where it is not given."""
    try:
        estate = Estate.from_facts(core_unpack(facts))
        moment = estate.observed_at if now is None else from_text(str(now))
        made = decide(estate, Policy.from_options(policy or {}), moment).to_facts()
        # As one text each: with thousands of names it costs next to nothing to hand on.
        return {**made, "names": pack(made["names"]), "turns": pack(made["turns"])}
    # Ansible would say again what caused the error: the sentence has it already.
    except CertopsError as error:
        raise AnsibleFilterError(f"certops.vsphere.plan: {error}") from None
    except ValueError:
        raise AnsibleFilterError(f"certops.vsphere.plan: now is no ISO 8601 time: {now!r}.") from None


def name_problems(names: Any, whole: bool = False) -> dict[str, Any]:
    """Which entries of certops_hosts and certops_skip mean no host of these vCenters, and which may mean several."""
    try:
        read = {str(vcenter): core_unpack(found) if found else None for vcenter, found in names.items()}
        judged = judge_entries(read, whole=bool(whole))
    except CertopsError as error:
        raise AnsibleFilterError(f"certops.vsphere.name_problems: {error}") from None
    except NOT_OURS as error:
        raise AnsibleFilterError(
            f"certops.vsphere.name_problems: these are no names of plans of this version of the collection ({reason(error)})."
        ) from None
    return {"failure": " ".join([*judged.failures, NAMES]) if judged.failures else "", "notes": list(judged.notes)}


def held_back(
    the_plan: Mapping[str, Any], results: Sequence[Mapping[str, Any]], esxi_hosts: Sequence[str], at_once: bool = False
) -> list[dict[str, Any]]:
    """Results for the hosts that may not begin, because others of their cluster are away. None without a plan."""
    try:
        return core_room.held_back(the_plan, results, list(esxi_hosts), at_once=at_once) if the_plan else []
    except NOT_OURS as error:
        raise AnsibleFilterError(
            f"certops.vsphere.held_back: the plan or the results are not what this version of the collection made ({reason(error)})."
        ) from None


def verify(facts: Any, esxi_hosts: Any, moids: Any = None) -> list[dict[str, Any]]:
    """Whether these hosts are as they should be."""
    # A text would be taken for a list of its letters; what Jinja makes with map is no list yet.
    names: list[Any] = (
        list(esxi_hosts) if isinstance(esxi_hosts, Iterable) and not isinstance(esxi_hosts, (str, Mapping)) else [None]
    )
    if not all(isinstance(name, str) for name in names):
        raise AnsibleFilterError("certops.vsphere.verify: esxi_hosts is no list of names of ESXi hosts.")
    try:
        estate = Estate.from_facts(core_unpack(facts))
        known = {str(name): str(moid) for name, moid in (moids or {}).items()} if isinstance(moids or {}, Mapping) else {}
        return core_verify(estate, names, estate.observed_at, known)
    except CertopsError as error:
        raise AnsibleFilterError(f"certops.vsphere.verify: {error}") from None


def report(
    the_plan: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]] = (),
    verified: Sequence[Mapping[str, Any]] = (),
    after: Any = None,
    check_mode: bool = False,
    failure: Optional[str] = None,
    audit: bool = False,
    inventory_name: Optional[str] = None,
    packed: bool = False,
    notes: Sequence[str] = (),
) -> Any:
    """Put the report of a vCenter together. packed: as one text, which costs Ansible next to nothing to hand on."""
    try:
        made = build(
            the_plan,
            results=results,
            verified=verified,
            after=core_unpack(after) or None,
            check_mode=check_mode,
            failure=failure or None,
            audit=audit,
            inventory_name=inventory_name,
            notes=notes,
        )
        return pack(made) if packed else made
    except CertopsError as error:
        raise AnsibleFilterError(f"certops.vsphere.report: {error}") from None
    except NOT_OURS as error:
        raise AnsibleFilterError(
            f"certops.vsphere.report: the plan or the results are not what this version of the collection made ({reason(error)})."
        ) from None


def outcome(the_report: Any, vcenter: str, failure: Optional[str] = None) -> dict[str, Any]:
    """What a job leaves of a vCenter, under the vCenter's own name."""
    try:
        return {core_outcome.variable(vcenter): core_outcome.build(core_unpack(the_report), vcenter, failure)}
    except CertopsError as error:
        raise AnsibleFilterError(f"certops.vsphere.outcome: {error}") from None
    except NOT_OURS as error:
        raise AnsibleFilterError(
            f"certops.vsphere.outcome: that is no report of this version of the collection ({reason(error)})."
        ) from None


def table(the_report: Any, most_hosts: int = 0) -> list[str]:
    """A report as lines of text."""
    try:
        return core_table.lines(core_unpack(the_report), max(int(most_hosts), 0))
    except CertopsError as error:
        raise AnsibleFilterError(f"certops.vsphere.table: {error}") from None
    except NOT_OURS as error:
        raise AnsibleFilterError(
            f"certops.vsphere.table: that is no report of this version of the collection ({reason(error)})."
        ) from None


def unpack(packed: Any) -> Any:
    """Facts or a report that were packed; any that were not as they are."""
    try:
        return core_unpack(packed)
    except CertopsError as error:
        raise AnsibleFilterError(f"certops.vsphere.unpack: {error}") from None


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by their names."""
        return {
            "plan": plan,
            "name_problems": name_problems,
            "held_back": held_back,
            "verify": verify,
            "report": report,
            "outcome": outcome,
            "table": table,
            "unpack": unpack,
        }
