# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a step through vCenter for the roles: which module takes it, and which of the roles' variables give its options."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, sentence
from ansible_collections.certops.vsphere.plugins.module_utils._common.packed import pack
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.by_cli import refused
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import choosing
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import (
    RECONNECT,
    REMOVE_ORPHAN,
    RENEW,
    REPAIR_TRUST,
    REREGISTER,
)
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.step_options import from_the_run
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.turn import VERIFY
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.verify import verify
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.modules import (
    cert_expiry_facts,
    esxi_cert_regenerate,
    esxi_reconnect,
    esxi_trust_repair,
    vasa_provider_orphans,
    vasa_provider_reregister,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import why_failed
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.module_work import ModuleAction, observed

REGISTER = "register"
# A step that reads again waits so long for an SPS that has just been restarted; after a failure that was waited for already.
WAIT_FOR_SPS_SECONDS = 60


@dataclass(frozen=True)
class Work:
    """How a step is carried out: the module by its name, what it is made of, and by its options the variables that give them."""

    module: str
    definition: Definition
    variables: Mapping[str, str]


# What is done about vSphere HA, of the steps that restart services of hosts or take them away from vCenter.
HA_VARIABLES = {"ha": "certops_ha", "ha_timeout_seconds": "certops_ha_timeout_seconds"}
# The same of vSAN.
VSAN_VARIABLES = {"vsan": "certops_vsan", "vsan_timeout_seconds": "certops_vsan_timeout_seconds"}
WORKS = {
    RENEW: Work(
        "esxi_cert_regenerate",
        esxi_cert_regenerate.DEFINITION,
        {
            "renew_before_days": "certops_renew_before_days",
            "force": "certops_force",
            "concurrency": "certops_concurrency",
            "per_cluster": "certops_per_cluster",
            **HA_VARIABLES,
            **VSAN_VARIABLES,
            "vmca_root_fingerprint": "certops_vmca_root_fingerprint",
            "host_timeout_seconds": "certops_renew_host_timeout_seconds",
        },
    ),
    RECONNECT: Work(
        "esxi_reconnect",
        esxi_reconnect.DEFINITION,
        {
            "certificates": "certops_reconnect_certificates",
            "concurrency": "certops_concurrency",
            "vmca_root_fingerprint": "certops_vmca_root_fingerprint",
            "per_cluster": "certops_per_cluster",
            **HA_VARIABLES,
            **VSAN_VARIABLES,
            "host_timeout_seconds": "certops_reconnect_host_timeout_seconds",
        },
    ),
    REREGISTER: Work(
        "vasa_provider_reregister",
        vasa_provider_reregister.DEFINITION,
        {
            "method": "certops_reregister_method",
            "in_thumbprint_mode": "certops_reregister_in_thumbprint_mode",
            "pending_renewal": "certops_pending_renewal",
            "provider_username": "certops_provider_username",
            "provider_password": "certops_provider_password",
            "concurrency": "certops_concurrency",
            "vmca_root_fingerprint": "certops_vmca_root_fingerprint",
            "timeout_seconds": "certops_reregister_timeout_seconds",
            "heal_seconds": "certops_reregister_heal_seconds",
            "in_place_seconds": "certops_reregister_in_place_seconds",
            "look_seconds": "certops_reregister_look_seconds",
        },
    ),
    REPAIR_TRUST: Work(
        "esxi_trust_repair",
        esxi_trust_repair.DEFINITION,
        {"concurrency": "certops_concurrency", "vmca_root_fingerprint": "certops_vmca_root_fingerprint"},
    ),
    REMOVE_ORPHAN: Work("vasa_provider_orphans", vasa_provider_orphans.DEFINITION, {}),
    VERIFY: Work("cert_expiry_facts", cert_expiry_facts.DEFINITION, {"vmca_root_fingerprint": "certops_vmca_root_fingerprint"}),
}
# The same for what works over the connection of an ESXi host (cli_step.py).
CLI_VARIABLES = {
    "renew_before_days": "certops_renew_before_days",
    "force": "certops_force",
    "reload": "certops_reload",
    "accept_unverified_host": "certops_accept_unverified_host",
    "switch_ssh": "certops_cli_switch_ssh",
    "host_timeout_seconds": "certops_cli_host_timeout_seconds",
}
# Who may log in to hosts is nobody's business where no provider is registered by an account.
_ACCOUNT = ("provider_username", "provider_password")


@dataclass(frozen=True)
class Order:
    """What is to be done. results: of all steps so far. fallback: who is renewed by its own CLI where vCenter refuses. only_these: whether no other
    hosts are read back, so that what was read is nothing that a report could go by."""

    step: str
    esxi_hosts: Sequence[str]
    max_failures: int = 0
    in_flight: bool = False
    fallback: Sequence[str] = ()
    certificates: Optional[Mapping[str, str]] = None
    plan: Mapping[str, Any] = field(default_factory=dict)
    results: Sequence[Mapping[str, Any]] = ()
    verified: Sequence[Mapping[str, Any]] = ()
    failure: str = ""
    only_these: bool = False


@dataclass
class Done:
    """What came of it.

    answer: what Ansible is told. results and verified: with those of all steps so far. stopped: why nothing may follow; stopped_code: the
    name of that error, where it is not that of a host's result. after: what was read
    of the vCenter, as one text, None where nothing was.
    certificates: by host what was installed, which it is to be reconnected against; None where the step installs nothing.
    """

    answer: dict[str, Any]
    results: list[Any]
    verified: list[Any]
    refused: list[str] = field(default_factory=list)
    stopped: str = ""
    stopped_code: str = ""
    after: Optional[str] = None
    certificates: Optional[Mapping[str, str]] = None


class StepAction(ModuleAction):
    """An action that carries out steps, and speaks meanwhile."""

    def plan(self, task_vars: Mapping[str, Any]) -> Mapping[str, Any]:
        """The plan of the vCenter; empty where none was made."""
        found: Mapping[str, Any] = self.variable(task_vars, "certops_plan", {}) or {}
        return found

    def results(self, task_vars: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The results of all steps so far."""
        found: Sequence[Mapping[str, Any]] = self.variable(task_vars, "certops_results", []) or []
        return found

    def carry_out(self, task_vars: dict[str, Any], order: Order) -> Done:
        """Take the step, and tell what came of it. Whatever goes wrong is in `stopped`."""
        answer = self.answer(task_vars, WORKS[order.step], order)
        if order.step == VERIFY:
            return _read_back(answer, order)
        return _taken(answer, order)

    def answer(self, task_vars: dict[str, Any], work: Work, order: Order, **own: Any) -> dict[str, Any]:
        """What the module of a step answers. own: options that neither a variable nor the run gives."""
        try:
            return self._run_module(task_vars, work, {**self._options(task_vars, work, order), **own}, order)
        except AnsibleError as error:
            return {"changed": False, "failed": True, "msg": str(error)}

    def _options(self, task_vars: Mapping[str, Any], work: Work, order: Order) -> dict[str, Any]:
        check_mode = bool(self._task.check_mode)
        given = self.given(task_vars, work.variables)
        if given.get("method") != REGISTER:
            given = {name: value for name, value in given.items() if name not in _ACCOUNT}
        if not check_mode:
            given.pop("pending_renewal", None)
        if order.step == VERIFY:
            own: dict[str, Any] = {"wait_for_sps_seconds": 0 if order.failure else WAIT_FOR_SPS_SECONDS}
            if order.plan.get("decided_at"):
                own["vm_restarts_since"] = order.plan["decided_at"]
                own["chosen_by"] = choosing(order.plan["policy"])
            if order.only_these:
                run = from_the_run(VERIFY, order.esxi_hosts, order.plan, (), check_mode=False)
                own.update(run, esxi_hosts=list(order.esxi_hosts))
        else:
            run = from_the_run(order.step, order.esxi_hosts, order.plan, order.results, check_mode=check_mode)
            of_hosts = {"esxi_hosts": list(order.esxi_hosts), "max_failures": order.max_failures + len(order.fallback)}
            own = run if order.step == REMOVE_ORPHAN else {**of_hosts, **run}
        if order.step in (RENEW, RECONNECT, REPAIR_TRUST):
            own["in_flight"] = order.in_flight
        if order.certificates is not None:
            own["certificates"] = dict(order.certificates)
        return {**self.connection(task_vars), **given, **own}

    def _run_module(self, task_vars: dict[str, Any], work: Work, options: dict[str, Any], order: Order) -> dict[str, Any]:
        seen = {**task_vars, "certops_results": order.results}
        return self.run_module(seen, work.module, work.definition, options, order.step)


def _taken(answer: dict[str, Any], order: Order) -> Done:
    """A step's results. After a failure none counts as refused: nothing is begun any more."""
    failed = bool(answer.get("failed"))
    new = [dict(one) for one in answer.get("hosts") or ()]
    turned_away = [] if failed else refused(new, order.fallback)
    kept = [one for one in new if one not in turned_away]
    stopped = why_failed(answer)
    errors = [str(one["error"]) for one in kept if one.get("failed")]
    if not turned_away and len(errors) > order.max_failures:
        stopped = stopped or " ".join(errors)
    names = [str(one["esxi_host"]) for one in turned_away]
    shown = {**answer, "hosts": new}
    return Done(shown, [*order.results, *kept], list(order.verified), names, stopped, _code(answer))


def _read_back(answer: dict[str, Any], order: Order) -> Done:
    """What was read of hosts that were worked on."""
    if answer.get("failed"):
        return Done(
            answer, list(order.results), list(order.verified), stopped=str(answer.get("msg") or ""), stopped_code=_code(answer)
        )
    facts, shown = observed(answer)
    moids = from_the_run(VERIFY, order.esxi_hosts, order.plan, (), check_mode=False)["planned_moids"]
    try:
        estate = Estate.from_facts(facts)
        told = verify(estate, list(order.esxi_hosts), estate.observed_at, moids)
    except CertopsError as error:
        return Done(shown, list(order.results), list(order.verified), stopped=str(error), stopped_code=error.code)
    wrong = [one for one in told if not one["verified"]]
    names = set(order.esxi_hosts)
    verified = [*(one for one in order.verified if one["esxi_host"] not in names), *told]
    stopped = _disagreeing(wrong) if len(wrong) > order.max_failures else ""
    code = messages.VERIFICATION_FAILED.code if stopped else ""
    return Done(
        shown, list(order.results), verified, stopped=stopped, stopped_code=code, after=None if order.only_these else pack(facts)
    )


def _code(answer: Mapping[str, Any]) -> str:
    """The name of the error that a module failed with; empty where it did not fail."""
    return str(answer.get("error_code") or "") if answer.get("failed") else ""


def _disagreeing(wrong: Sequence[Mapping[str, Any]]) -> str:
    errors = [_not_as_it_should_be(str(one["esxi_host"]), "; ".join(map(str, one["problems"]))) for one in wrong]
    return " ".join([*(sentence(error.sentence) for error in errors), errors[-1].remedy])


def _not_as_it_should_be(esxi_host: str, problems: str) -> CertopsError:
    return messages.VERIFICATION_FAILED(esxi_host=esxi_host, problems=problems)
