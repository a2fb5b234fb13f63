# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one ESXi host needs, and by which rule. Rules are tried in order and the first that matches names the reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Optional

from .._certificates import trust
from .._certificates.certificate import Certificate
from .._common import times
from .._estate import step_result
from .._estate.estate import DISCONNECTED, ISSUER_SELF, MODE_VMCA, EsxiHost
from . import provider_checks
from .policy import Policy

# The host makes its own certificate, and vCenter takes the host back against that very one.
RENEW_CLI = "renew_cli"
RECONNECT_PINNED = "reconnect_pinned"
RENEW = "renew"
RENEW_CUSTOM_CA = "renew_custom_ca"
# The first part of it: no step of a plan.
REQUEST = "request"
RECONNECT = "reconnect"
# The host's list of trusted CAs is completed with what it believes SMS by.
REPAIR_TRUST = "repair_trust"
REREGISTER = step_result.REREGISTER
REMOVE_ORPHAN = "remove_orphan"

NOT_YET_VALID = "certificate_not_yet_valid"
# Rules by which nothing is due because too little is known.
NOTHING_SEEN = frozenset({"certificate_unavailable", "providers_unavailable", "status_unknown"})
HEALTHY = "healthy"
ASLEEP = "asleep"
EXPIRED = "expired"
NOT_TAKEN_UP = "not_taken_up"
LEFT_DISCONNECTED = "left_disconnected"
RENEWAL = (RENEW, RECONNECT, REREGISTER)
# How old the certificate of a host that a run left disconnected may be, where only its age tells. VMCA dates it a day back (minutesBefore).
LEFT_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Verdict:
    """The rule that matched, its reason, and the steps that are due, in order."""

    rule: str
    reason: str
    steps: tuple[str, ...] = ()


def judge(host: EsxiHost, policy: Policy, now: datetime, *, providers_read: bool, mode: Optional[str]) -> Verdict:
    """What is due for a host, whatever may block it.

    providers_read: whether SMS told of the host's provider, or of none. mode: vCenter's certificate mode, None where unread.
    """
    verdict = _judge(host, policy, now, providers_read, mode)
    return replace(verdict, steps=steps_for(host, verdict.steps))


def steps_for(host: EsxiHost, steps: tuple[str, ...]) -> tuple[str, ...]:
    """The steps as a host takes them: outside of clusters vCenter registers no provider, and one that is there would not come back."""
    return tuple(step for step in steps if step != REREGISTER) if host.outside_of_clusters else steps


def with_repair(host: EsxiHost, steps: tuple[str, ...]) -> tuple[str, ...]:
    """The steps with the completing of the host's list of CAs before its provider is registered anew: where it is seen to lack something, and where
    the host is renewed or reconnected before, after which it may."""
    if REREGISTER not in steps or (steps[0] == REREGISTER and not (host.sms_trust and host.sms_trust.missing)):
        return steps
    place = steps.index(REREGISTER)
    return (*steps[:place], REPAIR_TRUST, *steps[place:])


def _judge(host: EsxiHost, policy: Policy, now: datetime, providers_read: bool, mode: Optional[str]) -> Verdict:
    certificate = evident_certificate(host)
    if host.asleep:
        return Verdict(ASLEEP, _asleep(host, certificate, policy, now))
    if certificate is None:
        return Verdict("certificate_unavailable", "its certificate could not be read")
    custom_ca = policy.custom_ca_signs(mode)
    replaced = host.issuer == ISSUER_SELF and (mode == MODE_VMCA or custom_ca)
    if certificate.not_before > now and not replaced:
        return Verdict(NOT_YET_VALID, f"its certificate is not valid before {_day(certificate.not_before)}")
    due = why_due(certificate, renew_before_days=policy.renew_before_days, force=policy.force, now=now)
    if due is not None:
        rule, reason = due
        if rule == EXPIRED and not host.connected:
            return Verdict(rule, f"{reason} and vCenter has no connection to it", (RECONNECT, REREGISTER))
        return Verdict(rule, reason, RENEWAL)
    if replaced:
        # By the installer of ESXi, or by the CLI step of KB 320568: SPS trusts no such certificate, however long it lasts.
        issuer = "your CA" if custom_ca else "VMCA"
        return Verdict("self_signed", f"it made its certificate itself, and {issuer} is to issue it one", RENEWAL)
    if custom_ca and _serves_an_older_one(host, certificate):
        return Verdict(NOT_TAKEN_UP, "its certificate was installed, and port 9080 serves the one before it", RENEWAL)
    return _left_halfway(host, certificate, judge_provider(host, certificate, policy, now, providers_read=providers_read), now)


def _asleep(host: EsxiHost, certificate: Optional[Certificate], policy: Policy, now: datetime) -> str:
    """That a host is asleep, and what it would need if it were not, as far as is known."""
    on_its_way = f"{host.standby_mode} " if host.standby_mode in ("entering", "exiting") else "in "
    reason = f"it is {on_its_way}standby"
    due = None if certificate is None else why_due(certificate, renew_before_days=policy.renew_before_days, force=False, now=now)
    return reason if due is None else f"{reason}; {due[1]}"


