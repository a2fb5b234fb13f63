# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The site of the documentation: it is made without a warning, shows no error, needs no other site, and its search finds what people look for."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import list_messages
import pytest
from sphinx.search.en import SearchEnglish

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def site(run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as it is read in a browser. A warning of Sphinx, such as a link that leads nowhere, ends its making."""
    folder = tmp_path_factory.mktemp("site")
    run(sys.executable, ROOT / "scripts" / "build_docs.py", "--dest", folder)
    return folder / "html"


def test_the_documentation_becomes_a_site_without_a_warning(site: Path) -> None:
    made = {str(path.relative_to(site)) for path in site.rglob("*.html")}
    wanted = {f"{path.stem}.html" for path in DOCS.rglob("*.md")}
    wanted |= {f"collection/{path.stem}_module.html" for path in (ROOT / "plugins" / "modules").glob("[!_]*.py")}
    wanted |= {f"collection/{path.name}_role.html" for path in (ROOT / "roles").iterdir()}
    assert wanted - made == set()


def test_the_site_needs_no_other_site(site: Path) -> None:
    loaded = re.compile(r"""<(?:script|img|iframe)[^>]+src=["'](https?:[^"']+)|<link[^>]+stylesheet[^>]+href=["'](https?:[^"']+)""")
    assert {found for path in site.rglob("*.html") for found in loaded.findall(path.read_text(encoding="utf-8"))} == set()


def test_no_page_of_the_site_shows_an_error(site: Path) -> None:
    # Messages of docutils, and what Furo paints red: a box of an error, and a table of contents within a page.
    faulty = re.compile(r'class="(?:[^"]* )?(?:system-message|problematic|error|contents)(?: [^"]*)?"')
    # Its page of the search has a box for whoever has no JavaScript.
    pages = [page for page in site.rglob("*.html") if page.name != "search.html"]
    assert len(pages) > 40
    assert [str(page.relative_to(site)) for page in pages if faulty.search(page.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("words", ["retry", "rollback", "exit code", "HA", "vSAN", "upgrade", "idempotent", "transient"])
def test_the_search_of_the_site_leads_to_troubleshooting(site: Path, words: str) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    found = json.loads(index[index.index("{") : index.rindex("}") + 1])
    stems = [SearchEnglish({}).stem(word) for word in words.split()]
    # A word of a page's headings is not told as one of its text; one page is a number, several are a list.
    hits = [[found[part].get(stem, []) for part in ("terms", "titleterms")] for stem in stems]
    numbers = [{number for hit in parts for number in ([hit] if isinstance(hit, int) else hit)} for parts in hits]
    assert "troubleshooting" in {found["docnames"][number] for number in set.intersection(*numbers)}


def test_the_page_of_errors_has_those_of_the_code(site: Path) -> None:
    shown = (site / "errors.html").read_text(encoding="utf-8")
    # One of each: an option, a fault that vSphere names, the end of a wait, a command of a host, a role's.
    for told in (
        "The policy is not a dictionary",
        "SSLVerifyFault",
        "but no new certificate appeared within",
        "failed: the host answered",
        "The inventory has no group vcenters",
        # A remark of a report, and a pattern of a log.
        "that decides nothing: &lt;status&gt;",
        "version_unread_unknown_ca",
    ):
        assert told in shown
    # Each error has a section that can be linked.
    codes = [message.code for subject in list_messages.subjects() for message in subject.messages]
    assert [code for code in codes if f'id="{code.replace("_", "-")}"' not in shown] == []
