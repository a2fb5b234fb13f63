# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page as a text: whole, closed against whatever a host is called, and with all that the report has. A browser tries it elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.printable import printable
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_page import Template, to_page
from ansible_collections.certops.vsphere.plugins.plugin_utils._page.page_template import read
from ansible_collections.certops.vsphere.tests.unit.estates import NOW
from ansible_collections.certops.vsphere.tests.unit.fleets import HOSTILE, every_result, hostile, own, report

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def page(document: dict[str, Any]) -> str:
    """The file."""
    return to_page(document, read())


def data(document: dict[str, Any]) -> dict[str, Any]:
    """What the page's script reads."""
    [found] = DATA.findall(page(document))
    return dict(json.loads(found))


def host(name: str) -> dict[str, Any]:
    """One of the hosts of the document with every result."""
    return next(one for one in data(every_result())["hosts"] if one["esxi_host"] == name)


def test_every_part_is_in_its_place() -> None:
    template = Template("<!--policy-->|<!--style-->|<!--data-->|<!--script-->", "a{}", "b()")
    parts = to_page(every_result(), template).split("|")
    assert (parts[1], parts[3]) == ("<style>a{}</style>", "<script>b()</script>")
    assert "default-src 'none'" in parts[0]
    assert "<!--policy-->" not in page(every_result())


def test_the_policy_allows_the_pages_own_script_and_style_and_nothing_else() -> None:
    text = page(hostile())
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert (directives["default-src"], directives["base-uri"], directives["form-action"]) == ("'none'",) * 3
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        [own] = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert directives[directive] == f"'sha256-{base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()}'"


def test_nothing_in_the_data_ends_the_script_that_they_are_in() -> None:
    [found] = DATA.findall(page(hostile()))
    assert not set("<>&\u2028\u2029") & set(found)
    assert found.isascii()
    assert page(hostile()).count("</script>") == 2
    assert {one["esxi_host"] for one in data(hostile())["hosts"]} == {printable(name) for name in HOSTILE}


def test_the_page_asks_for_nothing_from_anywhere() -> None:
    template = read()
    assert not re.findall(r"https?:|//[a-z]|@import|url\(|\bsrc=|\bhref=\"[^#]", template.html + template.style)
    without = template.script.replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?:|fetch|XMLHttpRequest|import\(|innerHTML|outerHTML|insertAdjacent|document\.write|eval", without)


def test_what_is_kept_back_is_marked() -> None:
    assert sorted(one["esxi_host"] for one in data(every_result())["hosts"] if one["kept_back"]) == ["not-begun", "unfinished"]


def test_a_certificate_that_all_three_show_is_there_once() -> None:
    failed = host("failed")
    assert [side for side, _problem in failed["sides"]] == [0, 0, 0]
    assert [len(failed["certificates"]), failed["before"]] == [1, None]
    assert [side for side, _problem in host("partly")["sides"]] == [0, 0, 1]
    assert [problem for _side, problem in host("ok")["sides"]] == [None, None, "SMS has no provider for it"]


def test_whose_provider_has_a_certificate_of_its_own_is_there() -> None:
    shown = data(fleet.build([report(own("own"))], {}, NOW))["hosts"][0]
    assert ([side for side, _problem in shown["sides"]], shown["own"]) == ([0, 1, 1], True)
    assert host("ok")["own"] is False


def test_what_was_before_a_run_is_there_where_it_was_something_else() -> None:
    document = every_result()
    first = document["vcenters"][0]["hosts"][0]
    sides = {**first["certificates"], "sms": {**first["certificates"]["sms"], "sha256_fingerprint": "AA"}}
    first["before"]["certificates"] = sides
    shown = data(document)["hosts"][0]
    assert [side for side, _problem in shown["before"]] == [0, 0, 1]
    assert shown["certificates"][1][1] == "AA"


def test_the_page_has_what_was_planned_done_and_refused() -> None:
    assert host("failed")["taken"] == [["renew", "failed", "It broke. Mend it."]]
    assert host("blocked")["blockers"][0][::2] == ["maintenance_mode", "Take it out of maintenance mode and run again."]
    assert (host("blocked")["due"], host("blocked")["steps"]) == (["renew", "reconnect", "reregister"], [])


@pytest.mark.parametrize(("place", "mode"), [(0, "run"), (1, "check")])
def test_the_page_has_its_vcenters(place: int, mode: str) -> None:
    vcenter = data(every_result())["vcenters"][place]
    assert vcenter["mode"] == mode
    assert data(hostile())["vcenters"][0]["mode"] == "audit"
    assert data(every_result())["unavailable"] == [
        {"vcenter": "vc-dead", "failure": "It does not answer.", "failure_code": "not_reached"}
    ]
    notes = data(every_result())["vcenters"][0]["notes"]
    assert notes[0].startswith("orphan: IOFILTER Provider")


def test_the_page_says_why_hosts_were_excluded_and_what_blocks_a_vcenter() -> None:
    document = every_result()
    document["vcenters"][0]["excluded"] = [{"esxi_host": "x", "reason": "y"}]
    document["vcenters"][0]["blockers"] = [{"code": "a", "message": "b", "remedy": "c", "steps": []}]
    vcenter = data(document)["vcenters"][0]
    assert "left alone: x, because y" in vcenter["notes"]
    assert vcenter["blockers"] == [["a", "b", "c"]]
