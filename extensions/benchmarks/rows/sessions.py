# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether every session that is opened is closed: in runs that succeed, and in runs in which a call goes wrong."""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from vsphere_sim.testing import RunningEstate, estate

from ..accounting import run
from ..commands import ROOT, account, environment
from ..row import Row
from ..sizes import Sizes

HOSTS = 3
MODULES = ("cert_expiry_facts", "esxi_cert_regenerate", "esxi_reconnect", "vasa_provider_reregister")
# Calls that go wrong, each in its own runs: in passing, for good, and with the answer lost.
FAULTS: tuple[dict[str, Any], ...] = (
    {"match": {"method": "RetrievePropertiesEx"}, "effect": {"fault": "vmodl.fault.SystemError"}},
    {"match": {"method": "QueryOptions"}, "effect": {"fault": "vmodl.fault.InvalidArgument"}},
    {"match": {"method": "CreateContainerView"}, "effect": {"fault": "vim.fault.NoPermission"}},
    {"match": {"method": "QueryProviderInfo"}, "effect": {"fault": "sms.fault.QueryExecutionFault"}},
    {"match": {"method": "QueryProvider"}, "effect": {"fault": "sms.fault.ProviderUnavailable"}},
    {"match": {"method": "GET /api/*"}, "effect": {"http_status": 500}},
    {"match": {"method": "POST /api/session"}, "effect": {"http_status": 401}},
    {"match": {"method": "CurrentTime"}, "effect": {"drop": "after"}},
)


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """Half of the runs with nothing wrong, the others with each fault in turn; and at the end nobody is logged in."""
    counts: Counter[str] = Counter()
    runs = 0
    share = sizes.session_runs // (2 * len(FAULTS))
    with estate(folder, hosts=HOSTS, healthy=True, speed=100, own_process=True) as running:
        undisturbed = sizes.session_runs - share * len(FAULTS)
        clean = _run(running, folder, undisturbed)
        counts += clean
        runs += undisturbed
        for rule in FAULTS:
            running.fault(rule)
            counts += _run(running, folder, share)
            running.clear_faults()
            runs += share
        open_sessions = sum(one["sessions"] + one["rest_sessions"] for one in running.state()["vcenters"])
    once = clean["Login"] == undisturbed and clean["POST /api/session"] <= undisturbed
    closed = counts["Login"] == counts["Logout"] and counts["POST /api/session"] == counts["DELETE /api/session"]
    told = (
        f"{counts['Login']} logins and {counts['Logout']} logouts of vim, {counts['POST /api/session']} and "
        f"{counts['DELETE /api/session']} of REST; {open_sessions} left open"
    )
    how = f"{runs} module runs, {runs - undisturbed} of them with a call that fails"
    target = "one login a module call, always logged out, none leaks"
    return [Row("sessions", how, target, told, once and closed and open_sessions == 0)]


def _run(running: RunningEstate, folder: Path, runs: int) -> Counter[str]:
    """The sessions that so many runs opened and closed, by the journal."""
    since = max((call["seq"] for call in running.journal()), default=0)
    chance = random.Random(runs)
    options = {**account(running, running.vcenters[0], True), "_ansible_check_mode": True}
    names = [chance.choice(MODULES) for _run in range(runs)]
    every = {name: {} if name == "cert_expiry_facts" else {"esxi_hosts": ["*"]} for name in MODULES}
    given = folder / "runs.json"
    given.write_text(json.dumps([[name, {**options, **every[name]}] for name in names]), encoding="utf-8")
    paths = [ROOT / "extensions", ROOT / "playbooks" / "collections"]
    where = {**environment(running), "PYTHONPATH": os.pathsep.join(map(str, paths))}
    run([sys.executable, "-m", "benchmarks.rows.session_runs", str(given)], ROOT, where).check()
    done = [call for call in running.journal(since) if call["outcome"] in ("ok", "200", "201", "204")]
    return Counter(call["method"] for call in done)
