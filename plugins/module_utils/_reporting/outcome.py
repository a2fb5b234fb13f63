# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job leaves of a vCenter for who comes after it (`set_stats`; AWX's artifacts): counts and a few names, and no report.

AWX lays the artifacts of several jobs over each other by their uppermost names only, and hands them to the next job of a workflow
as extra variables (`WorkflowJobNode.get_job_kwargs`). So each vCenter has a name of its own, which is none that the roles take.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Mapping, Optional

from . import report as words

SCHEMA_VERSION = 1
PREFIX = "certops_outcome_"
# A vCenter may have thousands of hosts; AWX keeps artifacts in a row of its database and shows them on a page.
MOST_NAMES = 20
LONGEST_NAME = 255
LONGEST_TEXT = 300
# Who sleeps is nobody's business until it wakes: how many do is in the counts.
GOOD = (words.OK, words.DONE, words.ASLEEP)


def variable(name: str) -> str:
    """The name of a vCenter's outcome: two vCenters of an inventory never share one, and Ansible takes it for a variable's.

    What is no letter or digit of ASCII becomes an underscore and its bytes in hexadecimal digits: vc-01 is vc_2d01.
    """
    return PREFIX + re.sub(r"[^A-Za-z0-9]", lambda found: "".join(f"_{byte:02x}" for byte in found[0].encode()), name)


def build(
    report: Mapping[str, Any], name: str, failure: Optional[str] = None, failure_code: Optional[str] = None
) -> dict[str, Any]:
    """The outcome of a vCenter, whose size has a bound whatever the number of hosts.

    report: what report.py built; empty where the vCenter could not even be read. name: the inventory's for the vCenter.
    failure, failure_code: why its run stopped, and the name of that error, where there is no report that says so.
    """
    hosts = report.get("hosts") or ()
    stopped = report.get("failure") or failure
    unsettled = [host["esxi_host"] for host in hosts if host["result"] not in GOOD]
    ends = [host["expires_at"] for host in hosts if host["expires_at"]]
    taken = Counter(step["step"] for host in hosts for step in host["step_results"] if step["status"] == "changed")
    return {
        "schema_version": SCHEMA_VERSION,
        "vcenter": _plain(name, LONGEST_NAME),
        "check_mode": bool(report.get("check_mode")),
        "audit": bool(report.get("audit")),
        "read": bool(report),
        "failure": _plain(str(stopped), LONGEST_TEXT) if stopped else None,
        "failure_code": report.get("failure_code") or (failure_code if stopped else None),
        "hosts": len(hosts),
        "counts": dict(sorted((report.get("counts") or {}).items())),
        # Of those hosts: who has something due that the vCenter, the account or the run left undone.
        "kept_back": sum(1 for host in hosts if host["kept_back"]),
        "steps": dict(sorted(taken.items())),
        "excluded": len(report.get("excluded") or ()),
        "orphans": len(report.get("orphans") or ()),
        "left_behind": len(report.get("left_behind") or ()),
        "blockers": sorted({str(blocker["code"]) for blocker in report.get("blockers") or ()}),
        "ends_first": min(ends) if ends else None,
        "unsettled": [_plain(name, LONGEST_NAME) for name in unsettled[:MOST_NAMES]],
    }


def _plain(text: str, longest: int) -> str:
    """Text that a later job can take for a template no more, and no longer than that."""
    kept = re.sub(r"[{}]", "", text)
    return kept if len(kept) <= longest else f"{kept[: longest - 3]}..."
