# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a run was about a part of the estate only, because somebody chose so: a report of it says nothing of the rest."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .._common.notice import few

# What is to be spared is part of the whole; what was not named for once is not.
_SPARED = "certops_skip"


def partial(document: Mapping[str, Any]) -> Optional[str]:
    """What was left out, as a sentence; None where nothing was. document: as fleet.build makes it."""
    hosts = sum(1 for report in document["vcenters"] for one in report["excluded"] if not one["reason"].startswith(_SPARED))
    vcenters = document.get("left_out") or ()
    parts = [f"{hosts} {'host' if hosts == 1 else 'hosts'} of the vCenters that were read"] if hosts else []
    parts += (
        [f"{len(vcenters)} {'vCenter' if len(vcenters) == 1 else 'vCenters'} of the inventory ({few(vcenters)})"]
        if vcenters
        else []
    )
    if not parts:
        return None
    verb, them = ("was", "it") if hosts + len(vcenters) == 1 else ("were", "them")
    return f"{' and '.join(parts)} {verb} not part of this run: certops_hosts, the limit or the inventory leaves {them} out."
