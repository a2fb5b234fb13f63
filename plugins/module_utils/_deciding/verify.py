# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a host is as it should be: the three certificates agree, or SMS gave its provider one; they are sound, and one provider is online."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Mapping, Optional, Sequence

from .._common.names import normalise
from .._estate.estate import Estate, EsxiHost
from .provider_checks import WRONG, every, known_of
from .rules import evident_certificate


def disagreements(host: EsxiHost, now: datetime) -> list[str]:
    """What is not as it should be; nothing where the host, port 9080 and SMS show one sound certificate.

    Of a host outside of clusters no provider is asked for, and so its port 9080, which is the provider's, need not answer.
    """
    found = []
    if not host.connected:
        found.append("it is in standby" if host.asleep else f"it is {host.connection_state or 'in no known connection state'}")
    certificate = host.certificate
    if certificate is None:
        found.append("vCenter shows no certificate for it")
    elif not certificate.sound_at(now):
        found.append(f"its certificate is not valid now (until {certificate.expires_at:%Y-%m-%d})")
    served = host.served
    needed = not host.outside_of_clusters
    if served is None:
        found += ["port 9080 was not asked"] if needed else []
    elif not served.trusted and (needed or served.certificate is not None):
        found.append(f"port 9080 does not serve it: {served.error or '; '.join(served.problems)}")
    found.extend(_provider_problems(host, now))
    return found


def _provider_problems(host: EsxiHost, now: datetime) -> list[str]:
    certificate = evident_certificate(host)
    if host.outside_of_clusters or certificate is None:
        # Without the host's certificate there is nothing to compare with, and that is told already.
        return []
    return [finding.sentence for finding in every(WRONG, known_of(host, certificate, now))]


def verify(estate: Estate, hosts: Sequence[str], now: datetime, moids: Optional[Mapping[str, str]] = None) -> list[dict[str, Any]]:
    """For each of these hosts whether it is as it should be, and what is not. moids: by name the ids that they had in the plan."""
    known = {normalise(host.name): host for host in estate.hosts}
    by_id = {host.moid: host for host in estate.hosts} if moids else {}
    answers = []
    for name in hosts:
        host: Optional[EsxiHost] = known.get(normalise(name))
        moid = (moids or {}).get(name)
        if moid is not None and moid in by_id and by_id[moid] is not host:
            problems = [f"it was renamed to {by_id[moid].name} in vCenter since the plan was made"]
        elif host is None:
            problems = ["vCenter no longer shows it"]
        elif moid is not None and host.moid != moid:
            problems = ["it was removed from vCenter and added again since the plan was made"]
        else:
            problems = disagreements(host, now)
        answers.append({"esxi_host": name, "verified": not problems, "problems": problems})
    return answers
