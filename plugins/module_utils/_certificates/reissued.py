# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate that vCenter has on record after a reconnect is one that VMCA issued meanwhile.

The 6.7 and 7.0 guides have a reconnect in mode vmca renew what ends soon, that of 8.0 each time; both are taken.
"""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Sequence

from . import trust
from .certificate import Certificate


def not_reissued(
    recorded: Certificate,
    *,
    expected: Optional[Certificate],
    vmca_root: Certificate,
    host_names: Sequence[str],
    now: datetime,
) -> list[str]:
    """Why it is not: each reason in words; nothing where VMCA issued it, it is sound, and no older than the one that was expected.

    expected: None where no more than its thumbprint is known. Of another issuer's it cannot be said which is newer: VMCA dates its own back.
    Needs the certificates' der.
    """
    root = [vmca_root]
    if trust.issuer_of(recorded, root) is None:
        return [f"VMCA did not issue it ({recorded.issuer})"]
    problems = trust.soundness(recorded, host_names=host_names, now=now)
    if expected is not None and trust.issuer_of(expected, root) is not None and recorded.not_before < expected.not_before:
        problems.append("it is older than the one that was expected")
    return problems
