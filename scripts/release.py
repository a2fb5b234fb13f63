#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Release a version: release.py VERSION. The changelog, galaxy.yml, the archive, a commit and a tag; nothing leaves this machine.

It begins with a tree that has no changes, so that after a failure everything is put back as it was.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path.cwd()
GALAXY = ROOT / "galaxy.yml"
FRAGMENTS = ROOT / "changelogs" / "fragments"
CHANGELOG = ROOT / "changelogs" / "changelog.yaml"
# Three numbers, and perhaps what kind of a pre-release it is: https://semver.org
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?")


def run(*command: str) -> str:
    """Run a program, those beside this Python first. Raises CalledProcessError; its output is in it."""
    path = os.pathsep.join([str(Path(sys.prefix, "bin")), os.environ.get("PATH", os.defpath)])
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PATH": path}, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ).stdout


def numbers(version: str) -> tuple[int, int, int, bool]:
    """A version as it is compared; a pre-release comes before its release. Raises ValueError."""
    found = VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"{version} is no version, such as 1.2.3")
    major, minor, patch, kind = found.groups()
    return int(major), int(minor), int(patch), kind is None


def refusal(version: str) -> str | None:
    """Why this version can't be released from this tree; None where it can."""
    try:
        wanted = numbers(version)
    except ValueError as error:
        return str(error)
    changes = run("git", "status", "--porcelain")
    if changes:
        return f"the tree has changes; commit them, or put them away:\n{changes.rstrip()}"
    released = (yaml.safe_load(CHANGELOG.read_text(encoding="utf-8")) or {}).get("releases", {}) if CHANGELOG.exists() else {}
    if version in released or run("git", "tag", "--list", version):
        return f"{version} was released already"
    newest = max(released, key=numbers, default=None)
    if newest is not None and wanted < numbers(newest):
        return f"{version} is older than {newest}, which was released already"
    if not any(FRAGMENTS.glob("*.yml")):
        return "there is no fragment in changelogs/fragments, so nothing to tell of it"
    return None


def release(version: str) -> Path:
    """Make the release, and give its archive. Raises CalledProcessError."""
    text = GALAXY.read_text(encoding="utf-8")
    GALAXY.write_text(re.sub(r"(?m)^version: .*$", f"version: {version}", text, count=1), encoding="utf-8")
    run("antsibull-changelog", "release", "--version", version)
    run("git", "add", "--all", "galaxy.yml", "CHANGELOG.md", "changelogs")
    run("git", "commit", "--quiet", "--message", f"Release {version}")
    run("ansible-galaxy", "collection", "build", "--force")
    run("git", "tag", "--annotate", "--message", f"Release {version}", version)
    return next(ROOT.glob(f"*-{version}.tar.gz"))


def main() -> None:
    """A version in, an archive out."""
    parser = argparse.ArgumentParser(description="Release a version of the collection.")
    parser.add_argument("version", help="such as 1.2.3")
    version = parser.parse_args().version
    why_not = refusal(version)
    if why_not:
        sys.exit(f"Nothing was released: {why_not}")
    before = run("git", "rev-parse", "HEAD").strip()
    try:
        archive = release(version)
    except subprocess.CalledProcessError as error:
        # There was no change but those made here.
        run("git", "reset", "--quiet", "--hard", before)
        run("git", "clean", "--quiet", "--force", "changelogs")
        sys.exit(f"Nothing was released: {' '.join(map(str, error.cmd))} ended with {error.returncode}:\n{error.stdout}")
    print(f"{version} is committed, tagged and built as {archive.name}. Look at it, and push it: git push --follow-tags")


if __name__ == "__main__":
    main()
