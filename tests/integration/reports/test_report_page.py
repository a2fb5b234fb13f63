# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page in a browser: it shows, sorts, filters and opens, by keyboard too, and a host's name does nothing, among 5,000 of them."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chromium
import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_page import to_page
from ansible_collections.certops.vsphere.plugins.plugin_utils._page.page_template import read
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, host
from ansible_collections.certops.vsphere.tests.unit.fleets import HOSTILE, every_result, hostile, report

ROOT = Path(__file__).resolve().parents[3]
# The rules of WCAG 2.2 AA as axe-core knows them; its licence (MPL-2.0) is not ours, so it is fetched and not kept.
AXE = "axe-core@4.14.1"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.skipif(chromium.program() is None, reason=chromium.MISSING)

MANY = 5000
# So many are shown at a time: what is drawn, and so what is waited for, does not grow with the fleet.
PAGE = 100

NAMES = "[...document.querySelectorAll('tr.host th')].map((cell) => cell.textContent)"
SORTED = "[...document.querySelectorAll('th[aria-sort]')].map((cell) => [cell.textContent, cell.getAttribute('aria-sort')])"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Page]:
    """A browser for all tests of this file."""
    with chromium.browser(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture
def shown(browser: chromium.Page, tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], chromium.Page]]:
    """Opens a document's page. Whatever is done with it then, nothing may have been logged, asked for, or popped up."""

    def show(document: dict[str, Any]) -> chromium.Page:
        path = tmp_path / "report.html"
        path.write_text(to_page(document, read()), encoding="utf-8", errors="backslashreplace")
        browser.size(1280, 900)
        browser.open(path)
        return browser

    yield show
    assert browser.vsphere_fault() == []


@pytest.fixture(scope="module")
def axe(run) -> str:
    """What checks a page for who cannot see it, or has no mouse."""
    kept = ROOT / ".cache" / AXE / "axe.min.js"
    if not kept.exists():
        if not shutil.which("npm"):
            pytest.skip("npm is not installed, from whose registry axe-core comes")
        kept.parent.mkdir(parents=True, exist_ok=True)
        run("npm", "pack", AXE, "--silent", "--pack-destination", kept.parent)
        with tarfile.open(next(kept.parent.glob("*.tgz"))) as archive:
            found = archive.extractfile("package/axe.min.js")
            assert found
            kept.write_bytes(found.read())
    return kept.read_text(encoding="utf-8")


def text(page: chromium.Page, selector: str) -> str:
    """What is to be read somewhere."""
    return str(page.run(f"document.querySelector({json.dumps(selector)}).innerText"))


