# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make release, in a clone that is thrown away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import release
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
# Nothing of the settings of whoever runs the tests, such as the signing of commits.
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
GIT |= {f"GIT_{who}_{what}": "test@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *words: str) -> str:
    """Ask git."""
    return subprocess.run(["git", *words], cwd=folder, env={**os.environ, **GIT}, check=True, capture_output=True, text=True).stdout


def released(folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    """Release a version of a clone."""
    command = [sys.executable, str(folder / "scripts" / "release.py"), version]
    return subprocess.run(command, cwd=folder, env={**os.environ, **GIT}, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with what is in this one now, committed or not, and no changes."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone of a git repository")
    folder = tmp_path / "clone"
    for name in filter(None, git(ROOT, "ls-files", "-coz", "--exclude-standard").split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All of it")
    return folder


def test_a_release_is_one_command(clone: Path) -> None:
    done = released(clone, "7.0.0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert yaml.safe_load((clone / "galaxy.yml").read_text(encoding="utf-8"))["version"] == "7.0.0"
    assert "## v7\\.0\\.0\n" in (clone / "CHANGELOG.md").read_text(encoding="utf-8")
    with tarfile.open(clone / "certops-vsphere-7.0.0.tar.gz") as archive:
        assert "changelogs/changelog.yaml" in archive.getnames()
    assert (git(clone, "status", "--porcelain"), git(clone, "describe").strip()) == ("", "7.0.0")
    # The fragments were told of, and there is nothing more to tell.
    assert "there is no fragment" in released(clone, "7.0.1").stderr
    assert "7.0.0 was released already" in released(clone, "7.0.0").stderr


def test_a_tree_with_changes_is_not_released(clone: Path) -> None:
    (clone / "galaxy.yml").write_text((clone / "galaxy.yml").read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    (clone / "new.txt").touch()
    done = released(clone, "7.0.0")
    assert (done.returncode, "galaxy.yml" in done.stderr, "new.txt" in done.stderr) == (1, True, True)
    assert not list(clone.glob("*.tar.gz"))


def test_after_a_failure_everything_is_as_it_was(clone: Path) -> None:
    (clone / "changelogs" / "fragments" / "broken.yml").write_text("minor_changes: no list\n", encoding="utf-8")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "A fragment that cannot be read")
    before = git(clone, "rev-parse", "HEAD")
    done = released(clone, "7.0.0")
    assert (done.returncode, "antsibull-changelog release" in done.stderr) == (1, True), done.stdout + done.stderr
    assert (git(clone, "rev-parse", "HEAD"), git(clone, "status", "--porcelain"), git(clone, "tag")) == (before, "", "")


@pytest.mark.parametrize("version", ["1.2", "v1.2.3", "1.2.3 ", "", "1.2.3+1; true"])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match="is no version"):
        release.numbers(version)


def test_versions_are_compared_by_their_numbers() -> None:
    assert release.numbers("1.10.0") > release.numbers("1.9.9") > release.numbers("1.9.9-rc1")
