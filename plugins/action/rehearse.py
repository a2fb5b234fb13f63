# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rehearse a run: make a twin of the estate that a report describes, run the playbook against it, and say what came of it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._common.notice import few
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import evaluated
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.controller_action import ControllerAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import failed_with
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing import copied, messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.estimate import Side
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.naming import Names, naming_of
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.rehearsal import SPEED, rehearse, require
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.report_file import read_report
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.told import Rehearsed, first_line, lines, stops
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.twin import scenario_of, sps_of
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.said import lines_said, said
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.task_variables import SHOWN_HOSTS, VariablesAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import known_variables
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.names import UnknownNames
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.values import Values
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.window_end import window_end

CUSTOM_CA = "certops_custom_ca"
SPEC: dict[str, dict[str, Any]] = {"report": {"type": "str"}, "replace_names": {"type": "bool", "default": False}}


class ActionModule(ControllerAction, VariablesAction):
    """What Ansible runs on the controller for the module of this name."""

    SPEC = SPEC

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Rehearse. Fails where the rehearsed run stopped. Raises CertopsError."""
        require()
        now = datetime.now(timezone.utc)
        found = read_report(options["report"])
        reports = self._within_limit(found.vcenters)
        self._refuse_unknown()
        naming = naming_of(reports, replace=options["replace_names"])
        given = self._given(reports)
        if options["replace_names"]:
            by_name = [_by_name(report, names) for report, names in zip(reports, naming.vcenters, strict=True)]
            given = copied.all_renamed(given, by_name)
        answer = said(first_line(found.path, found.written_at, reports))
        scenario = scenario_of(reports, naming, now)
        called = [names.vcenter for names in naming.vcenters]
        played = rehearse(
            scenario,
            {name: changes for name, report in zip(called, reports, strict=True) if (changes := sps_of(report))},
            {
                name: copied.of_twin(one, _defaults(), SPEED, len(report["hosts"]))
                for name, one, report in zip(called, given, reports, strict=True)
            },
            [name for name, report in zip(called, reports, strict=True) if self._signs(report)],
        )
        made = {report["inventory_name"]: report for report in played["report"]["vcenters"]}
        rehearsed = [
            Rehearsed(made[name], report, _side(one, made[name]), played["restarts"][name], _window(one, now))
            for name, report, one in zip(called, reports, given, strict=True)
            if name in made
        ]
        most = max(int(self.variable(self.variables, "certops_shown_hosts", SHOWN_HOSTS)), 0)
        answer = {**answer, **lines_said(lines(rehearsed, most, naming.odd, found.left_out))}
        answer["vcenters"] = [one.summary() for one in rehearsed]
        problems = stops(rehearsed, played["report"]["unavailable"])
        return {**answer, **failed_with(messages.REHEARSAL_STOPPED(problems=problems.rstrip(".")))} if problems else answer

    def _within_limit(self, reports: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        limit = self.variables.get("ansible_limit")
        here = set(self.variables["ansible_play_hosts_all"])
        left = [report for report in reports if not limit or report["inventory_name"] in here]
        if not left:
            names = few([str(report["inventory_name"]) for report in reports])
            raise messages.REHEARSAL_LIMITED_AWAY(limit=limit, vcenters=names)
        return left

    def _refuse_unknown(self) -> None:
        """Refuse a variable that nobody knows, which would silently leave the default."""
        extra = getattr(getattr(self.variables["hostvars"], "_variable_manager", None), "extra_vars", {})
        problem = UnknownNames(known_variables(), extra, ()).problem()
        if problem is not None:
            raise problem

    def _given(self, reports: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """What is taken of the variables that each vCenter has here: those of the inventory's host of its name, where there is one. Raises InputError."""
        values = Values(known_variables().options)
        found = []
        for report in reports:
            name = report["inventory_name"]
            hostvars = self.variables["hostvars"]
            of_one = hostvars[name] if name in hostvars else self.variables  # noqa: SIM401  # HostVars has no get
            found.append(copied.read(name, lambda option, of_one=of_one: evaluated(self, of_one[option]), of_one.__contains__))
            for option, value in found[-1].items():
                values.look(name, option, value)
        problem = values.problem()
        if problem is not None:
            raise problem
        return found

    def _signs(self, report: Mapping[str, Any]) -> bool:
        """Whether a CA of the site's signs for a vCenter. How it does is not even looked at: there may be a passphrase in it."""
        hostvars, name = self.variables["hostvars"], report["inventory_name"]
        of_one = hostvars.raw_get(name) if name in hostvars else self.variables
        return bool(of_one.get(CUSTOM_CA))


def _by_name(report: Mapping[str, Any], names: Names) -> dict[str, str]:
    return {str(host["esxi_host"]): called for host, called in zip(report["hosts"], names.hosts, strict=True)}


def _defaults() -> dict[str, float]:
    options = known_variables().options
    return {name: float(options[name]["default"]) for name in copied.PAUSES | copied.LIMITS}


def _side(given: Mapping[str, Any], report: Mapping[str, Any]) -> Side:
    at_a_time = given.get("certops_concurrency", known_variables().options["certops_concurrency"]["default"])
    return Side(int(at_a_time), int(report["policy"]["per_cluster"]))


def _window(given: Mapping[str, Any], now: datetime) -> Optional[float]:
    """The seconds until the window ends; None without one."""
    end = given.get(copied.WINDOW)
    return (window_end(end, now) - now).total_seconds() if end else None
