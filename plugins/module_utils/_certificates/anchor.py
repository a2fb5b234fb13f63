# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trusted root that a certificate which somebody serves leads to."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Sequence

from .certificate import Certificate
from .issued_certificate import IssuedCertificate, path_to_root


def anchor_of(chain: Sequence[Certificate], roots: Sequence[Certificate], now: datetime) -> Optional[Certificate]:
    """The trusted root of a chain as it is served, the host's certificate first; None where it leads to none.

    Where several roots of the same name and key could have issued it, as after a root was renewed, one that is valid now goes first. CAs
    between the two count only where they are valid now. Needs the certificates' der.
    """
    leaf, *others = chain
    own = next((root for root in roots if root.same_as(leaf)), None)
    if own is not None:
        return own
    between = tuple(one for one in others if one.sound_at(now))
    valid = [root for root in roots if root.sound_at(now)]
    path = path_to_root(IssuedCertificate(leaf, between), valid) or path_to_root(IssuedCertificate(leaf, between), roots)
    return path[-1] if path else None
