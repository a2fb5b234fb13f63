# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is a host's storage provider right? Each thing that can be wrong is one check, written once.

A check goes from what is known to a finding, or to None. Who asks has a chain of the checks that count for their purpose: the plan (what
is due), the step (what needs it), what was read back after the step, and verifying. So none of them can contradict another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any, Callable, Optional, Sequence

from .._certificates.certificate import Certificate
from .._certificates.trust import ends_soon, names_host
from .._common import times
from .._estate.estate import EsxiHost, Served
from .._estate.provider import ENDED_OR_ENDING, INVALID, Provider
from .._estate.step_result import REREGISTER


@dataclass(frozen=True)
class Known:
    """What is known of a host's provider at a time.

    certificate: what SMS is to remember, the host's. own: it is not the host's, but one that SMS gave the provider. provider: the one that
    SMS has, None for none; count: how many it has. read: whether SMS told of it. in_cluster: vCenter registers providers for the hosts of clusters only.
    refresh_display: whether a record that is merely another one is to be refreshed.
    """

    certificate: Certificate
    provider: Optional[Provider]
    now: datetime
    count: int = 1
    read: bool = True
    in_cluster: bool = True
    renew_before_days: float = 0.0
    refresh_display: bool = False
    own: bool = False


@dataclass(frozen=True)
class Finding:
    """What a check found: the name of the rule, a sentence, and the steps that are due for it."""

    code: str
    sentence: str
    steps: tuple[str, ...] = ()


Check = Callable[[Known], Optional[Finding]]


def known_of(host: EsxiHost, certificate: Certificate, now: datetime, **more: Any) -> Known:
    """What is known of the provider of a host that has this certificate. more: further fields of Known."""
    own = provider_certificate(host)
    own = None if own is not None and own.same_as(certificate) else own
    return Known(
        certificate=own or certificate,
        provider=host.provider,
        now=now,
        count=1 + len(host.duplicate_providers),
        own=own is not None,
        **more,
    )


def provider_certificate(host: EsxiHost) -> Optional[Certificate]:
    """The certificate that a host's provider has of its own, as far as is seen; None where it has the host's, or none is seen.

    It is what port 9080 serves. Where nothing that can be trusted was seen there, SMS, which talks to the provider itself, is believed where
    what it remembers names the host.
    """
    served, provider = host.served, host.provider
    if served is not None and (served.of_provider or served.trusted):
        return served.certificate if served.of_provider else None
    if provider is None or provider.own_certificate is False or provider.certificate is None:
        return None
    return provider.certificate if names_host(provider.certificate, [host.name, *host.addresses]) else None


def has_only_expired(served: Optional[Served], now: datetime) -> bool:
    """Whether nothing is wrong with what a host's port 9080 serves but that it is the provider's own and has expired: SMS can give the
    provider another one, and nothing has to be unregistered for that."""
    if served is None or served.certificate is None or not served.of_provider:
        return False
    return len(served.problems) == 1 and served.certificate.expired_at(now)


def first(chain: Sequence[Check], known: Known) -> Optional[Finding]:
    """The first finding of a chain; None where none of its checks finds anything."""
    return next((finding for check in chain if (finding := check(known)) is not None), None)


def every(chain: Sequence[Check], known: Known) -> list[Finding]:
    """All findings of a chain."""
    return [finding for check in chain if (finding := check(known)) is not None]


def remembers(provider: Provider, certificate: Certificate) -> Optional[bool]:
    """Whether SMS remembers this certificate; None where it shows neither the one that it has nor the day on which that ends."""
    if provider.certificate is not None:
        return provider.certificate.same_as(certificate)
    ends = provider.certificate_expires_at
    if ends is None:
        return None
    # Some versions of SMS show a day and no time.
    by_day = ends.timetz() == time(tzinfo=ends.tzinfo)
    return ends == certificate.expires_at or (by_day and ends.date() == certificate.expires_at.date())


def remembered_end(provider: Optional[Provider]) -> Optional[datetime]:
    """When the certificate that SMS remembers ends: what the certificate says goes before SMS's own word."""
    if provider is None:
        return None
    return provider.certificate.expires_at if provider.certificate is not None else provider.certificate_expires_at


def remembers_older(provider: Optional[Provider], certificate: Certificate) -> bool:
    """Whether SMS remembers a certificate that ends before this one."""
    ends = remembered_end(provider)
    return provider is not None and ends is not None and not remembers(provider, certificate) and certificate.expires_at > ends


def outside_of_clusters(known: Known) -> Optional[Finding]:
    """vCenter registers no provider for a host outside of clusters: one that was unregistered would not come back."""
    if known.in_cluster:
        return None
    left = "" if known.provider is None else ": the one that it has is left as it is"
    return Finding("healthy", f"its certificate is sound, and a host outside of clusters needs no provider{left}")


def unavailable(known: Known) -> Optional[Finding]:
    """SMS did not tell of the provider."""
    return None if known.read else Finding("providers_unavailable", "its provider could not be read")


def missing(known: Known) -> Optional[Finding]:
    """There is none."""
    return None if known.provider else Finding("provider_missing", "SMS has no provider for it", (REREGISTER,))


def several(known: Known) -> Optional[Finding]:
    """There is more than one."""
    return Finding("several_providers", f"SMS has {known.count} providers for it", (REREGISTER,)) if known.count > 1 else None


