# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logs in the forms that vCenter 6.7 to 9 write and the field keeps them in, each with the finding that is right. All names are invented."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import random
import tarfile
import tempfile
import zipfile
from pathlib import Path
from types import MappingProxyType
from typing import Any, Callable, Mapping, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._log_files import read_logs
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_findings import Findings
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_pattern import PATTERNS, named_in
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_text import as_utf8
from ansible_collections.certops.vsphere.tests.unit.logs import log_forms
from hypothesis import given
from hypothesis import strategies as st

VPXD = (Path(__file__).parent / "vpxd.log").read_text(encoding="utf-8")
VPXD_FOUND = {
    ("vmca_access_denied", "esx02.example.net"),
    ("vmca_root_too_young", "esx03.example.net"),
    ("vmca_root_too_young", "esx04.example.net"),
    ("vmca_root_too_young", "esx05.example.net"),
}
SPS = (Path(__file__).parent / "sps.log").read_text(encoding="utf-8")
SPS_FOUND = {("version_unread_certificate_unknown", "esx11.example.net"), ("certificate_not_trusted", "esx11.example.net")}

KEPT: dict[str, Callable[[bytes], bytes]] = {
    "as written": lambda text: text,
    "with CRLF": lambda text: text.replace(b"\n", b"\r\n"),
    "UTF-8 with a mark": lambda text: codecs.BOM_UTF8 + text,
    "UTF-16 LE": lambda text: codecs.BOM_UTF16_LE + text.decode().encode("utf-16-le"),
    "UTF-16 BE": lambda text: codecs.BOM_UTF16_BE + text.decode().encode("utf-16-be"),
    "UTF-16 LE without a mark": lambda text: text.decode().encode("utf-16-le"),
    "UTF-16 BE without a mark, with CRLF": lambda text: text.replace(b"\n", b"\r\n").decode().encode("utf-16-be"),
    "gzipped": gzip.compress,
    "gzipped in several members": lambda text: b"".join(gzip.compress(line) for line in text.splitlines(keepends=True)),
    "gzipped UTF-16": lambda text: gzip.compress(codecs.BOM_UTF16_LE + text.decode().encode("utf-16-le")),
}


def _named(value: object) -> str:
    """What a case is called: packed bytes are never the same twice."""
    return value if isinstance(value, str) else "content"


def found(path: Path) -> tuple[set[tuple[str, Optional[str]]], list[str]]:
    """What a log tells, by pattern and host, and why it could not be read whole."""
    findings = Findings()
    reading = read_logs.read_logs([str(path)], findings)
    told = [f"{entry['path']}: {entry['reason']}" for entry in reading.unavailable]
    return {(one.pattern.name, one.named.esxi_host) for one in findings.sorted()}, told


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize(("name", "text", "right"), [("vpxd.log", VPXD, VPXD_FOUND), ("sps.log", SPS, SPS_FOUND)])
def test_a_log_tells_the_same_however_it_is_kept(
    tmp_path: Path, name: str, text: str, right: set[tuple[str, str]], kept: str
) -> None:
    path = tmp_path / name
    path.write_bytes(KEPT[kept](text.encode()))
    assert found(path) == (right, [])


@pytest.mark.parametrize("kept", ["as written", "with CRLF", "UTF-16 LE", "gzipped in several members"])
@pytest.mark.parametrize("service", ["sps", "vpxd"])
@pytest.mark.parametrize("form", log_forms.FORMS)
def test_each_pattern_is_told_in_the_form_of_each_release(tmp_path: Path, form: str, service: str, kept: str) -> None:
    path = tmp_path / f"{service}.log"
    path.write_bytes(KEPT[kept](log_forms.log(log_forms.FORMS[form], service).encode()))
    assert found(path) == (log_forms.findings_of(service), [])


def test_the_forms_have_each_pattern() -> None:
    told = {message.pattern for message in (*log_forms.SPS, *log_forms.VPXD)}
    assert told == {pattern.name for pattern in PATTERNS}


@pytest.mark.parametrize("year", ["Nov 20 15:14:58 vc01 ", "11-20T15:14:58 ", "yyyy-mm-ddT15:14:58Z ", ""])
def test_a_line_without_a_year_counts(tmp_path: Path, year: str) -> None:
    path = tmp_path / "vpxd.log"
    path.write_text(
        f"{year}vpxd[1] Unable to get signed certificate for host: esx05.example.net. Error: Start Time Error (70034)\n",
        encoding="utf-8",
    )
    assert found(path) == ({("vmca_root_too_young", "esx05.example.net")}, [])


