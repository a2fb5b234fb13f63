# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes of what filters and actions are given: plans, results of steps, verdicts, facts as they are at the end, and reports.

Each is what this version makes; docs/report.schema.json says what a report's keys mean. A key that is only shown need not be here.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .._common.shape import Shape, by_name, flag, listed, maybe, misfit, moment, number, one_of, record, text, whole
from .._deciding.blocker import OWNERS
from .._estate.certificate_views import SIDES
from . import messages
from .report import RESULTS, SCHEMA_VERSION

_TEXT, _MOMENT, _NUMBER, _TEXTS = maybe(text), maybe(moment), maybe(number), listed(text)
_BLOCKER = record({"code": text, "owner": one_of(*OWNERS), "steps": _TEXTS, "message": text, "remedy": text})
_SIDE = record(
    {
        "expires_at": _MOMENT,
        "sha256_fingerprint": _TEXT,
        "issuer": _TEXT,
        "problem": _TEXT,
        "of_provider": flag,
        "not_before": _MOMENT,
        "key": _TEXT,
        "names": _TEXTS,
    }
)
_SIDES = record(dict.fromkeys(SIDES, _SIDE))
_CLIENT = maybe(record({"expires_at": moment, "days_left": number, "issuer": _TEXT, "status": _TEXT}))
_ORPHAN = {"provider_uid": text, "name": text, "url": text, "status": _TEXT, "steps": _TEXTS}
_LEFT_BEHIND = record({"esxi_host": text, "provider_uid": text, "name": text, "url": text, "status": _TEXT})
_VM_RESTARTS = maybe(listed(record({"virtual_machine": text, "esxi_host": _TEXT, "at": moment})))
_EXCLUDED = record({"esxi_host": text, "reason": text})
_WHOLE, _FLAG = maybe(whole), maybe(flag)
_SETTINGS = record(
    {
        "mode": _TEXT,
        "days_valid": _WHOLE,
        "minutes_before": _WHOLE,
        "soft_threshold_days": _WHOLE,
        "hard_threshold_days": _WHOLE,
        "poll_interval_days": _WHOLE,
        "auto_renew_threshold_days": _WHOLE,
        "subject": by_name(text),
    }
)
_SETUP = record(
    {
        "version": _TEXT,
        "certificate_settings": maybe(_SETTINGS),
        "sps_state": _TEXT,
        "sps_startup_type": _TEXT,
        "linked_nodes": maybe(_TEXTS),
        "clock_offset_seconds": _NUMBER,
    }
)
_SETUP_OF_HOST = record(
    {
        "datacenter": _TEXT,
        "in_maintenance_mode": _FLAG,
        "partial_maintenance": _TEXTS,
        "in_quarantine_mode": _FLAG,
        "standby_mode": _TEXT,
        "lockdown_mode": _TEXT,
        "issuer": text,
        "own_provider_certificate": _FLAG,
        "trusts_sms": _FLAG,
    }
)
_VSAN_HEALTH = record({"objects": by_name(whole), "syncing": _WHOLE})
# A plan and a report have these of a host in common.
_HOST = {
    "esxi_host": text,
    "cluster": _TEXT,
    "version": _TEXT,
    "connection_state": _TEXT,
    "ha_state": _TEXT,
    "expires_at": _MOMENT,
    "days_left": _NUMBER,
    "provider_status": _TEXT,
    "provider_unavailable": _TEXT,
    "certificates": _SIDES,
    "client_certificate": _CLIENT,
    "setup": _SETUP_OF_HOST,
    "rule": text,
    "reason": text,
    "due": _TEXTS,
    "steps": _TEXTS,
    "blockers": listed(_BLOCKER),
}
# A plan and a report of a vCenter.
_VCENTER = {
    "vcenter": text,
    "decided_at": moment,
    "setup": _SETUP,
    "allowed": flag,
    "left_behind": listed(_LEFT_BEHIND),
    "excluded": listed(_EXCLUDED),
    "blockers": listed(_BLOCKER),
    "warnings": _TEXTS,
}
_OWN = listed(
    record(
        {
            "role": text,
            "subject": text,
            "not_before": moment,
            "expires_at": moment,
            "days_left": number,
            "sha256_fingerprint": text,
            "issued": whole,
            "capped": whole,
            "used_by": _TEXTS,
        }
    )
)
_CLUSTER = {
    "name": text,
    "datacenter": _TEXT,
    "esxi_hosts": _TEXTS,
    "to_be_suspended": flag,
    "to_be_restored": flag,
    "lifecycle_managed": _FLAG,
}
_HA = record({"enabled": maybe(flag), "host_monitoring": _TEXT})
_ALARMS = listed(record({"name": text, "status": _TEXT}))
_ALARMS_OF_HOSTS = listed(record({"esxi_host": text, "name": text, "status": _TEXT}))
_TURNS = listed(
    record({"number": whole, "steps": _TEXTS, "esxi_hosts": _TEXTS, "batch": maybe(whole), "canary": flag, "why": text})
)
_AWAY = record({"esxi_host": text, "datacenter": _TEXT, "cluster": _TEXT})
PLAN = record(
    {
        **_VCENTER,
        "policy": record({"renew_before_days": number, "per_cluster": whole}),
        "hosts": listed(record({**_HOST, "datacenter": _TEXT, "unknown": _TEXT, "warnings": _TEXTS}, {"alarms": _ALARMS})),
        "orphans": listed(record(_ORPHAN)),
        "away": listed(_AWAY),
        "turns": _TURNS,
        "clusters": listed(
            record({**_CLUSTER, "moid": text, "ha": _HA, "vsan": record({"enabled": _FLAG, "health": maybe(_VSAN_HEALTH)})})
        ),
        "vcenter_certificates": _OWN,
    }
)
_EXPIRY: dict[str, Shape] = {"expires_at": _MOMENT, "days_left": _NUMBER}
# Of a host before and after a step: its certificate, or what a certificate has; a provider's status.
_STATE = maybe(record({}, {**_EXPIRY, "certificate": maybe(record({}, _EXPIRY)), "status": _TEXT, "connection_state": _TEXT}))
_TAKEN = {"esxi_host": text, "step": text, "status": text, "error": _TEXT}
_COUNTS = maybe(by_name(whole))
_OTHERS = record(
    {
        "before": _COUNTS,
        "after": _COUNTS,
        "changed": listed(record({"provider_uid": text, "name": text, "before": text, "after": text})),
    }
)
_CURED = {"cured_by": _TEXT, "other_providers": maybe(_OTHERS)}
_RESULT = record(_TAKEN, {**_CURED, "reason": _TEXT, "failed": flag, "error_code": _TEXT, "before": _STATE, "after": _STATE})
STEP_RESULTS = listed(_RESULT)
VERDICTS = listed(record({"esxi_host": text, "verified": flag, "problems": _TEXTS}))
_CERTIFICATE = maybe(record({"expires_at": moment, "days_left": number}, {"sha256_fingerprint": _TEXT, "issuer": _TEXT}))
# What a report looks at of the facts that were read at the end.
AFTER = record(
    {},
    {
        "hosts": maybe(
            listed(
                record(
                    {
                        "name": text,
                        "connection_state": _TEXT,
                        "certificate": _CERTIFICATE,
                        "served": maybe(
                            record(
                                {"certificate": _CERTIFICATE, "error": _TEXT, "problems": _TEXTS},
                                {"trusted_by": _TEXT, "of_provider": flag},
                            )
                        ),
                        "provider": maybe(
                            record({"certificate": _CERTIFICATE, "certificate_expires_at": _MOMENT}, {"status": _TEXT}),
                        ),
                        "provider_unavailable": _TEXT,
                        "client_certificate": _CLIENT,
                    },
                    {"ha_state": _TEXT, "alarms": _ALARMS},
                )
            )
        ),
        "clusters": maybe(listed(record({"moid": text, "ha": _HA}))),
        "vm_restarts": _VM_RESTARTS,
        "orphans": maybe(listed(record({"provider_uid": text}))),
    },
)
_BEFORE = record(
    {"connection_state": _TEXT, "ha_state": _TEXT, "expires_at": _MOMENT, "provider_status": _TEXT, "certificates": maybe(_SIDES)},
)
REPORT = record(
    {
        "schema_version": one_of(SCHEMA_VERSION),
        **_VCENTER,
        "vcenter_certificates": _OWN,
        "inventory_name": text,
        "check_mode": flag,
        "audit": flag,
        "failure": _TEXT,
        "failure_code": _TEXT,
        "policy": record({"renew_before_days": number}),
        "counts": by_name(whole),
        "turns": _TURNS,
        "clusters": listed(
            record(
                {
                    **_CLUSTER,
                    "ha_enabled": _FLAG,
                    "host_monitoring": _TEXT,
                    "host_monitoring_after": _TEXT,
                    "vsan": record({"enabled": _FLAG, "objects": by_name(whole), "syncing": _WHOLE}),
                }
            )
        ),
        "vm_restarts": _VM_RESTARTS,
        "hosts": listed(
            record(
                {
                    **_HOST,
                    "expires_at_may_be_old": flag,
                    "result": one_of(*RESULTS),
                    "why": text,
                    "kept_back": flag,
                    "verified": maybe(flag),
                    "step_results": listed(record(_TAKEN)),
                    "cured_by": _TEXT,
                    "before": _BEFORE,
                }
            )
        ),
        "orphans": listed(record({**_ORPHAN, "removed": flag})),
        "other_providers": listed(_OTHERS),
        "alarms": record({"raised": _ALARMS_OF_HOSTS, "cured": _ALARMS_OF_HOSTS}),
    }
)
NAMES = by_name(
    maybe(
        record(
            {
                "several": listed(record({"where": text, "entry": text, "hosts": text})),
                "single": by_name(by_name(text)),
                "entries": by_name(by_name(whole)),
            }
        )
    )
)