def remembers_ended(known: Known) -> Optional[Finding]:
    """SMS remembers a certificate that has ended or ends soon, and the host has one that lasts longer."""
    ended, ends = _ended(known), remembered_end(known.provider)
    if ended is None or ends is None or not remembers_older(known.provider, known.certificate):
        return None
    whose = "the provider's" if known.own else "the host's"
    return Finding("remembers_ended", f"{ended}, while {whose} lasts until {_day(known.certificate.expires_at)}", (REREGISTER,))


def own_ending(known: Known) -> Optional[Finding]:
    """The provider has a certificate of its own, and SMS did not renew it in time."""
    if not known.own or known.provider is None or not ends_soon(known.certificate, known.now):
        return None
    how = "expired" if known.certificate.expired_at(known.now) else "ends"
    day = _day(known.certificate.expires_at)
    return Finding(
        "provider_certificate_ending", f"its provider's own certificate {how} on {day}, and SMS did not renew it", (REREGISTER,)
    )


def offline(known: Known) -> Optional[Finding]:
    """The provider is not online, by a status that says so."""
    provider = known.provider
    if provider is None or provider.online is not False:
        return None
    if remembers_older(known.provider, known.certificate):
        return Finding(
            "remembers_older", f"its provider is {provider.status}, and SMS remembers an older certificate", (REREGISTER,)
        )
    return Finding("provider_offline", f"its provider is {provider.status} though its certificate is sound", (REREGISTER,))


def said_to_have_ended(known: Known) -> Optional[Finding]:
    """SMS shows no date, and says that the certificate has ended, ends soon, or is none."""
    ended = _ended(known)
    return (
        Finding("remembers_ended", ended, (REREGISTER,)) if ended is not None and remembered_end(known.provider) is None else None
    )


def said_to_be_invalid(known: Known) -> Optional[Finding]:
    """SMS says that the certificate is revoked, malformed or missing (SMS API reference), which no date shows."""
    provider = known.provider
    if provider is None or provider.certificate_status != INVALID or remembered_end(provider) is None:
        return None
    return Finding("remembers_ended", f"SMS says of the certificate that it remembers: {INVALID}", (REREGISTER,))


def remembers_another(known: Known) -> Optional[Finding]:
    """SMS remembers another certificate than the host has."""
    if known.provider is None or remembers(known.provider, known.certificate) is not False:
        return None
    ends = remembered_end(known.provider)
    until = f" (until {_day(ends)})" if ends is not None else ""
    return Finding("stale_display", f"SMS shows another certificate{until}", (REREGISTER,))


def stale_display(known: Known) -> Optional[Finding]:
    """The same where nothing else is wrong: nothing has to be done about it."""
    found = remembers_another(known)
    if found is None:
        return None
    return replace(found, sentence=f"{found.sentence}, which is cosmetic", steps=found.steps if known.refresh_display else ())


def shows_nothing(known: Known) -> Optional[Finding]:
    """SMS shows neither the certificate that it remembers nor when that ends, so that it cannot be seen which one it is."""
    if known.provider is None or remembers(known.provider, known.certificate) is not None:
        return None
    return Finding("status_unknown", "SMS shows neither the certificate that it remembers nor when that expires")


def status_unknown(known: Known) -> Optional[Finding]:
    """The provider has no status, or one that decides nothing."""
    if known.provider is None or known.provider.online is not None:
        return None
    return Finding(
        "status_unknown", f"its certificate is sound, and SMS shows {known.provider.status or 'no status'} for its provider"
    )


def not_online(known: Known) -> Optional[Finding]:
    """The provider is not seen to be online."""
    if known.provider is None or known.provider.online is True:
        return None
    return Finding("provider_offline", f"its provider is {known.provider.status or 'without a status'}", (REREGISTER,))


# What is due for a host whose certificate is sound. The first that finds something names the rule.
DUE: tuple[Check, ...] = (
    *(outside_of_clusters, unavailable, missing, own_ending, remembers_ended, offline, said_to_have_ended, said_to_be_invalid),
    stale_display,
    *(shows_nothing, status_unknown),
)
# What the step takes for a need, when it is asked for providers that need it only.
NEEDED: tuple[Check, ...] = (
    *(missing, own_ending, remembers_ended, offline, said_to_have_ended, said_to_be_invalid),
    *(several, remembers_another, shows_nothing),
)
# What is wrong with what SMS has on record of a provider, whatever its status: none of it goes by waiting.
RECORD: tuple[Check, ...] = (own_ending, said_to_be_invalid, remembers_another, shows_nothing)
# What must not be found in what is read back after the step.
WRONG: tuple[Check, ...] = (missing, not_online, several, *RECORD)


def _ended(known: Known) -> Optional[str]:
    """The sentence, where SMS remembers a certificate that has ended or ends soon."""
    ends = remembered_end(known.provider)
    if ends is not None:
        if ends <= known.now:
            return f"SMS remembers a certificate that expired on {_day(ends)}"
        if times.ends_within(ends, known.renew_before_days, known.now):
            return f"SMS remembers a certificate that expires on {_day(ends)}"
        return None
    if known.provider is not None and known.provider.certificate_status in ENDED_OR_ENDING:
        return f"SMS says of the certificate that it remembers: {known.provider.certificate_status}"
    return None


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
