# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run: for each host what was found, what was to be done, what was done, and why."""

from __future__ import annotations

from typing import Any, Collection, Mapping, Optional, Sequence

from .._common import notice
from .._common.names import unescaped
from .._deciding import rules
from .._deciding.blocker import OF_HOST
from .._estate.certificate_views import side_by_side
from .last_seen import last_seen, provider_last_seen

SCHEMA_VERSION = 1

OK = "ok"
DONE = "done"
PARTLY_DONE = "partly done"
# What is to be done: in an audit, which does nothing; and in check mode, which foretells a run.
IS_DUE = "due"
WOULD_CHANGE = "would change"
FAILED = "failed"
BLOCKED = "blocked"
NOT_STARTED = "not started"
UNFINISHED = "unfinished"
# In standby: passed over, and nothing of it is lost.
ASLEEP = "asleep"
# Neither is anything due, as far as is known, nor was seen what it takes to say that all is well.
UNKNOWN = "unknown"

# Before the codes of what blocks a host because it blocks its whole vCenter.
FOR_ALL = "; blocked for the whole vCenter: "

# The status of a step on a host that was in standby when its turn came.
FELL_ASLEEP = "asleep"

# Nothing is left to do on these, or nothing before they wake.
_NOTHING_LEFT = (OK, DONE, ASLEEP)

# Worst first.
RESULTS = (FAILED, UNFINISHED, NOT_STARTED, UNKNOWN, BLOCKED, PARTLY_DONE, IS_DUE, WOULD_CHANGE, ASLEEP, DONE, OK)


