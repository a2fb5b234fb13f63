# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files are read, and what becomes of those that are broken."""

from __future__ import annotations

import contextlib
import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._log_files import inflating, log_files, log_packing, read_logs
from ansible_collections.certops.vsphere.plugins.module_utils._log_files.log_files import find_logs
from ansible_collections.certops.vsphere.plugins.module_utils._log_files.read_logs import LogReading
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_findings import Findings
from ansible_collections.certops.vsphere.tests.unit.log_lines import legacy
from hypothesis import given
from hypothesis import strategies as st

TEXT = "".join(legacy(f"esx{number}", "unknown_ca(48)", number) + "\n" for number in range(20)).encode()


def read(*paths: Path) -> tuple[LogReading, Findings]:
    """What the logs of these paths tell."""
    findings = Findings()
    return read_logs.read_logs([str(path) for path in paths], findings), findings


def count(findings: Findings) -> int:
    """How many records count."""
    return sum(one.count for one in findings.sorted())


def refused(*paths: Path) -> str:
    """Why none of these could be read."""
    with pytest.raises(InputError) as caught:
        read(*paths)
    return str(caught.value)


def test_a_folder_is_read_oldest_first_gzipped_or_not(tmp_path: Path) -> None:
    for name in ("sps.log", "sps.log.2", "sps-runtime.log.stderr", "vpxd.log", "vpxd-3.log"):
        (tmp_path / name).write_bytes(TEXT)
    for name in ("sps.log.10.gz", "sps.log.9.gz", "sps.log.1", "vpxd-2.log.gz"):
        (tmp_path / name).write_bytes(gzip.compress(TEXT))
    for name in ("other.log", "vpxd-profiler-3.log", "vpxd-svcs.log", "mysps.log", "sps.conf"):
        (tmp_path / name).write_bytes(TEXT)
    reading, findings = read(tmp_path)
    names = [os.path.basename(file["path"]) for file in reading.files]
    assert [name for name in names if name.startswith("sps.")] == [
        "sps.log.10.gz",
        "sps.log.9.gz",
        "sps.log.2",
        "sps.log.1",
        "sps.log",
    ]
    assert sorted(name for name in names if not name.startswith("sps.")) == [
        "sps-runtime.log.stderr",
        "vpxd-2.log.gz",
        "vpxd-3.log",
        "vpxd.log",
    ]
    assert count(findings) == 9 * 20
    assert reading.unavailable == []
    assert {(file["bytes"], file["lines"], file["first_seen"], file["last_seen"]) for file in reading.files} == {
        (len(TEXT), 20, "2026-11-23T10:00:00Z", "2026-11-23T10:00:19Z")
    }


def test_the_logs_of_a_support_bundle_are_found(tmp_path: Path) -> None:
    bundle = tmp_path / "vc-vcsa-2026-11-23"
    for folder, name in (("vmware-sps", "sps.log"), ("vpxd", "vpxd-1.log"), ("vmware-sps", "vpxd.log"), ("else", "sps.log")):
        place = bundle / "var" / "log" / "vmware" / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(TEXT + name.encode())
    reading, _findings = read(tmp_path)
    assert [Path(file["path"]).relative_to(bundle / "var/log/vmware").as_posix() for file in reading.files] == [
        "vmware-sps/sps.log",
        "vpxd/vpxd-1.log",
    ]


def test_a_log_that_is_given_twice_is_read_once(tmp_path: Path) -> None:
    log = tmp_path / "sps.log"
    log.write_bytes(TEXT)
    (tmp_path / "sps.log.link").symlink_to(log)
    os.link(log, tmp_path / "sps.log.hard")
    reading, findings = read(tmp_path, log, log)
    assert (len(reading.files), count(findings)) == (1, 20)


def test_a_file_is_read_whatever_its_name_is(tmp_path: Path) -> None:
    (tmp_path / "copy.txt").write_bytes(gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]) + b"\0" * 512)
    reading, findings = read(tmp_path / "copy.txt")
    assert (reading.files[0]["bytes"], count(findings), reading.unavailable) == (len(TEXT), 20, [])