def _serves_an_older_one(host: EsxiHost, certificate: Certificate) -> bool:
    """Whether a connected host serves an older certificate of its own on 9080 than the one that vCenter has on record.

    So it is where a run was ended between installing a certificate and telling the host's services of it.
    """
    shown = host.served.certificate if host.served else None
    if shown is None or host.served is None or not host.connected or host.own_provider_certificate is True:
        return False
    if host.served.of_provider and shown.issuer != certificate.issuer:
        # What SMS gives a provider is VMCA's.
        return False
    return shown.not_before < certificate.not_before and trust.names_host(shown, [host.name])


def _left_halfway(host: EsxiHost, certificate: Certificate, verdict: Verdict, now: datetime) -> Verdict:
    """What is due where a run was ended between disconnecting a renewed host and reconnecting it: nobody else would connect it again.

    It shows in that vCenter has a newer certificate on record than SMS remembers, and the host is disconnected, not merely lost. Where the
    provider may have a certificate of its own SMS remembers another one at all times, so that only a certificate of these days counts.
    """
    provider = host.provider
    if host.connection_state != DISCONNECTED or provider is None or provider_checks.remembers(provider, certificate) is not False:
        return verdict
    remembered = provider.certificate
    if remembered is None:
        newer = not provider_checks.remembers_older(provider, certificate)
    else:
        newer = remembered.not_before > certificate.not_before
    if newer or (provider.own_certificate is not False and now - certificate.not_before > LEFT_WITHIN):
        return verdict
    return Verdict(LEFT_DISCONNECTED, f"it was renewed and is disconnected; {verdict.reason}", (RECONNECT, REREGISTER))


def why_due(certificate: Certificate, *, renew_before_days: float, force: bool, now: datetime) -> Optional[tuple[str, str]]:
    """The rule and the reason by which a certificate by itself is to be renewed; None where it is not."""
    if certificate.expired_at(now):
        return EXPIRED, f"its certificate expired on {_day(certificate.expires_at)}"
    if times.ends_within(certificate.expires_at, renew_before_days, now):
        return "expiring", f"its certificate expires in {certificate.days_left(now):g} days, on {_day(certificate.expires_at)}"
    return ("forced", "renewing it is forced") if force else None


def judge_provider(host: EsxiHost, certificate: Certificate, policy: Policy, now: datetime, *, providers_read: bool) -> Verdict:
    """What is due for the provider of a host whose certificate is sound."""
    known = provider_checks.known_of(
        host,
        certificate,
        now,
        read=providers_read,
        in_cluster=not host.outside_of_clusters,
        renew_before_days=policy.renew_before_days,
        refresh_display=policy.refresh_display,
    )
    found = provider_checks.first(provider_checks.DUE, known)
    if found is None and known.own:
        until = min(certificate.expires_at, known.certificate.expires_at)
        return Verdict(HEALTHY, f"its certificate and its provider's own are sound, until {_day(until)}")
    if found is None:
        return Verdict(HEALTHY, f"all certificates agree, until {_day(certificate.expires_at)}")
    return Verdict(found.code, found.sentence, found.steps)


def why_unknown(host: EsxiHost, verdict: Verdict) -> Optional[str]:
    """Why it cannot be said of a host, whatever was found, that it is sound: what that takes was not seen. None where it was."""
    if verdict.rule == ASLEEP:
        return None
    if verdict.rule in NOTHING_SEEN:
        return verdict.reason
    if host.provider_unavailable is not None and host.cluster is not None:
        return "its provider could not be read"
    if not host.connected and not verdict.steps:
        return f"vCenter has no connection to it ({host.connection_state or 'state unknown'}), so what it shows of it may be old"
    served = host.served
    # What is not valid yet was read, and is told as that.
    if verdict.rule != NOT_YET_VALID and served is not None and served.problems and host.cluster is not None and not verdict.steps:
        return f"port 9080 serves the wrong certificate: {'; '.join(served.problems)}"
    return None


def not_seen(host: EsxiHost, verdict: Verdict) -> Optional[str]:
    """What was not seen of a host that is sound by all that was; None where nothing is missing. vCenter's word for its provider, which it
    talks to itself, is enough: a controller need not reach port 9080."""
    if verdict.rule != HEALTHY or host.cluster is None:
        return None
    if host.served is None:
        return "port 9080 was not asked"
    return None if host.served.error is None else "port 9080 does not answer this controller"


def evident_certificate(host: EsxiHost) -> Optional[Certificate]:
    """The certificate that the host is known to have.

    vCenter's record of it where that is readable. vCenter may show none for a host that it lost; then what the host itself
    serves, if that has the thumbprint on record, or names the host and was issued by a trusted root: expired or not. What SMS gave the host's
    provider is not the host's.
    """
    if host.certificate is not None:
        return host.certificate
    served = host.served
    if served is None or served.certificate is None or served.of_provider:
        return None
    return served.certificate if served.trusted_by in (trust.BASIS_RECORD, trust.BASIS_ROOT) else None


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
