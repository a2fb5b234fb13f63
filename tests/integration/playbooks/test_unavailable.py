# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vCenter that shows its hosts and next to nothing else: an audit of it says that it does not know, and does not end well."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from player import play
from vsphere_sim.testing import estate
from written_reports import written

HOST = {"version": "8.0.3", "certificate": {"days_left": 900}, "provider": {}, "reachable": False}
SCENARIO = {
    "vcenters": [
        {
            "name": "vc01",
            "clusters": [
                {"name": "cluster-a", "hosts": [dict(HOST) for _number in range(9)]},
                {"name": "edge", "standalone": True, "hosts": [{**HOST, "provider": None, "reachable": True}]},
            ],
        }
    ],
    "faults": [
        {"match": {"protocol": "sms"}, "effect": {"http_status": 404}},
        {"match": {"protocol": "rest"}, "effect": {"http_status": 403}},
        {"match": {"protocol": "vim", "method": "QueryOptions"}, "effect": {"fault": "vim.fault.InvalidName"}},
    ],
}


def test_an_audit_says_what_it_could_not_see_to_be_sound(tmp_path: Path) -> None:
    with estate(tmp_path / "estate", scenario=SCENARIO, speed=100) as running:
        played = play(running, tmp_path, playbook="audit.yml", protection=None)
    [report] = written(tmp_path)["vcenters"]
    assert report["counts"] == {"unknown": 9, "ok": 1}
    assert report["blockers"] == [], "what only a run needs is no blocker of an audit"
    assert {one["why"] for one in report["hosts"] if one["result"] == "unknown"} == {"its provider could not be read"}
    assert "vc01 (127.18.0.1, audit): 9 unknown, 1 ok" in re.sub(r"127\.\d+\.0\.1", "127.18.0.1", played.printed)
    assert "none" not in played.printed[played.printed.index("ESXI HOST") : played.printed.index("note:")]
    assert "certops_fail_on=unknown found 9 unknown (" in played.printed
    assert played.returncode == 2
    folder = tmp_path / "report"
    assert 'certops_hosts{vcenter="vc01",state="unknown"} 9\n' in (folder / "certops.prom").read_text(encoding="utf-8")
    suites = ElementTree.parse(folder / "junit.xml").getroot()
    assert (suites.attrib["errors"], suites.attrib["tests"]) == ("9", "10")
