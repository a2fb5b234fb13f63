# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collections that are taken out of the wheel of the ansible package."""

from __future__ import annotations

import zipfile
from pathlib import Path

import fetch_collections
import pytest


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel that carries two collections."""
    path = tmp_path / "ansible-99.0.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("community/vmware", "community/general"):
            archive.writestr(f"ansible_collections/{name}/MANIFEST.json", "{}")
            archive.writestr(f"ansible_collections/{name}/plugins/modules/one.py", name)
    return path


def files(folder: Path) -> list[str]:
    """The files below, as paths from it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_only_those_that_are_asked_for_are_taken(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    fetch_collections.extract(wheel, ["community.vmware"], folder)
    assert files(folder) == [
        "ansible_collections/community/vmware/MANIFEST.json",
        "ansible_collections/community/vmware/plugins/modules/one.py",
    ]


def test_what_was_there_of_another_version_goes(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    old = folder / "ansible_collections" / "community" / "vmware" / "old.py"
    old.parent.mkdir(parents=True)
    old.touch()
    fetch_collections.extract(wheel, ["community.vmware"], folder)
    assert not old.exists()


def test_one_that_is_not_carried_is_named(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="carries no ansible_collections/vmware/vmware/"):
        fetch_collections.extract(wheel, ["community.vmware", "vmware.vmware"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