def given_plan(value: Any) -> Mapping[str, Any]:
    """A plan. Raises InputError where it is none."""
    problem = misfit(PLAN, value)
    if problem is not None:
        raise messages.PLAN_UNUSABLE(problem=problem)
    return dict(value)


def given_results(value: Any) -> list[Mapping[str, Any]]:
    """The results of steps. Raises InputError where they are none."""
    problem = misfit(STEP_RESULTS, value)
    if problem is not None:
        raise messages.RESULTS_UNUSABLE(problem=problem)
    return list(value)


def given_verdicts(value: Any) -> list[Mapping[str, Any]]:
    """What was verified. Raises InputError where it is none."""
    problem = misfit(VERDICTS, value)
    if problem is not None:
        raise messages.VERDICTS_UNUSABLE(problem=problem)
    return list(value)


def given_facts_after(value: Any) -> Optional[Mapping[str, Any]]:
    """The facts that were read at the end, None where they were not. Raises InputError where they are none."""
    problem = misfit(AFTER, value) if value else None
    if problem is not None:
        raise messages.FINAL_FACTS_UNUSABLE(problem=problem)
    return dict(value) if value else None


def given_report(value: Any) -> Mapping[str, Any]:
    """A report of a vCenter. Raises InputError where it is none."""
    problem = misfit(REPORT, value)
    if problem is not None:
        raise messages.REPORT_UNUSABLE(problem=problem)
    return dict(value)


def given_names(value: Any) -> Mapping[str, Optional[Mapping[str, Any]]]:
    """What the plans of vCenters have as names, None for a vCenter that was not read. Raises InputError where it is none."""
    problem = misfit(NAMES, value)
    if problem is not None:
        raise messages.PLAN_NAMES_UNUSABLE(problem=problem)
    return dict(value)
