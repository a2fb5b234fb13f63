# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-builder makes of the collection, and of the definition of an execution environment: without a network or a container engine."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path("extensions", "execution_environment")
DEFINITION = yaml.safe_load((ROOT / FOLDER / "execution-environment.yml").read_text(encoding="utf-8"))
REQUIRED = [
    line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
]


@pytest.fixture(scope="module")
def introspected(run, installed: Path) -> dict[str, Any]:
    """What ansible-builder finds in the installed collection, as it does while it builds an image."""
    shown = run("ansible-builder", "introspect", installed)
    found: dict[str, Any] = yaml.safe_load(shown[shown.index("---") :])
    return found


@pytest.fixture(scope="module")
def context(run, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an image is built from: the definition lies two folders below the archive, as in a clone after make build."""
    clone = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / FOLDER, clone / FOLDER)
    shutil.copy(archive, clone)
    made = clone / "context"
    definition = clone / FOLDER / "execution-environment.yml"
    run("ansible-builder", "create", "-f", definition, "-c", made, "--output-filename", "Containerfile", cwd=clone)
    return made


def test_the_collection_asks_for_its_python_packages_with_their_minimums(introspected: dict[str, Any]) -> None:
    found = {line.partition("#")[0].strip() for line in introspected["python"]}
    assert found == set(REQUIRED)
    assert all(re.fullmatch(r"[a-z]+>=[0-9.]+", line) for line in REQUIRED)
    assert all(line.endswith("# from collection certops.vsphere") for line in introspected["python"])


def test_the_collection_asks_for_ssh_by_the_name_of_each_kind_of_linux(introspected: dict[str, Any]) -> None:
    found = {line.partition("#")[0].strip() for line in introspected["system"]}
    assert found == {"openssh-clients [platform:rpm]", "openssh-client [platform:dpkg]"}


def test_the_definition_becomes_what_an_image_is_built_from(context: Path, archive: Path) -> None:
    recipe = (context / "Containerfile").read_text(encoding="utf-8")
    assert f'EE_BASE_IMAGE="{DEFINITION["images"]["base_image"]["name"]}"' in recipe
    assert "ansible-galaxy collection install" in recipe
    assert "introspect.py" in recipe
    assert (context / "_build" / "collections" / archive.name).read_bytes() == archive.read_bytes()


def test_the_image_gets_the_collection_and_the_minimums_of_those_beside_it(context: Path, archive: Path) -> None:
    wanted = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert wanted == DEFINITION["dependencies"]["galaxy"]["collections"]
    assert wanted[0] == {"name": f"collections/{archive.name}", "type": "file"}
    assert {one["name"]: one["version"] for one in wanted[1:]} == {
        "community.crypto": ">=2.0.0",
        "vmware.vmware": ">=2.0.0",
    }


def test_the_oldest_ansible_core_in_it_is_the_oldest_that_the_collection_takes() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    oldest = DEFINITION["dependencies"]["ansible_core"]["package_pip"].partition(">=")[2]
    assert runtime["requires_ansible"] == f">={oldest}.0"
