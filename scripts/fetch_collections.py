#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch the collections that some paths and tests need, without Galaxy.

The `ansible` package of the Python index carries them. Installing it takes half a gigabyte; the few that are
needed are taken out of its wheel instead, as a tree for ANSIBLE_COLLECTIONS_PATH.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Optional


def download(requirements: Path, folder: Path, python: Optional[str] = None) -> Path:
    """The wheel of the `ansible` package that fits this Python, or another one (3.12)."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--python-version", python] if python else []
    subprocess.run([*command, "--only-binary", ":all:", "--dest", str(folder), "--requirement", str(requirements)], check=True)
    return next(folder.glob("ansible-*.whl"))


def extract(wheel: Path, collections: list[str], folder: Path) -> None:
    """Write these collections, each anew, below folder/ansible_collections."""
    prefixes = tuple(f"ansible_collections/{name.replace('.', '/')}/" for name in collections)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        absent = [prefix for prefix in prefixes if f"{prefix}MANIFEST.json" not in names]
        if absent:
            sys.exit(f"{wheel.name} carries no {', '.join(absent)}")
        for prefix in prefixes:
            shutil.rmtree(folder / prefix, ignore_errors=True)
        archive.extractall(folder, [name for name in names if name.startswith(prefixes)])


def main() -> None:
    """Options in, a tree out."""
    parser = argparse.ArgumentParser(description="Fetch collections out of the wheel of the ansible package.")
    parser.add_argument("--requirements", type=Path, required=True, help="the file that says which ansible package")
    parser.add_argument("--dest", type=Path, required=True, help="where ansible_collections is made")
    parser.add_argument("--python-version", help="take the package that fits this Python, not the one that runs this")
    parser.add_argument("collections", nargs="+", metavar="NAMESPACE.NAME")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        extract(download(options.requirements, Path(folder), options.python_version), options.collections, options.dest)


if __name__ == "__main__":
    main()
