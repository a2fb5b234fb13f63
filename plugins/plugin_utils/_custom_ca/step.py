# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out the step by which a CA of the operator's renews: ask hosts for requests, have them signed, install what was signed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping

from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RENEW_CUSTOM_CA, REQUEST
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import TRACEBACKS
from ansible_collections.certops.vsphere.plugins.modules import esxi_cert_install, esxi_cert_request
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import environment_of
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import why_failed
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.step_work import (
    HA_VARIABLES,
    VSAN_VARIABLES,
    Done,
    Order,
    StepAction,
    Work,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.given import (
    COMMAND,
    KEY,
    ROLE,
    VARIABLE,
    CustomCa,
    require_usable,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.signing_command import NotSigned, run_command
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.signing_role import role_problem
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.signing_round import SigningRound

REQUESTING = Work(
    "esxi_cert_request",
    esxi_cert_request.DEFINITION,
    {
        "renew_before_days": "certops_renew_before_days",
        "force": "certops_force",
        "concurrency": "certops_concurrency",
        "host_timeout_seconds": "certops_renew_host_timeout_seconds",
    },
)
INSTALLING = Work(
    "esxi_cert_install",
    esxi_cert_install.DEFINITION,
    {
        "per_cluster": "certops_per_cluster",
        **HA_VARIABLES,
        **VSAN_VARIABLES,
        "renew_before_days": "certops_renew_before_days",
        "concurrency": "certops_concurrency",
        "host_timeout_seconds": "certops_renew_host_timeout_seconds",
    },
)
SIGNING_MODULE = "community.crypto.x509_certificate_pipe"
# As vSphere asks of such certificates: the clocks of a host and of this controller are never quite the same.
NOT_BEFORE = "-1d"


class CustomCaStep:
    """The step on the hosts of an order, for the action of a task."""

    def __init__(self, action: StepAction, task_vars: dict[str, Any], order: Order) -> None:
        self._action = action
        self._variables = task_vars
        self._order = order
        # What Ansible is told: of both modules together.
        self._answer: dict[str, Any] = {"changed": False, "hosts": []}

    def begin(self) -> Done:
        """Ask for requests, and go on to the end. Where a role signs, the answer says who awaits a certificate, and how to go on."""
        vcenter = str(self._action.connection(self._variables).get("hostname") or "the vCenter")
        if not self._order.esxi_hosts:
            return self._done(SigningRound(self._order.max_failures))
        try:
            given = self._action.variable(self._variables, VARIABLE, {})
            custom_ca = require_usable(given, vcenter, lambda name: role_problem(self._action, name))
        except InputError as error:
            return self._done(SigningRound(self._order.max_failures, stopped=str(error)))
        answer = self._run(REQUESTING, replace(self._order, step=REQUEST))
        signing = SigningRound.of_answer(answer, self._order.max_failures)
        if custom_ca.method == ROLE:
            return self.go_on(signing)
        number = 0
        while signing.awaiting:
            signing = self._sign(custom_ca, signing, signing.awaiting[0], number)
            number += 1
        return self.go_on(signing)

    def go_on(self, signing: SigningRound) -> Done:
        """Install what was signed, where nobody awaits a certificate any more."""
        if signing.awaiting:
            return self._done(signing)
        if signing.signed and not signing.over:
            signing = self._install(signing)
        return self._done(signing.concluded())

    def _sign(self, custom_ca: CustomCa, signing: SigningRound, esxi_host: str, number: int) -> SigningRound:
        """Have it sign for one host by key or command. number: how many were signed for before."""
        what = custom_ca.argv[0] if custom_ca.method == COMMAND else custom_ca.ca_path
        doing = f"waiting for {what} to sign for {esxi_host}"
        told = Progress(RENEW_CUSTOM_CA, len(signing.requests), number, len(signing.errors), doing)
        sign = {KEY: self._by_key, COMMAND: self._by_command}[custom_ca.method]
        try:
            with self._action.speaking(self._variables, told):
                text = sign(custom_ca, signing.requests[esxi_host])
        except (NotSigned, AnsibleError) as error:
            return signing.failed(esxi_host, str(error), custom_ca.method)
        return signing.given(esxi_host, text, custom_ca.method)

    def _by_command(self, custom_ca: CustomCa, csr_pem: str) -> str:
        return run_command(custom_ca.argv, csr_pem, custom_ca.host_timeout_seconds, environment_of(self._action))

    def _by_key(self, custom_ca: CustomCa, csr_pem: str) -> str:
        options = {
            "provider": "ownca",
            "csr_content": csr_pem,
            "ownca_path": custom_ca.ca_path,
            "ownca_privatekey_path": custom_ca.ca_key_path,
            "ownca_not_before": NOT_BEFORE,
            "ownca_not_after": f"+{custom_ca.days}d",
        }
        if custom_ca.ca_passphrase is not None:
            options["ownca_privatekey_passphrase"] = custom_ca.ca_passphrase
        answer = self._action._execute_module(module_name=SIGNING_MODULE, module_args=options, task_vars=self._variables)
        if answer.get("failed"):
            raise NotSigned(str(answer.get("msg") or "it gave no reason"))
        try:
            with open(custom_ca.ca_path, encoding="utf-8") as file:
                # What stands above the CA goes to the host with its certificate.
                return f"{answer['certificate']}\n{file.read()}"
        except OSError as error:
            raise NotSigned(f"{custom_ca.ca_path} cannot be read ({error.strerror})") from error

    def _install(self, signing: SigningRound) -> SigningRound:
        order = replace(self._order, esxi_hosts=list(signing.signed), max_failures=signing.failures_left)
        answer = self._run(INSTALLING, order, certificates=dict(signing.signed), requests=dict(signing.requests))
        stopped = why_failed(answer)
        results = [dict(one) for one in answer.get("hosts") or ()]
        self._answer["certificates"] = {
            str(one["esxi_host"]): one["certificate_pem"] for one in results if one.get("certificate_pem")
        }
        kept = [{key: value for key, value in one.items() if key != "certificate_pem"} for one in results]
        return signing.with_results(kept, stopped)

    def _run(self, work: Work, order: Order, **own: Any) -> Mapping[str, Any]:
        """What a module answers; its warnings and what it would change are told with those of the other."""
        answer = self._action.answer(self._variables, work, order, **own)
        self._answer["changed"] = self._answer["changed"] or bool(answer.get("changed"))
        self._answer["hosts"] += answer.get("hosts") or []
        for name in ("warnings", "diff", TRACEBACKS):
            if answer.get(name):
                self._answer[name] = [*self._answer.get(name, ()), *answer[name]]
        return answer

    def _done(self, signing: SigningRound) -> Done:
        waiting = signing.awaiting
        going_on = {"awaiting": waiting, "requests": dict(signing.requests), "signing": signing.to_facts()}
        results = list(self._order.results) if waiting else [*self._order.results, *signing.results]
        certificates = self._answer.setdefault("certificates", {})
        stopped = "" if waiting else signing.stopped
        return Done({**self._answer, **going_on}, results, list(self._order.verified), stopped=stopped, certificates=certificates)