def fill(page: chromium.Page, selector: str, value: str) -> None:
    """Put a value into a field, as typing it would."""
    page.run(
        f"(() => {{ const field = document.querySelector({json.dumps(selector)}); field.value = {json.dumps(value)};"
        " field.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )


def click(page: chromium.Page, selector: str, place: int = 0) -> None:
    """Press a button."""
    page.run(f"document.querySelectorAll({json.dumps(selector)})[{place}].click()")


def many() -> dict[str, Any]:
    """Five vCenters with a thousand hosts each."""
    hosts = [host(f"esx-{number:04}.example.com", ends=number % 900 - 20, cluster=f"c{number % 7}") for number in range(MANY // 5)]
    return fleet.build([report(*hosts, audit=True, inventory_name=f"vc-{number}") for number in range(5)], {}, NOW)


def test_it_shows_what_there_is(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    page = shown(every_result())
    assert text(page, "#headline") == (
        "1 vCenter could not be read, the run of 1 vCenter stopped, 1 host was renewed, 1 host failed, it is not known of 2 hosts whether"
        " all is well, 5 hosts have something to do, 2 hosts are blocked, 1 host in standby was passed over; 1 host needs nothing."
    )
    assert (
        text(page, "#subject") == "Run and check mode and audit · 13 hosts · 4 vCenters, 1 of them not read · 2026-03-01 02:00 UTC"
    )
    assert "vc-dead could not be read. It does not answer." in text(page, "#alerts")
    assert "vc-run stopped. failed broke." in text(page, "#alerts")
    assert page.run(NAMES) == [
        *(
            "failed",
            "unfinished",
            "not-begun",
            "unavailable",
            "odd",
            "blocked",
            "partly",
            "expiring",
            "due",
            "offline",
            "sleeper",
            "done",
            "ok",
        )
    ]
    labels = page.run("[...document.querySelectorAll('#timeline svg')].map((one) => one.getAttribute('aria-label'))")
    assert labels[1] == ("Certificates that SMS remembers: 1 expired, 7 end within 30 days, 7 within 90, 7 within a year, of 11.")
    assert labels[0].startswith("Certificates of hosts: 0 expired, 8 end within 30 days")


def test_it_sorts_both_ways_and_says_so(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    page = shown(every_result())
    assert page.run(SORTED) == [["Result", "ascending"]]
    click(page, "thead button", 0)
    assert page.run(NAMES) == sorted(page.run(NAMES))
    assert page.run(SORTED) == [["Host", "ascending"]]
    click(page, "thead button", 0)
    assert page.run(NAMES) == sorted(page.run(NAMES), reverse=True)
    assert page.run(SORTED) == [["Host", "descending"]]
    click(page, "thead button", 3)
    # What is not known comes first.
    assert page.run(NAMES)[0] == "unavailable"


def test_it_filters_and_searches_and_says_how_many_are_left(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    page = shown(every_result())
    assert text(page, "#count") == "13 hosts"
    fill(page, "#search", "MAINTENANCE  c1")
    assert page.run(NAMES) == ["blocked", "partly"]
    assert text(page, "#count") == "2 of 13 hosts"
    click(page, "[data-result='blocked']")
    assert page.run(NAMES) == ["blocked"]
    assert page.run("document.querySelector('[data-result=blocked]').getAttribute('aria-pressed')") == "true"
    click(page, "[data-result='blocked']")
    fill(page, "#search", "kept back")
    assert page.run(NAMES) == ["unfinished", "not-begun"]
    assert text(page, "[data-column=result] .aside") == "kept back"
    fill(page, "#search", "nothing is like that")
    assert text(page, "#empty") == "No host is like that."
    click(page, "#clear")
    page.run("new Promise((done) => setTimeout(done))")
    assert len(page.run(NAMES)) == 13
    fill(page, "#vcenter", "1")
    assert page.run(NAMES) == ["due", "offline"]
    fill(page, "#ends", "30")
    assert page.run(NAMES) == ["due"]
    fill(page, "#vcenter", "")
    fill(page, "#ends", "unknown")
    assert page.run(NAMES) == ["unavailable"]


def test_a_host_is_found_by_its_fingerprint(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    document = every_result()
    known = next(one for one in document["vcenters"][0]["hosts"] if one["esxi_host"] == "partly")["certificates"]
    page = shown(document)
    fill(page, "#search", known["sms"]["sha256_fingerprint"].lower())
    assert page.run(NAMES) == ["partly"]


def test_a_host_opens_by_keyboard_and_shows_three_certificates_and_why(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    page = shown(every_result())
    fill(page, "#search", "partly")
    page.run("document.querySelector('.open').focus()")
    page.key("Enter", 13)
    assert page.run("document.querySelector('.open').getAttribute('aria-expanded')") == "true"
    details = text(page, ".details")
    assert "The certificates differ." in details
    assert page.run("[...document.querySelectorAll('.details .side h3')].map((one) => one.textContent)") == [
        *("vCenter's record of the host", "Served on port 9080", "Remembered by SMS")
    ]
    assert "Take it out of maintenance mode and run again. (maintenance_mode)" in details
    assert page.run("[...document.querySelectorAll('.details ol li')].map((one) => one.textContent)") == [
        *("reregister: changed", "renew: forbidden", "reconnect: forbidden")
    ]
    fill(page, "#search", "unfinished")
    click(page, ".open", 0)
    assert page.run("[...document.querySelectorAll('.details ol li')].map((one) => one.textContent)") == [
        *("renew: changed", "reconnect: planned, not taken", "reregister: planned, not taken")
    ]
    fill(page, "#search", "partly")
    page.run("document.querySelector('.open').focus()")
    page.key("Enter", 13)
    assert page.run("document.querySelectorAll('.details').length") == 0


def test_focus_can_be_seen_and_every_field_has_a_name(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    page = shown(every_result())
    for _tab in range(3):
        page.key("Tab", 9)
        assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    unnamed = "[...document.querySelectorAll('input, select')].filter((field) => !field.labels.length).length"
    assert page.run(unnamed) == 0
    tree = page.ask("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in tree if not node.get("ignored")]
    assert {"table", "columnheader", "rowheader", "status", "search", "main", "navigation"} - set(roles) <= {"navigation"}
    buttons = [node["name"]["value"] for node in tree if node.get("role", {}).get("value") == "button" and not node.get("ignored")]
    assert all(buttons)


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("document", [every_result, hostile], ids=["results", "hostile"])
def test_nothing_stands_in_the_way_of_who_cannot_see_it(
    shown: Callable[[dict[str, Any]], chromium.Page], axe: str, document: Callable[[], dict[str, Any]], width: int
) -> None:
    page = shown(document())
    page.size(width, 900)
    page.run("[...document.querySelectorAll('.open')].forEach((button) => button.click())")
    page.run("[...document.querySelectorAll('details')].forEach((one) => { one.open = true; })")
    page.run(f"{axe}; 0")
    found = page.run(f"axe.run({{runOnly: {json.dumps(AXE_RULES)}}}).then((told) => [told.passes.length, told.violations])")
    assert found[0] > 40
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found[1]] == []


@pytest.mark.parametrize("width", [400, 1280])
def test_whatever_can_be_focused_can_be_seen(shown: Callable[[dict[str, Any]], chromium.Page], width: int) -> None:
    page = shown(every_result())
    page.size(width, 900)
    # What lies where it is: itself, or nothing where it is cut off.
    place = """(() => {
        const one = document.activeElement, box = one.getBoundingClientRect();
        const found = document.elementFromPoint(box.x + box.width / 2, Math.min(box.y + box.height / 2, innerHeight - 1));
        return [one === document.body ? "" : one.id || one.textContent, one.contains(found)];
    })()"""
    stops = []
    # From the first one round to it again.
    while len(stops) < 2 or stops[-1] != stops[0]:
        page.key("Tab", 9)
        stops.append(page.run(place))
        assert len(stops) < 99
    assert {"Host", "Result", "failed", "search"} <= {name for name, _visible in stops}
    assert [name for name, visible in stops if name and not visible] == []


def test_a_narrow_window_sorts_by_touch(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    page = shown(every_result())
    page.size(400, 900)
    page.run("document.querySelector('#columns').scrollIntoView()")
    spot = "(() => { const box = document.querySelector('#columns button').getBoundingClientRect();"
    x, y, height = page.run(f"{spot} return [box.x + box.width / 2, box.y + box.height / 2, box.height]; }})()")
    assert height >= 24
    page.run("window.tapped = new Promise((done) => addEventListener('click', () => setTimeout(done), {once: true})); 0")
    page.ask("Emulation.setTouchEmulationEnabled", enabled=True)
    page.ask("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
    page.ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    page.run("window.tapped")
    page.ask("Emulation.setTouchEmulationEnabled", enabled=False)
    assert page.run(SORTED) == [["Host", "ascending"]]
    assert page.run(NAMES) == sorted(page.run(NAMES))


def test_every_month_can_be_read_without_a_pointer_and_chosen(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    page = shown(every_result())
    page.run("document.querySelector('#months summary').focus()")
    page.key("Enter", 13)
    hosts, remembered = (
        page.run(
            f"[...document.querySelectorAll('#months table')[{place}].rows].map((row) => [...row.cells].map((cell) => cell.innerText))"
        )
        for place in (0, 1)
    )
    assert hosts[0] == ["Year", *["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], "All"]
    assert hosts[1:] == [["2026", "", "", "8", *[""] * 9, "8"], ["2027", "", "", "", "4", *[""] * 8, "4"]]
    assert remembered[1][:4] == ["2026", "", "1", "7"]
    assert page.run("[...document.querySelectorAll('#ends optgroup option')].map((one) => one.value)") == ["2026-03", "2027-04"]
    fill(page, "#ends", "2027-04")
    assert page.run(NAMES) == ["odd", "offline", "sleeper", "ok"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(shown: Callable[[dict[str, Any]], chromium.Page], scheme: str) -> None:
    page = shown(every_result())
    page.scheme(scheme)
    for kind in ("--ink", "--quiet", "--broken", "--held", "--due", "--settled", "--link"):
        for paper in ("--paper", "--raised", "--hover"):
            colours = [
                page.run(f"getComputedStyle(document.documentElement).getPropertyValue('{name}').trim()") for name in (kind, paper)
            ]
            assert contrast(*colours) >= 4.5, (kind, paper, colours)


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, as WCAG 2 has it; 4.5 is what text needs."""
    lights = sorted((luminance(first), luminance(second)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    """How light a colour is, of 1."""
    parts = [int(part, 16) / 255 for part in re.findall("..", colour.removeprefix("#"))]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_hostile_name_is_text_and_nothing_else(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    page = shown(hostile())
    names = set(page.run(NAMES))
    # Line ends are what a reader of HTML makes of them.
    assert {name for name in HOSTILE if name.isprintable()} <= names
    for place in range(len(HOSTILE)):
        click(page, ".open", place)
    assert page.run("document.querySelectorAll('img, iframe, object, form:not(#tools)').length") == 0
    assert page.run("document.querySelectorAll('script').length") == 2


def test_the_policy_keeps_out_a_script_that_got_in_all_the_same(browser: chromium.Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(to_page(hostile(), read()).replace("<main>", "<main><script>window.got = 'in'</script>"), encoding="utf-8")
    browser.open(path)
    browser.run(
        "document.body.append(Object.assign(document.createElement('div'), {innerHTML: '<img src=x onerror=\"window.got=1\">'}))"
    )
    browser.run("new Promise((done) => setTimeout(done, 100))")
    assert browser.run("window.got === undefined")
    assert any("Content Security Policy" in line for line in browser.vsphere_fault())


def test_of_thousands_of_hosts_one_page_is_drawn_whatever_is_asked_for(
    shown: Callable[[dict[str, Any]], chromium.Page],
) -> None:
    page = shown(many())
    assert text(page, "#count") == "5,000 hosts"
    assert len(page.run(NAMES)) == PAGE
    for word in ("esx-0", "c3", "expired", "esx-0999.example", ""):
        page.run(
            f"(() => {{ const field = document.querySelector('#search'); field.value = '{word}';"
            " field.dispatchEvent(new Event('input', {bubbles: true})); })()"
        )
        assert 0 < len(page.run(NAMES)) <= PAGE, word
    for place in range(len(page.run("[...document.querySelectorAll('thead button')].map(() => 1)"))):
        click(page, "thead button", place)
        assert len(page.run(NAMES)) == PAGE
    click(page, "#next")
    assert text(page, "#page") == "Page 2 of 50"
    assert page.run("document.activeElement.id") == "hosts-heading"


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_nothing_is_wider_than_the_window(shown: Callable[[dict[str, Any]], chromium.Page], width: int) -> None:
    page = shown(every_result())
    page.size(width, 800)
    click(page, ".open", 0)
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_paper_has_every_host(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    page = shown(many())
    page.run("addEventListener('beforeprint', () => { window.printed = document.querySelectorAll('tr.host').length; })")
    fill(page, "#search", "vc-1")
    assert page.paper().startswith(b"%PDF")
    assert page.run("window.printed") == MANY // 5
    assert len(page.run(NAMES)) == 100


def test_paper_has_the_months_and_three_certificates_side_by_side(shown: Callable[[dict[str, Any]], chromium.Page]) -> None:
    page = shown(every_result())
    click(page, ".open", 0)
    # Chromium paints no button of a header that it repeats on each sheet.
    look = (
        "window.printed = [document.querySelector('#months').open, document.querySelector('#timeline svg').viewBox.baseVal.width]"
    )
    page.run(f"addEventListener('beforeprint', () => {{ {look}; }})")
    page.paper()
    assert page.run("window.printed") == [True, 688]
    assert page.run("document.querySelector('#months').open") is False
    page.ask("Emulation.setEmulatedMedia", media="print")
    page.size(688, 900)
    tops = page.run("[...document.querySelectorAll('.details .side')].map((one) => one.getBoundingClientRect().top)")
    assert len(tops) == 3
    assert len(set(tops)) == 1
    assert page.run("getComputedStyle(document.querySelector('#columns button')).display") == "none"
    hidden = "[...document.querySelectorAll('#columns th')].filter((one) => getComputedStyle(one).display === 'none').length"
    assert page.run(hidden) == 0, "paper has all columns"
    assert page.run("document.documentElement.scrollWidth") <= 688
    assert page.run("getComputedStyle(document.querySelector('#columns th'), '::before').content") == '"Host"'
    page.ask("Emulation.setEmulatedMedia", media="")
