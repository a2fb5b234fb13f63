# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose provider is to be brought back, how it is told, and what counts as right."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional, Sequence

from .._certificates.certificate import Certificate
from .._common.progress import Progress
from .._deciding.provider_checks import WRONG, Known, first, remembers
from .._deciding.rules import REREGISTER
from .._estate.estate import EsxiHost, Served
from .._estate.provider import IOFILTER_PATH, IOFILTER_PORT, SYNCHRONISING, Provider
from .._estate.registration import RegisteredProvider
from .._estate.step_result import CHANGED, HEALED, UNCHANGED, StepResult
from .._stepping.progress import Tell
from .._timing.waiting import Deadline
from . import provider_messages

LOOK_AT_PROVIDERS = "Look at the vCenter's storage providers: what is missing there is registered again when SPS is restarted."


@dataclass
class Work:
    """A host whose provider is due. tried: the tasks that SMS was given for the provider as it is, by their names in a result."""

    host: EsxiHost
    reason: str
    served: Served
    registered: list[RegisteredProvider]
    notes: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    unregistered: bool = False

    @property
    def certificate(self) -> Certificate:
        """What SMS is to remember: the certificate that was served, and judged."""
        if self.served.certificate is None:
            raise provider_messages.ENDPOINT_WITHOUT_CERTIFICATE(esxi_host=self.host.name)
        return self.served.certificate


def shown(provider: Optional[Provider], now: datetime) -> Any:
    if provider is None:
        return {"registered": False}
    return {"registered": True, **provider.to_facts(now)}


def seen_as(provider: Optional[Provider], count: int, certificate: Certificate) -> str:
    if provider is None:
        return "it is not registered"
    if count > 1:
        return f"it is one of {count} that SMS has for the host"
    if provider.status == SYNCHRONISING:
        return f"it is {provider.status}, and has not synchronised yet"
    if provider.online is not True:
        return f"it is {provider.status or 'without a status'}" + (f" ({provider.status_fault})" if provider.status_fault else "")
    if remembers(provider, certificate) is None:
        return "it is online, but SMS shows neither the certificate that it remembers nor when that expires"
    remembered = provider.certificate.sha256_fingerprint if provider.certificate else f"one until {provider.certificate_expires_at}"
    return f"it is online, but SMS remembers {remembered} and not {certificate.sha256_fingerprint}"


def agrees(provider: Provider, certificate: Certificate, now: datetime) -> bool:
    """Whether what is read back of a host's only provider is what it is to be: synchronised too."""
    return provider.status != SYNCHRONISING and first(WRONG, Known(certificate=certificate, provider=provider, now=now)) is None


def done(one: Work, provider: Provider, now: datetime, cured_by: str) -> StepResult:
    """The result of a host whose provider is back. Where it came back before anything was asked of SMS, nothing was changed."""
    return StepResult(
        one.host.name,
        REREGISTER,
        UNCHANGED if cured_by == HEALED else CHANGED,
        one.reason,
        before=shown(one.host.provider, now),
        after=shown(provider, now),
        trusted_by=one.served.trusted_by,
        notes=tuple(one.notes),
        cured_by=cured_by,
    )


def predicted(one: Work, renewed_before: bool, now: datetime) -> StepResult:
    after: dict[str, Any] = {"registered": True, "status": "online"}
    # The certificate of a host that is renewed before cannot be known yet.
    if not renewed_before:
        after["certificate"] = one.certificate.to_facts(now)
    return StepResult(
        one.host.name,
        REREGISTER,
        CHANGED,
        one.reason,
        before=shown(one.host.provider, now),
        after=after,
        trusted_by=None if renewed_before else one.served.trusted_by,
    )


def is_gone(one: Work) -> str:
    return "is unregistered" if one.unregistered else "is not registered"


def identity(one: Work) -> tuple[str, str]:
    if one.registered:
        provider = one.registered[0].provider
        return provider.name, provider.url
    name = one.host.name.strip("[]")
    host = f"[{name}]" if ":" in name else name
    return f"IOFILTER Provider {one.host.name}", f"https://{host}:{IOFILTER_PORT}{IOFILTER_PATH}"


def tell_progress(
    tell: Tell,
    total: int,
    done: int,
    doing: str,
    deadline: Deadline,
    seconds_left: Optional[float] = None,
    begun: Sequence[Work] = (),
    ended: Sequence[Work] = (),
) -> None:
    tell(
        Progress(
            REREGISTER,
            total=total,
            done=done,
            doing=doing,
            seconds_left=seconds_left,
            seconds_allowed=deadline.left_seconds,
            begun=tuple(one.host.name for one in begun),
            ended=tuple(one.host.name for one in ended),
        )
    )
