# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""See that a host's services take up a certificate that was installed through vCenter: they are told, and its ports are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional

from .._certificates.certificate import Certificate
from .._common import notice
from .._common.errors import CertopsError, DeadlineExceeded, EndpointError
from .._estate.estate import EsxiHost
from .._estate.provider import IOFILTER_PORT
from .._timing.repeating import retry_unless_done
from .._timing.waiting import Deadline, wait_until
from .endpoints import shown_by
from .port import Endpoints, VSphere

HTTPS_PORT = 443
# How long services may take to come up with another certificate.
TAKEN_UP_SECONDS = 20.0


@dataclass(frozen=True)
class ActivationResult:
    """What a host's ports show now. serves: whether 443 shows the certificate, None where that can't be asked from here."""

    serves: Optional[bool]
    notes: tuple[str, ...] = field(default=())


def have_it_taken_up(vsphere: VSphere, host: EsxiHost, wanted: Certificate, deadline: Deadline) -> ActivationResult:
    """Tell a host's services of its certificate where they can be told (NotifyAffectedServices), and wait until its ports show it.

    An older host's 443 shows it by itself; what its port 9080 shows may change only when the host is reconnected, which is not waited for.
    """
    notes = []
    can_notify = vsphere.can_notify_services(host)
    if can_notify:
        try:
            # To be told twice does no harm; where the answer was lost, the port shows whether they were.
            retry_unless_done(
                vsphere.count_retry,
                lambda: vsphere.notify_services(host),
                lambda: shows(vsphere.endpoints, host, HTTPS_PORT, wanted) is True,
                deadline,
                lambda: vsphere.nothing_runs_on(host),
            )
        except CertopsError as error:
            notes.append(str(error))
    # What a provider has of its own does not change with the host's.
    judged = (HTTPS_PORT,) if host.own_provider_certificate is True else (HTTPS_PORT, IOFILTER_PORT)
    waited_for = judged if can_notify and not notes else (HTTPS_PORT,)
    asked: dict[int, Optional[bool]] = {}

    def all_show_it() -> Optional[bool]:
        asked.update({port: shows(vsphere.endpoints, host, port, wanted) for port in judged})
        return True if all(asked[port] is not False for port in waited_for) else None

    try:
        wait_until(all_show_it, Deadline(min(TAKEN_UP_SECONDS, deadline.left_seconds), vsphere.clock))
    except DeadlineExceeded:
        pass
    return ActivationResult(asked[HTTPS_PORT], (*notes, *_notices(asked)))


def shows(endpoints: Endpoints, host: EsxiHost, port: int, wanted: Certificate) -> Optional[bool]:
    """Whether a host shows a certificate on a port; None where the port cannot be asked from here."""
    try:
        return shown_by(endpoints, list(dict.fromkeys([host.name, *host.addresses[:1]])), port).same_as(wanted)
    except EndpointError:
        return None


def _notices(asked: Mapping[int, Optional[bool]]) -> list[str]:
    notices = {False: notice.SERVES_THE_OLD, None: notice.NOT_ASKED}
    return [notices[answer].of(port=port) for port, answer in asked.items() if answer is not True]
