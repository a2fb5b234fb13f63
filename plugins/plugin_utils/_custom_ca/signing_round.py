# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One round of signing: what hosts asked for, what came of it on some, and who waits for a certificate. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Mapping, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import holds_private_key
from ansible_collections.certops.vsphere.plugins.module_utils._common.printable import on_one_line
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RENEW_CUSTOM_CA
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import FAILED, NOT_STARTED, StepResult
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import why_failed
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.given import CERTIFICATE

TO_BE_ISSUED = "its certificate is to be issued by your CA"
# In check mode a host that is due is asked for nothing, and what it would be asked for would be signed and installed.
_ASKED, _RENEWED = {"requested": True}, {"renewed": True}


@dataclass(frozen=True)
class SigningRound:
    """requests: by host what is to be signed. signed: by host what the CA gave. results: of hosts that are through.

    stopped: why no more is signed or installed, as far as results do not say.
    """

    max_failures: int
    requests: Mapping[str, str] = field(default_factory=dict)
    signed: Mapping[str, str] = field(default_factory=dict)
    results: tuple[Mapping[str, Any], ...] = ()
    stopped: str = ""

    @staticmethod
    def of_answer(answer: Mapping[str, Any], max_failures: int) -> SigningRound:
        """What the module esxi_cert_request answered."""
        hosts = [dict(one) for one in answer.get("hosts") or ()]
        requests = {str(one["esxi_host"]): str(one["csr_pem"]) for one in hosts if one.get("csr_pem")}
        kept = [_as_step(one) for one in hosts if str(one["esxi_host"]) not in requests]
        stopped = why_failed(answer)
        return SigningRound(max_failures, requests, results=tuple(kept), stopped=stopped)

    @staticmethod
    def from_facts(facts: Mapping[str, Any]) -> SigningRound:
        """What to_facts made. Raises KeyError, TypeError or ValueError for anything else."""
        return SigningRound(
            int(facts["max_failures"]),
            dict(facts["requests"]),
            dict(facts["signed"]),
            tuple(dict(one) for one in facts["results"]),
            str(facts["stopped"]),
        )

    def to_facts(self) -> dict[str, Any]:
        """As it goes from task to task."""
        return {
            "max_failures": self.max_failures,
            "requests": dict(self.requests),
            "signed": dict(self.signed),
            "results": [dict(one) for one in self.results],
            "stopped": self.stopped,
        }

    @property
    def errors(self) -> list[str]:
        """Why hosts failed so far."""
        return [str(one["error"]) for one in self.results if one["failed"]]

    @property
    def failures_left(self) -> int:
        """How many more hosts may fail; below 0 where too many have."""
        return self.max_failures - len(self.errors)

    @property
    def over(self) -> bool:
        """Whether nothing more may be begun."""
        return bool(self.stopped) or self.failures_left < 0

    @property
    def awaiting(self) -> list[str]:
        """Who is to be signed for, in order; nobody where nothing more may be begun."""
        through = {str(one["esxi_host"]) for one in self.results}
        return [] if self.over else [name for name in self.requests if name not in self.signed and name not in through]

    def given(self, esxi_host: str, text: str, method: str) -> SigningRound:
        """The same with what the CA gave for a host, fit or not."""
        if holds_private_key(text):
            return self.failed(esxi_host, "it gave a private key, which nobody may have but the host", method)
        if CERTIFICATE not in text:
            return self.failed(esxi_host, "it gave no certificate in PEM", method)
        return replace(self, signed={**self.signed, esxi_host: text})

    def failed(self, esxi_host: str, why: str, method: str) -> SigningRound:
        """The same where the CA failed for a host. Nothing was changed on it: its next request replaces this one."""
        reason = on_one_line(why).strip().rstrip(".") or "it gave no reason"
        error = messages.REQUEST_NOT_SIGNED(esxi_host=esxi_host, method=method, reason=reason)
        told = StepResult(esxi_host, RENEW_CUSTOM_CA, FAILED, TO_BE_ISSUED, error=str(error), error_code=error.code)
        return self.with_results([told.to_facts()])

    def with_results(self, results: Sequence[Mapping[str, Any]], stopped: str = "") -> SigningRound:
        """The same with results of hosts that are through."""
        return replace(self, results=(*self.results, *results), stopped=self.stopped or stopped)

    def concluded(self) -> SigningRound:
        """The same with a result for each host that was asked in vain."""
        through = {str(one["esxi_host"]) for one in self.results}
        why = "it was asked for a request and given no certificate, because the step was stopped before"
        left = [StepResult(name, RENEW_CUSTOM_CA, NOT_STARTED, why).to_facts() for name in self.requests if name not in through]
        stopped = self.stopped or (" ".join(self.errors) if self.failures_left < 0 else "")
        return replace(self, results=(*self.results, *left), stopped=stopped)


def _as_step(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a host that made no request: it is what became of the whole step."""
    after = _RENEWED if result.get("after") == _ASKED else result.get("after")
    return {**{key: value for key, value in result.items() if key != "csr_pem"}, "step": RENEW_CUSTOM_CA, "after": after}
