# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a connection: what cannot work is refused before anything is sent, in a sentence that names the option."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.module_utils._wire.tls import client_context
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW, authority, key_pem, make, pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import event, given
from hypothesis import strategies as st

SECRET = "canary-of-the-connection"
GOOD = Connection("vc01.example.com", "administrator@vsphere.local", SECRET)
ODD_HOSTNAMES = [
    *("https://vc01.example.com", "vc01.example.com/ui", "vc01.example.com:443", "vc01 ", "vc 01", "vc01\n", "\x00"),
    *("[vc01]", "[::1", "::1]", ".", "..", "a..b", ".vc01", "a" * 64 + ".example.com", "a." * 150, "vc01?x", "vc01#x"),
]


@pytest.mark.parametrize(
    "hostname", ["vc01", "VC01.Example.COM.", "192.0.2.7", "2001:db8::1", "[2001:db8::1]", "fe80::1%eth0", "zürich"]
)
def test_every_name_and_address_may_be_a_vcenter(hostname: str) -> None:
    replace(GOOD, hostname=hostname).check()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        *(
            ({"hostname": name}, f"certops_vcenter_hostname (the option hostname) cannot be {name!r}. Give a name or an address")
            for name in ODD_HOSTNAMES
        ),
        *(
            ({"port": port}, f"certops_vcenter_port (the option port) cannot be {port}. Give a TCP port")
            for port in (0, -1, 65536, 70000)
        ),
        *(
            ({"proxy_host": "proxy", "proxy_port": port}, f"certops_vcenter_proxy_port (the option proxy_port) cannot be {port}. ")
            for port in (0, -1, 70000)
        ),
        (
            {"proxy_host": "http://proxy", "proxy_port": 3128},
            "certops_vcenter_proxy_host (the option proxy_host) cannot be 'http://proxy'. ",
        ),
        (
            {"proxy_port": 3128},
            "certops_vcenter_proxy_host and certops_vcenter_proxy_port (the options proxy_host and proxy_port) need each other.",
        ),
        *(
            ({"timeouts": {"request_timeout_seconds": 60, option: seconds}}, f"The option {option} cannot be ")
            for option in ("timeout_seconds", "host_timeout_seconds", "request_timeout_seconds")
            for seconds in (0, -5, float("nan"), float("inf"))
        ),
        (
            {"ca_path": "/nonexistent.pem"},
            "The CA file /nonexistent.pem of certops_vcenter_ca_path (the option ca_path) is not there. ",
        ),
        ({"ca_path": "/"}, "The CA file / of certops_vcenter_ca_path (the option ca_path) is not a file. "),
        ({"ca_path": "a\x00b"}, "of certops_vcenter_ca_path (the option ca_path) is not there. "),
        *(
            ({name: ""}, f"certops_vcenter_{name} (the option {name}) is not set. Set it, or")
            for name in ("hostname", "username", "password")
        ),
    ],
)
def test_what_cannot_work_is_refused_by_the_name_of_its_option(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        replace(GOOD, **options).check()
    assert told in str(caught.value)
    assert SECRET not in str(caught.value)


@given(
    st.text(max_size=20),
    st.integers(-100000, 100000),
    st.floats(),
    st.none() | st.text(max_size=5),
    st.none() | st.integers(-100000, 100000),
)
def test_anything_at_all_is_a_connection_or_refused(hostname: str, port: int, seconds: float, proxy: Any, proxy_port: Any) -> None:
    timeouts = {"request_timeout_seconds": 60.0, "host_timeout_seconds": seconds}
    given_ = replace(GOOD, hostname=hostname, port=port, timeouts=timeouts, proxy_host=proxy, proxy_port=proxy_port)
    try:
        given_.check()
    except InputError as error:
        told = str(error)
        event("refused")
    else:
        told = "."
        event("taken")
        assert 0 < given_.request_timeout_seconds <= 60
    assert told.endswith(".")


@pytest.mark.parametrize("content", ["", "no PEM", key_pem().decode()])
def test_a_ca_file_without_a_certificate_is_refused_without_its_content(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        client_context(replace(GOOD, ca_path=str(path)))
    assert str(caught.value).startswith(
        f"The CA file {path} of certops_vcenter_ca_path (the option ca_path) holds no certificate in PEM. Give a PEM file"
    )


CA, SITE_CA = pem(authority().made), pem(authority("Site", number=2).made)
CRL = (
    x509.CertificateRevocationListBuilder()
    .issuer_name(authority().made.subject)
    .last_update(NOW)
    .next_update(NOW + timedelta(days=9))
    .sign(authority().key, hashes.SHA256())  # type: ignore[arg-type]
    .public_bytes(Encoding.PEM)
    .decode("ascii")
)
UNFINISHED = "\n".join(CA.splitlines()[:4]) + "\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "holds a certificate in PEM that cannot be read, number 1 of 1",
        ),
        (CA + CA.replace("MII", "!II", 1) + SITE_CA, "holds a certificate in PEM that cannot be read, number 2 of 3"),
        (CA + UNFINISHED, "holds a certificate in PEM that cannot be read, number 2 of 2"),
        (CA + UNFINISHED + SITE_CA, "holds a certificate in PEM that cannot be read, number 2 of 3"),
        (CA + indent(SITE_CA, "  "), "holds a certificate in PEM that cannot be read, number 2 of 2, since its lines are indented"),
        (indent(CA, "\t"), "holds a certificate in PEM that cannot be read, number 1 of 1, since its lines are indented"),
        (CRL, "holds a certificate revocation list, and no certificate"),
    ],
)
def test_a_ca_file_that_would_be_trusted_in_part_only_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        client_context(replace(GOOD, ca_path=str(path)))
    assert str(caught.value).startswith(
        f"The CA file {path} of certops_vcenter_ca_path (the option ca_path) {problem}. Give a PEM file"
    )


