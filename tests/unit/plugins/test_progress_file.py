# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module's side of progress: lines into a file that is there, and never a failure."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress, last
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Course, silent, to_file


def test_hosts_are_counted_and_the_others_reckoned(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    path.touch()
    course = Course(to_file(str(path)), "renew", 2)
    assert last(path.read_text(encoding="utf-8")) == Progress("renew", total=2)
    course.begun("a", "esx-a")
    course.begun("b", "esx-b")
    assert last(path.read_text(encoding="utf-8")) == Progress("renew", total=2, begun=("esx-b",))
    course.ended("a", failed=True, rounds_left=1)
    told = last(path.read_text(encoding="utf-8"))
    assert told is not None
    assert (told.done, told.failed, told.begun, told.ended) == (1, 1, (), ("esx-a",))
    assert told.seconds_left is not None
    course.ended("b", failed=False, rounds_left=0)
    told = last(path.read_text(encoding="utf-8"))
    assert told is not None
    assert (told.done, told.failed, told.seconds_left) == (2, 1, 0.0)


def test_a_file_that_is_not_there_or_is_a_link_is_not_written_to(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.touch()
    link.symlink_to(target)
    for path in (tmp_path / "missing", link, tmp_path):
        to_file(str(path))(Progress("renew"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "target"]
    assert target.read_text(encoding="utf-8") == ""
    assert to_file(None) is silent
    silent(Progress("renew"))