@pytest.mark.parametrize(
    ("vsphere_fault", "host"),
    [
        ("for host name 'esx02.example.net' ip '192.0.2.12': Error", "esx02.example.net"),
        ("for(host) name 'X' ip 'Y': Error", "x"),
        ("forhost name 'esx02' ip '192.0.2.12'", "esx02"),
        ('for host name "esx02" ip "192.0.2.12"', "esx02"),
        ("for host name '' ip '192.0.2.12'", "192.0.2.12"),
        ("for host: esx05.example.net. Error", "esx05.example.net"),
        ("for host 'esx05'", "esx05"),
        ("for host name", "name"),
        ("for host: [2001:db8::1]. Error", "2001:db8::1"),
    ],
)
def test_name_and_ip_are_no_hosts(vsphere_fault: str, host: str) -> None:
    assert named_in(f"Unable to get signed certificate {vsphere_fault}".encode()).esxi_host == host


BUNDLE = MappingProxyType(
    {
        "vc01/var/log/vmware/vpxd/vpxd-7.log.gz": gzip.compress(VPXD.encode()),
        "vc01/var/log/vmware/vmware-sps/sps.log": SPS.encode(),
        "vc01/var/log/vmware/vmware-sps/sps-runtime.log.stderr": b"log4j: a warning\n",
        "vc01/var/log/vmware/vpxd/vpxd-profiler-1.log": VPXD.replace("esx", "other").encode(),
        "vc01/tmp/vpxd.log": VPXD.replace("esx", "other").encode(),
        "vc01/var/log/vmware/vpxd/notes.txt": VPXD.replace("esx", "other").encode(),
    }
)


