# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""generate-certificates and auto-backup.sh."""

from __future__ import annotations

from datetime import timedelta

from ...pki.authority import made_by_host
from ...pki.keys import fresh_key
from .invocation import Answer, Invocation

VALID_DAYS = 4000
BACKUP_SECONDS = 2.0


def generate_certificates(call: Invocation) -> Answer:
    """A pair over what is there, for the name that the host was given, signed by a CA that is thrown away."""
    name, now = call.host.configured_name, call.now()
    certificate = made_by_host(
        name, [name], now - timedelta(hours=1), now + timedelta(days=VALID_DAYS), fresh_key(), throw_away=fresh_key()
    )
    try:
        call.files.overwrite_pair(certificate)
    except OSError as error:
        return Answer(1, error=f"generate-certificates: cannot write /etc/vmware/ssl: {error.strerror}\n")
    return Answer()


def auto_backup(call: Invocation) -> Answer:
    """Save /etc, which otherwise a reboot would lose."""
    call.rest(BACKUP_SECONDS)
    try:
        call.files.back_up()
    except OSError as error:
        return Answer(1, error=f"auto-backup.sh: cannot write /bootbank/state.tgz: {error.strerror}\n")
    return Answer(output="Saving current state in /bootbank\n")
