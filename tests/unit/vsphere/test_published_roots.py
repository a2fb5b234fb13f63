# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CA certificates that a vCenter shows to anybody: in which forms, and what is none."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, NotOffered, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._timing import waiting
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest import rest_session
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest.appliance import Appliance
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest.published_roots import MOST_FILES, certificates_in
from ansible_collections.certops.vsphere.plugins.module_utils._wire.answer_errors import NotAnAnswer
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.module_utils._wire.https import Answer
from ansible_collections.certops.vsphere.tests.unit.certificates import authority, der, pem

VMCA, OTHER = authority("VMCA", number=1), authority("Customer CA", number=3)


def packed(**files: bytes) -> bytes:
    """A ZIP archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


PEM, DER = pem(VMCA.made).encode(), der(VMCA.made)
BOTH = PEM + pem(OTHER.made).encode()


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (PEM, 1),
        (DER, 1),
        (BOTH, 2),
        (BOTH + PEM, 2),
        (packed(a=PEM, b=DER, crl=b"-----BEGIN X509 CRL-----"), 1),
        (packed(a=PEM, b=pem(OTHER.made).encode()), 2),
    ],
)
def test_whichever_way_they_are_written(body: bytes, count: int) -> None:
    found = certificates_in(body)
    assert len(found) == count
    assert found[0].subject == VMCA.certificate.subject


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"PK\x03\x04 and no more",
        packed(),
        packed(a=b"nothing"),
        PEM[:-40],
        packed(a=PEM)[:-30],
        b"PK" + packed(a=PEM)[2:60],
    ],
    # By themselves they are named after their bytes, which are others in each process.
    ids=[
        "nothing",
        "a page",
        "a beginning",
        "no files",
        "no certificate",
        "half a certificate",
        "half an archive",
        "a piece of one",
    ],
)
def test_what_holds_none_is_no_answer(body: bytes) -> None:
    with pytest.raises(NotAnAnswer):
        certificates_in(body)


def test_no_archive_takes_long() -> None:
    files = {f"f{number}": b"nothing" for number in range(MOST_FILES)}
    with pytest.raises(NotAnAnswer, match="no certificate"):
        certificates_in(packed(**files, last=PEM))
    with pytest.raises(NotAnAnswer, match="no certificate"):
        certificates_in(packed(large=b" " * 10_000_000 + PEM))


def asked(monkeypatch: pytest.MonkeyPatch, answer: Any) -> Any:
    def send(_connection: Any, _context: Any, method: str, path: str, **others: Any) -> Answer:
        assert (method, path) == ("GET", "/afd/vecs/ca")
        assert "vmware-api-session-id" not in others["headers"]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(rest_session, "request", send)
    monkeypatch.setattr(waiting, "rest", lambda _seconds: None)
    context: Any = None
    return Appliance(Connection("vc01.example.com", "root", "x"), context, lambda: None).published_roots()


def test_nobody_logs_in_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, Answer(200, "application/octet-stream", DER)) == [VMCA.certificate]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(404, "", b""), NotOffered),
        (Answer(503, "", b""), TransientError),
        (Answer(200, "text/html", b"<html>"), TransientError),
        (ConnectionResetError(), TransientError),
    ],
)
def test_what_keeps_them_from_being_read(monkeypatch: pytest.MonkeyPatch, answer: Any, error: type[CertopsError]) -> None:
    with pytest.raises(error, match=r"Reading the CA certificates that vc01\.example\.com publishes"):
        asked(monkeypatch, answer)
