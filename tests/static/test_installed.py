# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The installed collection as others see it: with the collections that it can use beside it, its pages, and Galaxy's checks.

tests/integration/environments/test_versions.py runs its playbooks.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import shutil
import sys
import tarfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.tests.unit import fleets
from ansible_collections.certops.vsphere.tests.unit.estates import host

ROOT = Path(__file__).resolve().parent.parent.parent
DEPENDENCIES = ROOT / ".collections"
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
# Where it will be published is not decided, and Galaxy wants to know: all else it has to say of the archive is heard.
REPOSITORY = "https://example.com/certops.vsphere"


@pytest.fixture
def clean(bare: dict[str, str], installed: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has just installed it, and the collections that it can make use of."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    return {
        **bare,
        "HOME": str(tmp_path / "home"),
        "ANSIBLE_HOME": str(tmp_path / "home" / ".ansible"),
        "ANSIBLE_COLLECTIONS_PATH": f"{installed}{os.pathsep}{DEPENDENCIES}",
        "PYTHONPATH": "",
    }


def test_the_collections_that_it_can_use_stand_beside_it(run, clean: dict[str, str], tmp_path: Path) -> None:
    if not DEPENDENCIES.exists():
        pytest.skip("make test fetches them")
    shown = run("ansible-galaxy", "collection", "list", "--format", "json", cwd=tmp_path / "work", env=clean)
    found = {name for collections in json.loads(shown[shown.index("{") :]).values() for name in collections}
    assert {"certops.vsphere", "community.vmware", "vmware.vmware"} <= found


def test_it_is_installed_as_the_guide_has_it(run, tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone of a git repository")
    guide = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
    [command] = re.findall(r"^(ansible-galaxy collection install git\+file:///path/to/clone)\b", guide, re.MULTILINE)
    home = tmp_path / "home"
    home.mkdir()
    unset = ("ANSIBLE_CONFIG", "ANSIBLE_HOME", "ANSIBLE_COLLECTIONS_PATH")
    words = [word for name in unset for word in ("-u", name)]
    run("env", *words, "sh", "-ec", command.replace("/path/to/clone", str(ROOT)), cwd=tmp_path, env={"HOME": str(home)})
    assert (home / ".ansible" / "collections" / "ansible_collections" / "certops" / "vsphere" / "MANIFEST.json").is_file()


@pytest.fixture
def beside_the_playbooks(installed: Path) -> Iterator[None]:
    """Variables of the vCenter that Ansible would read for any run of the collection's playbooks, and that outrank an inventory's."""
    folder = installed / "ansible_collections" / "certops" / "vsphere" / "playbooks" / "host_vars"
    folder.mkdir()
    elsewhere = {"ansible_host": "192.0.2.1", "certops_vcenter_hostname": "192.0.2.1", "certops_vcenter_proxy_host": "192.0.2.7"}
    (folder / "vc01.yml").write_text(json.dumps(elsewhere), encoding="utf-8")
    yield
    shutil.rmtree(folder)


@pytest.mark.usefixtures("beside_the_playbooks")
def test_it_rehearses_with_the_simulator_that_it_brings_and_nothing_else(run, clean: dict[str, str], tmp_path: Path) -> None:
    report = tmp_path / "work" / "report.json"
    made = fleet.build([fleets.report(host("esx01.example.com"), inventory_name="vc01")], {}, datetime.now(timezone.utc))
    report.write_text(json.dumps(made), encoding="utf-8")
    # The certificate of its host ended or lasts, by when this is read: it is renewed all the same.
    given = ["-e", f"certops_rehearse={report}", "-e", "certops_force=true"]
    printed = run("ansible-playbook", "certops.vsphere.rehearse", *given, cwd=tmp_path / "work", env=clean)
    assert "\nvc01: turn 1 of 4: renew esx01.example.com (canary), about 10 s\n" in printed
    assert "; SPS restarts once\n" in printed


def test_no_page_that_is_installed_links_to_what_is_not(installed: Path) -> None:
    folder = installed / "ansible_collections" / "certops" / "vsphere"
    pages = list(folder.rglob("*.md"))
    assert len(pages) > 15
    broken = [
        f"{page.relative_to(folder)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        # The page of errors is made by make docs.
        if Path(target).name != "errors.md" and not (page.parent / target).exists()
    ]
    assert broken == []


def test_galaxy_would_take_it(run, clean: dict[str, str], archive: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec("galaxy_importer") is None:
        pytest.skip("galaxy-importer is not installed beside this Python")
    settings = tmp_path / "importer.cfg"
    # ansible-lint has looked at all of it in a test of its own.
    settings.write_text("[galaxy-importer]\nRUN_ANSIBLE_LINT = False\nCHECK_CHANGELOG = True\n", encoding="utf-8")
    offered = tmp_path / "work" / archive.name
    with tarfile.open(archive) as built, tarfile.open(offered, "w:gz") as changed:
        for member in built:
            file = built.extractfile(member)
            data = file.read() if file else b""
            if member.name == "MANIFEST.json":
                manifest = json.loads(data)
                manifest["collection_info"]["repository"] = REPOSITORY
                data = json.dumps(manifest).encode()
                member.size = len(data)
            changed.addfile(member, io.BytesIO(data) if file else None)
    env = {**clean, "GALAXY_IMPORTER_CONFIG": str(settings)}
    printed = run(sys.executable, "-m", "galaxy_importer.main", offered, cwd=tmp_path / "work", env=env)
    assert "Importer processing completed successfully" in printed
    assert re.findall(r"^(?:WARNING|ERROR).*", printed, re.MULTILINE) == []
    found = json.loads((tmp_path / "work" / "importer_result.json").read_text(encoding="utf-8"))
    roles = {one["name"] for one in found["contents"] if one["content_type"] == "role"}
    assert roles == {path.name for path in (ROOT / "roles").iterdir()}
