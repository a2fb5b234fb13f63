# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CLI step of an ESXi host"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import CertopsError, DeadlineExceeded
from .._esxi_shell.shell import CommandFailed

HOST_NAME_UNFIT = ErrorMessage(
    CertopsError,
    code="host_name_unfit",
    sentence="{esxi_host} was not touched, because {problem}, and a new certificate would carry that name",
    remedy="Name the host (esxcli system hostname set --fqdn=...), and run again.",
)
HOST_OF_ANOTHER_NAME = ErrorMessage(
    CertopsError,
    code="host_of_another_name",
    sentence="{esxi_host} was not touched, because the host at {address} goes by the name {configured_name}",
    remedy="Check the address of the host in the inventory, or its configured name.",
)
HOST_CLOCK_WRONG = ErrorMessage(
    CertopsError,
    code="host_clock_wrong",
    sentence=(
        "{esxi_host} was not touched, because its clock is {seconds:.0f} seconds {ahead_or_behind} this controller's, and its new"
        " certificate would be dated by it"
    ),
    remedy="Bring both to the same NTP source.",
)
GENERATED_CERTIFICATE_UNSOUND = ErrorMessage(
    CertopsError,
    code="generated_certificate_unsound",
    sentence="The new certificate of {esxi_host} is not sound: {problems}",
    remedy="Look at the host's name, clock and disk, and at what /sbin/generate-certificates prints there.",
)
RESTORED_PAIR_DIFFERS = ErrorMessage(
    CommandFailed,
    code="restored_pair_differs",
    sentence="The certificate and key that were put back on {esxi_host} are not those that were there before",
    remedy="Compare it with the backup.",
)
NEW_PAIR_NOT_SEEN = ErrorMessage(
    DeadlineExceeded,
    code="new_pair_not_seen",
    sentence=(
        "The connection to {esxi_host} ended while its certificate was made; a whole new pair did not appear within"
        " {seconds:g} seconds"
    ),
    remedy="Look at the host: the connection to it is not stable.",
)
GENERATING_NOT_ENDED = ErrorMessage(
    DeadlineExceeded,
    code="generating_not_ended",
    sentence="/sbin/generate-certificates still runs on {esxi_host}, and did not end within {seconds:g} seconds",
    remedy="Wait for its end there.",
)
SHELL_NOT_BACK = ErrorMessage(
    DeadlineExceeded,
    code="shell_not_back",
    sentence="The connection to {esxi_host} was lost, and SSH did not work again within {seconds:g} seconds",
    remedy="Look at the host's console: whether it runs, and whether SSH is on.",
)