def test_of_a_truncated_gzip_what_is_there_counts_and_it_is_told(tmp_path: Path) -> None:
    # What cannot be packed, so that half of the file is more than its beginning.
    packed = gzip.compress(TEXT + os.urandom(100000))
    (tmp_path / "sps.log.1.gz").write_bytes(packed[: len(packed) // 2])
    reading, findings = read(tmp_path)
    assert count(findings) == 20
    [unavailable] = reading.unavailable
    assert unavailable["reason"].startswith("only its first ")
    assert unavailable["reason"].endswith("its gzip format is cut off")
    assert len(reading.files) == 1


def test_of_a_broken_gzip_what_was_read_counts(tmp_path: Path) -> None:
    (tmp_path / "sps.log.1.gz").write_bytes(gzip.compress(TEXT) + b"this is no gzip")
    reading, findings = read(tmp_path)
    assert count(findings) == 20
    assert "its gzip format is broken" in reading.unavailable[0]["reason"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("sps.log.1.gz", b"plain", "not in the format of gzip"),
        ("sps.log.1.gz", b"", "it is empty"),
        ("sps.log.1.gz", b"\x1f\x8b", "cut off"),
        ("sps.log.1.gz", b"\x1f\x8bxxxxxxxxxxxxxxx", "its gzip format is broken"),
        ("sps.log.1.bz2", b"BZh91AY&SY", "packed with bzip2"),
        ("sps.log.xz", b"\xfd7zXZ\x00", "packed with xz"),
        ("sps.log.zst", b"\x28\xb5\x2f\xfd", "packed with zstandard"),
    ],
)
def test_what_is_no_log_is_told_and_the_others_are_read(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "sps.log").write_bytes(TEXT)
    reading, findings = read(tmp_path)
    assert [(Path(entry["path"]).name, why in entry["reason"]) for entry in reading.unavailable] == [(name, True)]
    assert (len(reading.files), count(findings)) == (1, 20)
    assert why in refused(tmp_path / name)


def test_what_is_missing_or_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "sps.log")
    os.symlink("nowhere", tmp_path / "sps.log.1")
    (tmp_path / "empty").mkdir()
    message = refused(tmp_path, tmp_path / "missing", tmp_path / "empty", Path("a\0b"))
    for why in ("it is not a file", "no such file or directory", "holds no sps*.log*", "embedded null"):
        assert why in message
    assert message.startswith("No log could be read: ")
    assert "the option path is empty" in refused()


def test_an_empty_log_is_read(tmp_path: Path) -> None:
    (tmp_path / "sps.log").write_bytes(b"")
    reading, findings = read(tmp_path)
    assert (reading.files[0]["lines"], count(findings), reading.unavailable) == (0, 0, [])


def test_a_log_that_goes_away_while_others_are_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sps.log", "sps.log.1"):
        (tmp_path / name).write_bytes(TEXT)
    found = find_logs([str(tmp_path)])
    (tmp_path / "sps.log.1").unlink()
    monkeypatch.setattr(read_logs, "find_logs", lambda paths: found)
    reading, findings = read(tmp_path)
    assert [Path(entry["path"]).name for entry in reading.unavailable] == ["sps.log.1"]
    assert count(findings) == 20


def test_a_file_that_fails_or_shrinks_while_it_is_read_counts_as_far_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sps.log").write_bytes(TEXT)
    opened = read_logs._opened

    class Failing:
        def __init__(self, path: str) -> None:
            self.file, self.reads = opened(path), 0

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_error: object) -> None:
            self.file.close()

        def fileno(self) -> int:
            return self.file.fileno()

        def read(self, _size: int) -> bytes:
            self.reads += 1
            if self.reads > 1:
                raise OSError(5, "Input/output error")
            return self.file.read(len(TEXT) // 2)

    monkeypatch.setattr(read_logs, "_opened", Failing)
    reading, findings = read(tmp_path)
    assert reading.unavailable[0]["reason"] == f"only its first {len(TEXT) // 2} bytes were read: input/output error"
    assert count(findings) == 10
    monkeypatch.setattr(Failing, "read", lambda self, _size: self.file.read(100))
    assert read(tmp_path)[0].unavailable == []


def test_what_is_written_while_it_is_read_is_left_for_the_next_time(tmp_path: Path) -> None:
    log = tmp_path / "sps.log"
    log.write_bytes(TEXT)
    with read_logs._opened(str(log)) as file, log.open("ab") as writer:
        pieces = log_packing.raw_pieces(file)
        writer.write(TEXT)
        writer.flush()
        first = next(pieces)
        writer.write(TEXT)
        writer.flush()
        assert first + b"".join(pieces) == TEXT * 2


def test_folders_are_not_looked_through_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "_MOST_FOLDERS", 2)
    for number in range(5):
        (tmp_path / f"folder{number}").mkdir()
    (tmp_path / "sps.log").write_bytes(TEXT)
    (tmp_path / "loop").symlink_to(tmp_path)
    found = find_logs([str(tmp_path)])
    assert len(found.paths) == 1
    assert "only its first 2 folders" in found.unavailable[0][1]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "sps.log").write_bytes(TEXT)
    (tmp_path / "sps.log").chmod(0)
    assert "permission denied" in refused(tmp_path)


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: str) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(os, "scandir", refuse)
    assert find_logs([str(tmp_path)]).unavailable == [(str(tmp_path), "the folder cannot be listed: permission denied")]


@given(st.binary(max_size=200), st.integers(1, 64), st.booleans())
def test_any_bytes_after_the_magic_of_gzip_are_read_or_told(rest: bytes, size: int, whole: bool) -> None:
    content = gzip.compress(TEXT[:500]) + rest if whole else b"\x1f\x8b" + rest
    pieces = iter([content[at : at + size] for at in range(0, len(content), size)])
    text = b""
    with contextlib.suppress(inflating.UnreadLog):
        for piece in log_packing._unzipped(next(pieces), pieces):
            text += piece
    assert text.startswith(TEXT[:500]) or not whole