def build(
    plan: Mapping[str, Any],
    *,
    results: Sequence[Mapping[str, Any]],
    verified: Sequence[Mapping[str, Any]],
    after: Optional[Mapping[str, Any]],
    check_mode: bool,
    failure: Optional[str],
    failure_code: Optional[str] = None,
    audit: bool = False,
    inventory_name: Optional[str] = None,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Put a report together.

    plan: what the plan filter returned. results: the hosts' results of all steps, in the order in which they were taken.
    verified: what the verify filter returned. after: ansible_facts.certops as read at the end, None where it was not.
    failure: why the run of this vCenter stopped, None where it did not. failure_code: the name of that error, where whoever stopped it
    knows it; else it is that of the first step that failed. audit: nothing was meant to be done.
    inventory_name: what the inventory calls the vCenter; its own name where that is not told. notes: more warnings of the run.
    """
    now = {host["name"]: host for host in (after or {}).get("hosts") or ()}
    verdicts = {entry["esxi_host"]: entry for entry in verified}
    general = {told(blocker) for blocker in plan["blockers"]}
    # Each is looked at once: a run of 5,000 hosts leaves 15,000.
    of_host: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        of_host.setdefault(result["esxi_host"], []).append(dict(result))
    hosts = []
    for host in plan["hosts"]:
        name = host["esxi_host"]
        hosts.append(
            _host(
                host,
                of_host.get(name, []),
                verdicts.get(name),
                now.get(name),
                IS_DUE if audit else WOULD_CHANGE if check_mode else None,
                failure is not None,
                general,
            )
        )
    alarms = _alarms(plan["hosts"], now)
    others = [dict(result["other_providers"]) for result in results if result.get("other_providers")]
    counts: dict[str, int] = {}
    for host in hosts:
        counts[host["result"]] = counts.get(host["result"], 0) + 1
    return {
        "schema_version": SCHEMA_VERSION,
        "vcenter": plan["vcenter"],
        "inventory_name": inventory_name or plan["vcenter"],
        "decided_at": plan["decided_at"],
        "check_mode": check_mode,
        "audit": audit,
        "allowed": plan["allowed"],
        "failure": failure,
        "failure_code": None if failure is None else failure_code or _first_code(results),
        "policy": plan["policy"],
        "counts": counts,
        "hosts": hosts,
        # In which order which hosts were to take which step, whatever became of it.
        "turns": [dict(turn) for turn in plan["turns"]],
        "clusters": [_cluster(cluster, after) for cluster in plan["clusters"]],
        # None where the events were not asked for, or could not be read.
        "vm_restarts": _vm_restarts(after),
        "orphans": [{**orphan, "removed": _removed(orphan, after)} for orphan in plan["orphans"]],
        "left_behind": [dict(entry) for entry in plan["left_behind"]],
        "vcenter_certificates": [dict(one) for one in plan.get("vcenter_certificates") or ()],
        "setup": dict(plan["setup"]),
        "excluded": [dict(entry) for entry in plan["excluded"]],
        "blockers": [_blocker(blocker) for blocker in plan["blockers"]],
        "other_providers": others,
        "alarms": alarms,
        "warnings": [
            unescaped(text)
            for text in (
                *map(str, notes),
                *_restart_warnings(after),
                *plan["warnings"],
                *(text for host in plan["hosts"] for text in host["warnings"]),
                *(text for one in others for text in notice.of_others(one["changed"])),
                *(notice.ALARM_RAISED.of(**one) for one in alarms["raised"]),
            )
        ],
    }


def _blocker(planned: Mapping[str, Any]) -> dict[str, Any]:
    return {**planned, "message": unescaped(planned["message"]), "remedy": unescaped(planned["remedy"])}


def _first_code(results: Sequence[Mapping[str, Any]]) -> Optional[str]:
    """The name of the error of the first step that failed; None where none did."""
    return next((str(result["error_code"]) for result in results if result["status"] == FAILED and result.get("error_code")), None)


def _cluster(planned: Mapping[str, Any], after: Optional[Mapping[str, Any]]) -> dict[str, Any]:
    """A cluster as it was when the plan was made, with host monitoring of its HA at the end; None where that was not read."""
    seen = {cluster["moid"]: cluster for cluster in (after or {}).get("clusters") or ()}
    now = seen.get(planned["moid"])
    return {
        "name": unescaped(planned["name"]),
        "datacenter": unescaped(planned["datacenter"] or "") or None,
        "ha_enabled": planned["ha"]["enabled"],
        "host_monitoring": planned["ha"]["host_monitoring"],
        "host_monitoring_after": now["ha"]["host_monitoring"] if now is not None else None,
        "esxi_hosts": list(planned["esxi_hosts"]),
        "to_be_suspended": planned["to_be_suspended"],
        "to_be_restored": planned["to_be_restored"],
        "lifecycle_managed": planned["lifecycle_managed"],
        "vsan": _vsan(planned["vsan"]),
    }


def _vsan(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Its vSAN; without objects where they were not looked at."""
    health = planned["health"] or {}
    return {"enabled": planned["enabled"], "objects": dict(health.get("objects") or {}), "syncing": health.get("syncing")}


def _vm_restarts(after: Optional[Mapping[str, Any]]) -> Optional[list[dict[str, Any]]]:
    found = (after or {}).get("vm_restarts")
    return None if found is None else [dict(one) for one in found]


def _restart_warnings(after: Optional[Mapping[str, Any]]) -> list[str]:
    """What HA did meanwhile. Whether it was because of the run nobody tells; the operator looks."""
    found = _vm_restarts(after) or []
    names = [str(one["virtual_machine"]) for one in found]
    return [notice.HA_RESTARTED.of(number=len(names), virtual_machines=notice.few(names))] if names else []


def _alarms(planned: Sequence[Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What was raised on hosts while the run went on, and what is raised no more, of those that were read at its end."""
    found: dict[str, list[dict[str, Any]]] = {"raised": [], "cured": []}
    for host in planned:
        name = host["esxi_host"]
        if name not in now:
            continue
        before, after = ({alarm["name"]: alarm for alarm in side.get("alarms") or ()} for side in (host, now[name]))
        for key, these, others in (("raised", after, before), ("cured", before, after)):
            found[key] += [{"esxi_host": name, **these[alarm]} for alarm in sorted(these) if alarm not in others]
    return found


def _removed(orphan: Mapping[str, Any], after: Optional[Mapping[str, Any]]) -> bool:
    """Whether an orphan that was to be removed was read back to be gone."""
    if not orphan["steps"] or after is None:
        return False
    return orphan["provider_uid"] not in {left["provider_uid"] for left in after.get("orphans") or ()}


def _host(
    planned: Mapping[str, Any],
    results: list[dict[str, Any]],
    verdict: Optional[Mapping[str, Any]],
    after: Optional[Mapping[str, Any]],
    foretold: Optional[str],
    stopped: bool,
    general: Collection[str],
) -> dict[str, Any]:
    word, why = _result(planned, results, verdict, foretold, stopped, general)
    seen = last_seen(planned, results, after, only_looking=foretold is not None)
    sides = side_by_side(after) if after else planned["certificates"]
    return {
        "esxi_host": planned["esxi_host"],
        "cluster": None if planned["cluster"] is None else unescaped(planned["cluster"]),
        "version": planned["version"],
        "connection_state": after["connection_state"] if after else planned["connection_state"],
        "ha_state": after.get("ha_state") if after else planned["ha_state"],
        "expires_at": seen.expires_at,
        "days_left": seen.days_left,
        "expires_at_may_be_old": seen.may_be_old,
        "provider_status": provider_last_seen(planned, results, after, only_looking=foretold is not None),
        "provider_unavailable": after["provider_unavailable"] if after else planned["provider_unavailable"],
        "certificates": sides,
        "client_certificate": (after or planned)["client_certificate"] or planned["client_certificate"],
        "setup": {**planned["setup"], "datacenter": unescaped(planned["setup"]["datacenter"] or "") or None},
        "rule": planned["rule"],
        "reason": planned["reason"],
        "due": list(planned["due"]),
        "steps": list(planned["steps"]),
        "result": word,
        "why": unescaped(why),
        "kept_back": _kept_back(planned, word),
        "verified": verdict["verified"] if verdict else None,
        "blockers": [_blocker(blocker) for blocker in planned["blockers"]],
        "step_results": results,
        # It is registered anew more than once where a first attempt failed.
        "cured_by": next((result["cured_by"] for result in reversed(results) if result.get("cured_by")), None),
        "before": {
            "connection_state": planned["connection_state"],
            "ha_state": planned["ha_state"],
            "expires_at": planned["expires_at"],
            "provider_status": planned["provider_status"],
            # Only where they were others: most hosts of most runs are not touched.
            "certificates": planned["certificates"] if sides != planned["certificates"] else None,
        },
    }


def _result(
    planned: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]],
    verdict: Optional[Mapping[str, Any]],
    foretold: Optional[str],
    stopped: bool,
    general: Collection[str],
) -> tuple[str, str]:
    """The one word for what became of a host, and the sentence for it. foretold: the word where nothing was to be done, None in a run."""
    errors = [str(result["error"]) for result in results if result.get("error")]
    if errors:
        return FAILED, " ".join(errors)
    forbidden = _forbidden(planned, general)
    if not planned["steps"]:
        if planned["rule"] == rules.ASLEEP:
            return ASLEEP, planned["reason"]
        if planned["unknown"]:
            return UNKNOWN, _why_unknown(planned, forbidden)
        return (BLOCKED, forbidden) if forbidden else (OK, planned["reason"])
    taken = [result["step"] for result in results if result["status"] in ("changed", "unchanged")]
    if foretold and not (stopped and not taken):
        return foretold, f"{planned['reason']}. {forbidden}" if forbidden else planned["reason"]
    asleep = [str(result["reason"]) for result in results if result["status"] == FELL_ASLEEP]
    if asleep and not taken:
        return ASLEEP, f"{planned['reason']}; {asleep[0]}"
    if not taken:
        reasons = [str(result["reason"]) for result in results if result.get("reason")]
        return NOT_STARTED, f"{planned['reason']}; {reasons[0] if reasons else 'the run stopped before it'}"
    missing = [step for step in planned["steps"] if step not in taken]
    # What the plan found is over by now, or was changed.
    was = f"was: {planned['reason']}"
    if missing:
        return UNFINISHED, f"{was}; not taken: {', '.join(missing)}. Run again: the plan goes on from there."
    if verdict is None:
        return UNFINISHED, f"{was}; all steps were taken, but the outcome was not read back"
    if not verdict["verified"]:
        return FAILED, f"after all steps {'; '.join(verdict['problems'])}"
    if forbidden:
        return PARTLY_DONE, f"{was}. {forbidden}"
    return DONE, was


def _kept_back(planned: Mapping[str, Any], word: str) -> bool:
    """Whether something that is due was left undone, and not only for the host's own state: by the vCenter, the account or the run."""
    if word in _NOTHING_LEFT or not planned["due"]:
        return False
    return word in (NOT_STARTED, UNFINISHED) or any(blocker["owner"] != OF_HOST for blocker in planned["blockers"])


def _why_unknown(planned: Mapping[str, Any], forbidden: str) -> str:
    told_already = planned["unknown"] == planned["reason"]
    if forbidden:
        return forbidden if told_already else f"{planned['unknown']}; {forbidden}"
    return str(planned["reason"]) if told_already else f"{planned['reason']}; {planned['unknown']}"


def _forbidden(planned: Mapping[str, Any], general: Collection[str]) -> str:
    """What stands against a host's steps. What blocks the whole vCenter is told once, and not once a host."""
    texts = list(dict.fromkeys(told(blocker) for blocker in planned["blockers"]))
    codes = list(dict.fromkeys(blocker["code"] for blocker in planned["blockers"] if told(blocker) in general))
    own = [text for text in texts if text not in general]
    if codes:
        own.insert(0, f"{planned['reason']}{FOR_ALL}{', '.join(codes)}.")
    return " ".join(own)


def told(blocker: Mapping[str, Any]) -> str:
    """A blocker in words: what it is, and its remedy."""
    return f"{str(blocker['message']).rstrip('.')}. {blocker['remedy']}"