def tar(files: Mapping[str, bytes] = BUNDLE, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive, with a folder and a link in it that lead nowhere."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        link = tarfile.TarInfo("vc01/var/log/vmware/vpxd/vpxd.log")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def zipped(files: Mapping[str, bytes] = BUNDLE) -> bytes:
    """A zip archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bundle.tar", tar()),
        ("bundle.tar", tar(form=tarfile.GNU_FORMAT)),
        ("bundle.tgz", gzip.compress(tar())),
        ("bundle.tgz", gzip.compress(tar()[:1000]) + gzip.compress(tar()[1000:])),
        ("bundle.tgz", gzip.compress(tar()[:9]) + gzip.compress(tar()[9:])),
        ("bundle.zip", zipped()),
        ("bundle.zip", zipped({"vcsupport/vc01.tgz": gzip.compress(tar()), "vcsupport/readme.txt": b"x"})),
        ("whatever", zipped({"a.tar": tar()})),
    ],
    ids=_named,
)
def test_a_support_bundle_tells_what_its_logs_tell(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert found(path) == (VPXD_FOUND | SPS_FOUND, [])


def test_of_a_cut_off_bundle_what_is_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tgz"
    whole = tar({**BUNDLE, "vc01/vmware-sps/sps.log.9": SPS.replace("esx11", "esx99").encode() * 3000})
    path.write_bytes(gzip.compress(whole, 0)[: len(whole) - 300000])
    right, unavailable = found(path)
    assert right == VPXD_FOUND | SPS_FOUND | {(pattern, "esx99.example.net") for pattern, _host in SPS_FOUND}
    # The log in which it breaks off, and the archive itself.
    of_log, of_archive = unavailable
    assert "only its first" in of_log
    assert "cut off" in of_log
    assert "only what stands before its broken part was read" in of_archive


class Unseekable(io.RawIOBase):
    """A file that is written from its beginning to its end: a zip archive has its sizes after each member then."""

    def __init__(self, into: io.BytesIO) -> None:
        self._into = into

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._into.write(data)


def streamed(files: Mapping[str, bytes] = BUNDLE, packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive that was sent while it was made."""
    made = io.BytesIO()
    with zipfile.ZipFile(Unseekable(made), "w", packed) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


LONG = SPS.replace("esx11", "esx99").encode() * 300
# It cannot be packed, so that it has a size.
NOISE = random.Random(3).randbytes(5000)  # noqa: S311


@pytest.mark.parametrize(
    ("content", "right", "told"),
    [
        (zipped()[:-60], VPXD_FOUND | SPS_FOUND, ["only what stands before its broken part was read: file is not a zip file"]),
        (streamed()[:-60], VPXD_FOUND | SPS_FOUND, ["only what stands before its broken part was read"]),
        (
            zipped({**BUNDLE, "x/vpxd/vpxd.log": LONG})[:-900],
            VPXD_FOUND | SPS_FOUND,
            ["x/vpxd/vpxd.log", "only what stands before"],
        ),
        (streamed({"noise": NOISE, **BUNDLE})[:-300], VPXD_FOUND | SPS_FOUND, ["only what stands before"]),
        (
            zipped({"a.tgz": gzip.compress(tar()), "b.tgz": gzip.compress(NOISE + tar())})[:-3000],
            VPXD_FOUND | SPS_FOUND,
            ["b.tgz", "only what stands before"],
        ),
    ],
    ids=_named,
)
def test_of_a_zip_archive_that_is_cut_off_what_is_there_is_told(
    tmp_path: Path, content: bytes, right: Any, told: list[str]
) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(content)
    seen, unavailable = found(path)
    assert seen >= right
    assert [one for one in told if not any(one in reason for reason in unavailable)] == []


def encrypted(content: bytes) -> bytes:
    """A zip archive whose first member is said to be encrypted, where it stands and in the list."""
    marked = bytearray(content)
    for place in (6, content.index(b"PK\x01\x02") + 8):
        marked[place] |= 1
    return bytes(marked)


def spoiled(content: bytes, place: int) -> bytes:
    """Bytes of which one is another."""
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


FIRST = {"vc01/vpxd/vpxd.log": VPXD.encode(), "vc01/vmware-sps/sps.log": SPS.encode()}
NOISY = {"vc01/vpxd/vpxd.log": VPXD.encode() + b"\n" + NOISE.hex().encode(), "vc01/vmware-sps/sps.log": SPS.encode()}


def other_packing(packed: int) -> bytes:
    """A zip archive that is packed in another way than most."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packed) as archive:
        for name, content in FIRST.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "right", "told"),
    [
        (other_packing(zipfile.ZIP_STORED), VPXD_FOUND | SPS_FOUND, []),
        (other_packing(zipfile.ZIP_BZIP2), VPXD_FOUND | SPS_FOUND, []),
        (other_packing(zipfile.ZIP_LZMA), VPXD_FOUND | SPS_FOUND, []),
        (other_packing(zipfile.ZIP_STORED)[:-60], VPXD_FOUND | SPS_FOUND, ["file is not a zip file"]),
        (other_packing(zipfile.ZIP_STORED)[:1700], VPXD_FOUND, ["sps.log: it is cut off", "not a zip file"]),
        (
            other_packing(zipfile.ZIP_BZIP2)[:-60],
            set(),
            ["in a way that is not read", "in a way that is not read", "not a zip file"],
        ),
        (spoiled(other_packing(zipfile.ZIP_BZIP2), 90), SPS_FOUND, ["vpxd.log: invalid data"]),
        (spoiled(other_packing(zipfile.ZIP_STORED), 60), VPXD_FOUND | SPS_FOUND, ["its checksum is another one"]),
        (spoiled(zipped(NOISY), 3000), VPXD_FOUND | SPS_FOUND, ["vpxd.log: only its first"]),
        (encrypted(zipped(FIRST)), SPS_FOUND, ["vpxd.log: it is encrypted"]),
        (encrypted(zipped(FIRST))[:-40], SPS_FOUND, ["vpxd.log: it is encrypted", "file is not a zip file"]),
        (encrypted(streamed(FIRST))[:-40], set(), ["vpxd.log: it is encrypted", "file is not a zip file"]),
        (
            zipped({"a.tgz": gzip.compress(tar())[:900], "b.tgz": gzip.compress(tar(FIRST))}),
            VPXD_FOUND | SPS_FOUND,
            ["a.tgz:", "a.tgz:"],
        ),
        (tar(NOISY)[:6000], VPXD_FOUND, ["vpxd.log: only its first", "unexpected end of data"]),
        (gzip.compress(tar())[:-200], VPXD_FOUND | SPS_FOUND, ["its gzip format is cut off"]),
        (spoiled(gzip.compress(VPXD.encode()), -3), VPXD_FOUND, ["only its first"]),
    ],
    ids=_named,
)
def test_of_an_archive_that_is_broken_in_one_place_all_else_is_told(
    tmp_path: Path, content: bytes, right: set[tuple[str, Optional[str]]], told: list[str]
) -> None:
    path = tmp_path / "bundle"
    path.write_bytes(content)
    try:
        seen, unavailable = found(path)
    except InputError as error:
        seen, unavailable = set(), str(error).split("; ")
    assert seen == right
    assert len(unavailable) == len(told)
    assert [one for one, reason in zip(told, unavailable, strict=True) if one not in reason] == []


ROTATED = (
    *("sps.log", "sps.log.1", "sps.log.2.gz", "sps.log-20261123", "sps-runtime.log.stderr", "sps-runtime.log.stdout.1"),
    *("vpxd.log", "vpxd-1.log", "vpxd-12.log.gz", "vpxd.log.2026-11-23"),
)


def test_rotated_logs_of_each_name_are_read_and_logs_of_others_are_not(tmp_path: Path) -> None:
    others = ("vpxd-svcs.log", "vpxd-profiler-12.log", "vpxd-alert-1.log", "vpxd.cfg", "spsx")
    for number, name in enumerate((*ROTATED, *others)):
        text = VPXD.replace("esx", f"h{number}-esx").encode()
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    seen, unavailable = found(tmp_path)
    assert {host.partition("-")[0] for _pattern, host in seen if host} == {f"h{number}" for number in range(len(ROTATED))}
    assert unavailable == []


def test_of_a_broken_log_in_a_bundle_the_others_count(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(zipped({**BUNDLE, "x/vpxd/vpxd-8.log.gz": b"plain", "x/vmware-sps/sps.log": bytes(9)}))
    right, unavailable = found(path)
    assert right == VPXD_FOUND | SPS_FOUND
    assert ["not in the format of gzip" in unavailable[0], "it is not text" in unavailable[1]] == [True, True]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped()[:20], "it cannot be read: file is not a zip file"),
        (zipped({"readme.txt": b"x"}), "the archive holds no sps"),
        (zipped({"x/vpxd/vpxd.log.gz": b"plain"}), "vpxd.log.gz: it is not in the format of gzip"),
        (tar({"readme.txt": b"x"}), "the archive holds no sps"),
        (gzip.compress(tar())[:30], "cut off"),
    ],
    ids=_named,
)
def test_an_archive_that_tells_nothing_says_why(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "bundle"
    path.write_bytes(content)
    try:
        _right, unavailable = found(path)
    except InputError as error:
        unavailable = [str(error)]
    assert why in unavailable[0]


def test_a_header_of_a_bundle_has_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar"
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2**40
    path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(InputError, match="one of its headers is too large"):
        found(path)


@given(st.binary(max_size=300), st.sampled_from([tar()[:600], b"PK\x03\x04", zipped()[:300], gzip.compress(tar())[:200]]))
def test_any_broken_archive_is_told(rest: bytes, begins: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(begins + rest)
        file.flush()
        with contextlib.suppress(InputError):
            found(Path(file.name))


def test_of_a_cut_off_gzip_what_is_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "vpxd-7.log.gz"
    path.write_bytes(gzip.compress(VPXD.encode()) + gzip.compress(VPXD.encode())[:-30])
    right, unavailable = found(path)
    assert right == VPXD_FOUND
    [why] = unavailable
    assert "cut off" in why


@pytest.mark.parametrize(
    ("content", "why"),
    [(bytes(range(256)) * 9, "it is not text"), (b"%PDF-1.7\nno line has a time\n", "no line of it begins with a time")],
    ids=_named,
)
def test_a_file_that_is_no_log_says_so(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "vpxd.log"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"it is not a log of SPS or vpxd: {why}"):
        found(path)


def test_a_file_beside_the_logs_that_has_no_time_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "sps-runtime.log.stderr").write_text("log4j: a warning\n", encoding="utf-8")
    (tmp_path / "sps.log").write_text(SPS, encoding="utf-8")
    assert found(tmp_path) == (SPS_FOUND, [])


@given(st.text(max_size=300), st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le"]), st.integers(1, 50))
def test_any_text_with_a_mark_comes_through_in_pieces_of_any_size(text: str, encoding: str, size: int) -> None:
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-32-le": codecs.BOM_UTF32_LE}[encoding]
    if encoding == "utf-16-le" and text.startswith("\0"):
        return  # It has the mark of UTF-32.
    data = mark + text.encode(encoding, "replace")
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(as_utf8(pieces)) == text.encode(encoding, "replace").decode(encoding).encode()


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_come_through(data: bytes, size: int) -> None:
    b"".join(as_utf8(data[at : at + size] for at in range(0, len(data), size)))