@pytest.mark.parametrize(
    ("content", "number"),
    [
        (CA + CA, 1),
        ("\ufeff" + CA.replace("\n", "\r\n"), 1),
        (CRL + CA, 1),
        (CA.replace("CERTIFICATE", "X509 CERTIFICATE") + SITE_CA.replace("CERTIFICATE", "TRUSTED CERTIFICATE"), 2),
    ],
)
def test_a_ca_file_is_taken_in_the_forms_that_openssl_takes(tmp_path: Path, content: str, number: int) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(content, encoding="utf-8", newline="")
    assert len(client_context(replace(GOOD, ca_path=str(path))).get_ca_certs()) == number


def test_a_ca_file_that_cannot_be_read_is_refused_with_the_reason() -> None:
    # A file that is there and whose first byte nobody can read, root included.
    with pytest.raises(InputError) as caught:
        client_context(replace(GOOD, ca_path="/proc/self/mem"))
    assert str(caught.value).startswith(
        "The CA file /proc/self/mem of certops_vcenter_ca_path (the option ca_path) cannot be read (Input/output error). "
    )


@pytest.mark.parametrize(("locked", "told"), [("file", "cannot be read"), ("folder", "cannot be looked at")])
def test_a_ca_file_that_is_not_ours_to_read_is_refused_with_the_reason(locked: str, told: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "inner").mkdir()
        path = folder / "inner" / "ca.pem"
        path.write_text(pem(authority().made), encoding="utf-8")
        (path if locked == "file" else path.parent).chmod(0)
        given_ = replace(GOOD, ca_path=str(path))
        with as_somebody_else(), pytest.raises(InputError) as caught:
            _checked_and_read(given_)
        path.parent.chmod(0o755)
    assert str(caught.value).startswith(
        f"The CA file {path} of certops_vcenter_ca_path (the option ca_path) {told} (Permission denied). "
    )


def _checked_and_read(given_: Connection) -> None:
    given_.check()
    client_context(given_)


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may read everything, so it is nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_ca_file_may_hold_several_and_text_between_them(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(f"VMCA\n{pem(authority().made)}\r\nthe site's:\n{pem(authority('Site', number=2).made)}", encoding="utf-8")
    assert len(client_context(replace(GOOD, ca_path=str(path))).get_ca_certs()) == 2


# What Python's own context makes of it depends on the Python: since 3.13 only that one takes a CA that is no root for the end of a chain.
ENDED_ROOT = authority("Root", number=3, ends=-1)
ISSUING = authority("Issuing", number=4, ends=30000, issuer=ENDED_ROOT)
VCENTER = make("vc01.example.com", issuer=ISSUING, names=("vc01.example.com",), ends=30000)


@pytest.mark.parametrize(
    ("trusted", "why_not"),
    [
        ((ISSUING.made,), ""),
        ((ENDED_ROOT.made, ISSUING.made), ""),
        ((VCENTER,), ""),
        ((ENDED_ROOT.made,), "certificate has expired"),
    ],
    ids=["a CA below the root", "and the root, which has ended", "vCenter's own", "the root that has ended"],
)
def test_each_certificate_of_a_ca_file_is_an_anchor_on_every_python(
    tmp_path: Path, trusted: tuple[x509.Certificate, ...], why_not: str
) -> None:
    path, shown = tmp_path / "ca.pem", tmp_path / "shown.pem"
    path.write_text("".join(map(pem, trusted)), encoding="ascii")
    shown.write_bytes(pem(VCENTER).encode() + pem(ISSUING.made).encode() + key_pem())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown)
    to_us, to_them = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client_context(replace(GOOD, ca_path=str(path))).wrap_bio(to_us, to_them, server_hostname="vc01.example.com")
    theirs = server.wrap_bio(to_them, to_us, server_side=True)
    if why_not:
        with pytest.raises(ssl.SSLCertVerificationError, match=why_not):
            _shake_hands(ours, theirs)
    else:
        _shake_hands(ours, theirs)
        assert ours.getpeercert(binary_form=True) == VCENTER.public_bytes(Encoding.DER)


def _shake_hands(*ends: ssl.SSLObject) -> None:
    for end in ends * 4:
        with suppress(ssl.SSLWantReadError):
            end.do_handshake()


def test_a_connection_that_is_printed_keeps_its_password() -> None:
    assert SECRET not in repr(GOOD)
