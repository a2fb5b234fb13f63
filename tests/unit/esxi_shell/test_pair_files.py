# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's key is readable for nobody whom its owner did not let read it: in its backup, and when it is a new one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell import pair_files
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import CommandFailed
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate_on_host import Order, _Regeneration
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW
from ansible_collections.certops.vsphere.tests.unit.esxi_shell.local_shell import LocalShell
from ansible_collections.certops.vsphere.tests.unit.fake_clock import FakeClock
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate


def mode(path: Path) -> int:
    """A file's permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The host's folder, with a key that only its owner reads and a certificate."""
    for name, bits in (("rui.key", 0o400), ("rui.crt", 0o644)):
        (tmp_path / name).write_text(f"{name} of before\n", encoding="ascii")
        (tmp_path / name).chmod(bits)
    return tmp_path


def test_nobody_else_may_look_into_a_backup(folder: Path) -> None:
    made = Path(pair_files.back_up(LocalShell(folder), NOW).replace(pair_files.FOLDER, str(folder)))
    assert mode(made) == 0o700
    assert {path.name: mode(path) for path in made.iterdir()} == {"rui.key": 0o400, "rui.crt": 0o644}
    assert (made / "rui.key").read_text(encoding="ascii") == "rui.key of before\n"


def test_an_older_backup_is_excluded(folder: Path) -> None:
    shell = LocalShell(folder)
    first, second = pair_files.back_up(shell, NOW), pair_files.back_up(shell, NOW)
    assert second == f"{first}-2"


def test_a_backup_that_differs_is_none(folder: Path) -> None:
    class Losing(LocalShell):
        def run(self, command: str, seconds: float) -> pair_files.Output:  # type: ignore[name-defined]
            return super().run(command.replace("cp -p $f", "cp -p /dev/null"), seconds)

    with pytest.raises(CommandFailed, match="Backing up the certificate and key"):
        pair_files.back_up(Losing(folder), NOW)
    assert sorted(path.name for path in folder.iterdir()) == ["rui.crt", "rui.key"]


@pytest.mark.parametrize(("before", "after"), [(0o400, 0o400), (0o600, 0o600), (None, 0o600)])
def test_a_new_key_is_open_to_no_more_than_the_old_one(folder: Path, before: int, after: int) -> None:
    shell = LocalShell(folder)
    # As generate-certificates may leave it.
    (folder / "rui.key").chmod(0o644)
    order = Order("esx01", renew_before_days=60, force=False, reload="agents", timeout_seconds=60, check_mode=False)
    _Regeneration(shell, order, None, FakeEstate(), FakeClock())._keep_mode(before)
    assert mode(folder / "rui.key") == after
    assert pair_files.key_mode(shell) == after


def test_a_mode_that_is_right_is_not_set_again(folder: Path) -> None:
    shell = LocalShell(folder)
    order = Order("esx01", renew_before_days=60, force=False, reload="agents", timeout_seconds=60, check_mode=False)
    _Regeneration(shell, order, None, FakeEstate(), FakeClock())._keep_mode(0o400)
    assert not any("chmod" in line for line in shell.lines)
