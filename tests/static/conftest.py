# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as users get it: built, and installed where there is no other."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Ansible finds nothing but what a test gives it: no settings, no collections of the user's or of the clone."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "ansible.cfg").touch()
    return {"ANSIBLE_CONFIG": str(folder / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(folder)}


@pytest.fixture(scope="session")
def installed(run, bare: dict[str, str], archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of collections with this one in it and no other."""
    folder = tmp_path_factory.mktemp("collections")
    run("ansible-galaxy", "collection", "install", "--offline", "--collections-path", folder, archive, env=bare)
    return folder
