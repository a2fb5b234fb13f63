# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which variables a rehearsal takes from whoever rehearses, one by one by their names. Pure.

Each that somebody may set is in one of the lists: a new one is copied by nobody before it was decided which.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Mapping, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.scope import scope
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing import messages

HOSTS, SKIP, WINDOW = "certops_hosts", "certops_skip", "certops_window_end"
# As they are.
COPIED = frozenset(
    {
        *("certops_renew_before_days", "certops_force", "certops_refresh_display", "certops_remove_orphans", "certops_probe"),
        *("certops_canary", "certops_batch", "certops_per_cluster", "certops_max_failures", "certops_concurrency"),
        *("certops_ha", "certops_vsan", "certops_repair_host_trust", "certops_reregister_in_thumbprint_mode"),
        *("certops_clock_tolerance_seconds", "certops_read_client_certificates", HOSTS, SKIP),
    }
)
# Seconds, shorter as the time of the twin is faster: pauses, and limits of what is waited for, which may never come there.
PAUSES = frozenset({"certops_reregister_heal_seconds", "certops_reregister_look_seconds"})
LIMITS = frozenset({"certops_ha_timeout_seconds", "certops_vsan_timeout_seconds", "certops_reregister_timeout_seconds"})
# Taken for the estimate: a run that is a hundred times as fast would never come to the end of it.
JUDGED = frozenset({WINDOW})
# Where a vCenter is, who logs in, what is trusted, who signs, how it is protected; what only SSH to hosts takes; where files go.
NEVER = frozenset(
    {
        *("certops_vcenter_hostname", "certops_vcenter_port", "certops_vcenter_username", "certops_vcenter_password"),
        *("certops_vcenter_ca_path", "certops_vcenter_validate_certs", "certops_vcenter_proxy_host", "certops_vcenter_proxy_port"),
        *("certops_vcenter_proxy_username", "certops_vcenter_proxy_password", "certops_connection", "certops_journal"),
        *("certops_protection", "certops_protection_covers", "certops_vcenter_vm", "certops_vcenter_vm_folder"),
        *("certops_vcenter_vm_managed_by", "certops_custom_ca", "certops_vmca_root_fingerprint", "certops_reconnect_certificates"),
        *("certops_provider_username", "certops_provider_password", "certops_reregister_method", "certops_method", "certops_ssh"),
        *("certops_ssh_hosts", "certops_accept_unverified_host", "certops_cli_switch_ssh", "certops_cli_host_timeout_seconds"),
        *("certops_reload", "certops_renew_fallback_hosts", "certops_reconnect_fallback_hosts", "certops_hosts_in_flight"),
        *("certops_pending_renewal", "certops_audit", "certops_scope", "certops_report_dir", "certops_textfile_dir"),
        *("certops_keep_reports", "certops_save_plan", "certops_apply_plan", "certops_shown_hosts", "certops_fail_on"),
        *("certops_progress_seconds", "certops_request_timeout_seconds", "certops_renew_host_timeout_seconds"),
        *("certops_reconnect_host_timeout_seconds", "certops_reregister_in_place_seconds"),
        *("certops_rehearse", "certops_rehearse_replace_names"),
    }
)
READ = COPIED | PAUSES | LIMITS | JUDGED
_SHORTEST_LIMIT, _LIMIT_OF_A_HOST = 30.0, 0.1
_TEMPLATES = ("{{", "{%", "{#")


def read(vcenter: str, value_of: Callable[[str], Any], has: Callable[[str], bool]) -> dict[str, Any]:
    """The values that are set, of those that are taken. value_of, has: a variable's value by its name, and whether it is set. Raises InputError."""
    found = {name: value_of(name) for name in sorted(READ) if has(name)}
    for name, value in found.items():
        # The playbook would evaluate it when it reads its inventory.
        if any(sign in json.dumps(value, default=str) for sign in _TEMPLATES):
            raise messages.REHEARSAL_TEMPLATE(name=name, vcenter=vcenter)
    return {name: value for name, value in found.items() if value is not None}


def of_twin(given: Mapping[str, Any], defaults: Mapping[str, float], speed: float, hosts: int) -> dict[str, Any]:
    """The variables of a twin. given: what read returned; defaults: of PAUSES and LIMITS; hosts: how many the vCenter has."""
    shortest = _SHORTEST_LIMIT + _LIMIT_OF_A_HOST * hosts
    return {
        **{name: value for name, value in given.items() if name in COPIED},
        **{name: float(given.get(name, defaults[name])) / speed for name in sorted(PAUSES)},
        **{name: max(float(given.get(name, defaults[name])) / speed, shortest) for name in sorted(LIMITS)},
    }


def renamed(given: Mapping[str, Any], names: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The same where hosts are called otherwise; and the entries that mean no single one here, each with its variable. names: by the report's name of each."""
    found, strange = dict(given), dict[str, str]()
    hosts = [EsxiHost(name, name) for name in names]
    for key, option in ((HOSTS, "hosts"), (SKIP, "skip")):
        if key not in given or isinstance(given[key], bool):
            continue
        meant = scope(hosts, Policy.from_options({option: given[key]}))
        strange.update({entry: key for entry, number in meant.entries.get(key, {}).items() if not number})
        strange.update({str(one["entry"]): key for one in meant.several})
        excluded = {name for name, _why in meant.excluded}
        found[key] = [called for name, called in names.items() if (name in excluded) == (key == SKIP)]
    return found, strange


def all_renamed(given: Sequence[Mapping[str, Any]], names: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Those of all vCenters. Raises InputError for an entry that means a single host, or some by a pattern, under none of them."""
    made = [renamed(one, called) for one, called in zip(given, names, strict=True)]
    for entry, variable in made[0][1].items():
        if all(entry in strange for _found, strange in made):
            raise messages.REHEARSAL_NAME_UNKNOWN(name=entry, variable=variable)
    return [found for found, _strange in made]
