# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing into the report folder: whole files or none, for owner and group, and one sentence where it cannot be done."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.report_folder import (
    refuse_unwritable,
    vcenter_file,
    write,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.report_history import keep_older


def mode(path: Path) -> int:
    """The permissions of a path."""
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_files_are_for_owner_and_group(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    before = os.umask(0)
    try:
        write(folder, {"one.json": "1", "two.csv": "a\r\nb\r\n"})
    finally:
        os.umask(before)
    assert (mode(folder), mode(folder / "one.json")) == (0o750, 0o640)
    assert (folder / "two.csv").read_bytes() == b"a\r\nb\r\n"
    assert sorted(path.name for path in folder.iterdir()) == ["one.json", "two.csv"]


def test_a_folder_that_is_there_keeps_its_permissions_and_other_files(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "other").write_text("mine", encoding="utf-8")
    write(tmp_path, {"one": "1"})
    assert mode(tmp_path) == 0o755
    assert (tmp_path / "other").read_text(encoding="utf-8") == "mine"


def test_what_no_encoding_has_is_written_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, {"one": "a\udc80b"})
    assert (tmp_path / "one").read_text(encoding="utf-8") == "a\\udc80b"


def test_a_reader_never_has_half_of_a_file(tmp_path: Path) -> None:
    whole = {"x" * 200_000, "y" * 200_000}
    write(tmp_path, {"one": min(whole)})
    over, seen = threading.Event(), set()

    def read() -> None:
        while not over.is_set():
            seen.add((tmp_path / "one").read_text(encoding="utf-8"))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(40):
        write(tmp_path, {"one": sorted(whole)[number % 2]})
    over.set()
    reader.join()
    assert seen <= whole


def test_where_one_cannot_be_put_in_its_place_nothing_is_left_lying_about(tmp_path: Path) -> None:
    (tmp_path / "two" / "inside").mkdir(parents=True)
    with pytest.raises(InputError, match=r"The report cannot be written into .* \(Is a directory\)\. Give a folder"):
        write(tmp_path, {"two": "2"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["two"]


def test_a_full_disk_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"one": "old", "two": "old"})
    left = iter([None, OSError(28, "No space left on device")])

    def fsync(_descriptor: int) -> None:
        error = next(left)
        if error:
            raise error

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(InputError, match="No space left on device"):
        write(tmp_path, {"one": "new", "two": "new"})
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"one": "old", "two": "old"}


@pytest.mark.parametrize("path", ["file/below", "nul\0"])
def test_a_folder_that_cannot_be_is_told_in_one_sentence(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught:
        write(tmp_path / path, {"one": "1"})
    assert str(caught.value).count("\n") == 0
    assert "with certops_report_dir" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("vc-berlin", "vc-berlin.json"),
        ("2001:db8::1", "2001:db8::1.json"),
        ("report", "vcenter-report.json"),
        ("../../etc/x", "vcenter-.._.._etc_x.json"),
        (".", "vcenter-..json"),
        ("a/b\\c\0", "a_b_c_.json"),
    ],
)
def test_a_vcenters_file_is_in_the_folder_and_no_other_file(name: str, file: str) -> None:
    assert vcenter_file(name) == file


def test_a_folder_is_looked_at_before_anything_is_written(tmp_path: Path) -> None:
    refuse_unwritable(tmp_path)
    refuse_unwritable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "a"):
        with pytest.raises(InputError, match=r"cannot be written into .*file.* \(.*certops_report_dir"):
            refuse_unwritable(folder)


def history(folder: Path) -> dict[str, list[str]]:
    """What is kept of earlier reports: the files by the folders that they are in."""
    return {path.name: sorted(one.name for one in path.iterdir()) for path in sorted((folder / "history").iterdir())}


def written_at(folder: Path, moment: int, *names: str) -> None:
    """Write a report at a time, keeping the one before."""
    keep_older(folder, names, 3)
    write(folder, dict.fromkeys(names, str(moment)))
    for name in names:
        os.utime(folder / name, (moment, moment))


def test_the_newest_report_stays_where_it_is_and_older_ones_are_kept_by_their_time(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    for moment in (0, 86400, 86400, 86401):
        written_at(folder, moment, "report.json", "report.html")
    both = ["report.html", "report.json"]
    assert history(folder) == {"1970-01-01T000000Z": both, "1970-01-02T000000Z": both, "1970-01-02T000000Z-2": both}
    assert (folder / "report.json").read_text(encoding="utf-8") == "86401"
    assert (folder / "history" / "1970-01-01T000000Z" / "report.json").read_text(encoding="utf-8") == "0"
    assert mode(folder / "history") == 0o750
    # The oldest goes; what is called otherwise is somebody else's.
    (folder / "history" / "mine").mkdir()
    written_at(folder, 86402, "report.json")
    assert list(history(folder)) == ["1970-01-02T000000Z", "1970-01-02T000000Z-2", "1970-01-02T000001Z", "mine"]
    keep_older(folder, ["report.json"], 0)
    assert list(history(folder)) == ["mine"]
    assert (folder / "report.json").is_file()


def test_where_there_are_no_links_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_paths: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuses)
    for moment in (0, 1):
        written_at(tmp_path, moment, "report.json")
    assert (tmp_path / "history" / "1970-01-01T000000Z" / "report.json").read_text(encoding="utf-8") == "0"


def test_a_history_that_cannot_be_kept_is_told_in_one_sentence(tmp_path: Path) -> None:
    keep_older(tmp_path / "nowhere", ["report.json"], 3)
    write(tmp_path, {"report.json": "1"})
    (tmp_path / "history").write_text("a file", encoding="utf-8")
    with pytest.raises(InputError, match=r"The report cannot be written into .*history"):
        keep_older(tmp_path, ["report.json"], 3)
