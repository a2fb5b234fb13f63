# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates as they are: what OpenSSL (vCenter) and Java (SPS) say of each shape, and that this collection tells the truth about it."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, Union

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates import signature, trust
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import CertificateError, load, parse
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.issued_certificate import (
    IssuedCertificate,
    Terms,
    flaws,
    notices,
    read_issued_certificate,
    to_install,
)
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.request import CertificateRequest, public_key_sha256
from ansible_collections.certops.vsphere.plugins.module_utils._common import names
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW, key
from ansible_collections.certops.vsphere.tests.unit.shapes import OK, Shape, every_shape
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

VERDICTS = Path(__file__).parent / "java" / "CertificateVerdicts.java"
OPENSSL = shutil.which("openssl")
SHAPES = every_shape()
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])


def pem(der: bytes) -> str:
    """DER as PEM."""
    lines = textwrap.wrap(base64.b64encode(der).decode("ascii"), 64)
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def as_bytes(content: Union[str, bytes]) -> bytes:
    """A file of this content."""
    return content.encode() if isinstance(content, str) else content


def written(folder: Path, name: str, certificates: Sequence[bytes]) -> Path:
    """Certificates in a file of PEM."""
    path = folder / name
    path.write_text("".join(map(pem, certificates)), encoding="ascii")
    return path


def found(name: str) -> Shape:
    """A shape by its name."""
    return next(shape for shape in SHAPES if shape.name == name)


SOUND = found("VMCA")
LINES = pem(SOUND.chain[0]).splitlines()
CRL = (
    x509.CertificateRevocationListBuilder()
    .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Site Root")]))
    .last_update(NOW)
    .next_update(NOW + timedelta(days=7))
    .sign(key(), hashes.SHA256())
    .public_bytes(Encoding.PEM)
    .decode()
)
OTHERS = ("OpenSSL", "Java", "cryptography")


class Written(NamedTuple):
    """A way to write a certificate, and who of the others does not read it."""

    content: Union[str, bytes]
    unread_by: tuple[str, ...] = ()


WRITTEN = {
    "PEM": Written("\n".join(LINES)),
    "DER": Written(SOUND.chain[0], ("cryptography",)),
    "CRLF": Written("\r\n".join(LINES)),
    "CR": Written("\r".join(LINES), ("OpenSSL",)),
    "indented": Written(textwrap.indent("\n".join(LINES), "    "), ("OpenSSL", "Java")),
    "blanks at the ends of lines": Written("  \n".join(LINES)),
    "byte order mark": Written("\ufeff" + "\n".join(LINES), ("Java",)),
    "text before and after": Written("Bag Attributes\n" + "\n".join(LINES) + "\nsubject=x\n"),
    "revocation list before": Written(CRL + "\n".join(LINES), ("Java",)),
    "revocation list after": Written("\n".join(LINES) + "\n" + CRL, ("Java",)),
    "the old name": Written("\n".join(LINES).replace("CERTIFICATE", "X509 CERTIFICATE")),
    "one line": Written(LINES[0] + "\n" + "".join(LINES[1:-1]) + "\n" + LINES[-1]),
    "no line before the last": Written("\n".join(LINES[:-1]) + LINES[-1], ("OpenSSL",)),
    "base64": Written("".join(LINES[1:-1]), OTHERS),
}


@pytest.fixture(scope="module")
def of_java(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What Java says of each shape, all of them asked at once."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("there is no java here, whose word on certificates is SPS's")
    folder = tmp_path_factory.mktemp("java")
    lines = []
    for number, shape in enumerate(SHAPES):
        chain, roots = written(folder, f"{number}.chain", shape.chain), written(folder, f"{number}.roots", shape.roots)
        lines.append(f"{shape.name}\t{shape.host}\t{chain}\t{roots}")
    roots = written(folder, "roots", SOUND.roots)
    for number, (how, one) in enumerate(WRITTEN.items()):
        path = folder / f"{number}.written"
        path.write_bytes(as_bytes(one.content))
        lines.append(f"{how}\t{SOUND.host}\t{path}\t{roots}")
    # It compiles one file and asks a few hundred times: what makes a long run fast only takes time here.
    short_run = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    exported = ["--add-exports", "java.base/sun.security.util=ALL-UNNAMED"]
    command = [java, *short_run, *exported, str(VERDICTS), str(int(NOW.timestamp()))]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0 and "jdk.compiler" in done.stderr:
        pytest.skip("java here is a runtime without a compiler, which a program of one file needs")
    assert done.returncode == 0, done.stderr
    return dict(line.split("\t", 1) for line in done.stdout.splitlines())


@each_shape
def test_what_java_says(shape: Shape, of_java: dict[str, str]) -> None:
    vsphere_fault = of_java[shape.name]
    assert vsphere_fault == OK if shape.java == OK else shape.java in vsphere_fault


@each_shape
@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl here, whose word on certificates is vCenter's")
def test_what_openssl_says(shape: Shape, tmp_path: Path) -> None:
    roots = written(tmp_path, "roots.pem", shape.roots)
    leaf, others = written(tmp_path, "leaf.pem", shape.chain[:1]), written(tmp_path, "others.pem", shape.chain[1:])
    host = "-verify_ip" if names.as_address(shape.host) else "-verify_hostname"
    command = [
        *(str(OPENSSL), "verify", "-no-CAfile", "-no-CApath", "-trusted", str(roots), "-partial_chain", "-purpose", "sslserver"),
        *("-attime", str(int(NOW.timestamp())), host, shape.host),
        *(["-untrusted", str(others)] if shape.chain[1:] else []),
        str(leaf),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    vsphere_fault = done.stdout + done.stderr
    if shape.openssl == OK:
        assert done.returncode == 0, vsphere_fault
    else:
        assert done.returncode != 0
        assert shape.openssl.lower() in vsphere_fault.lower()


def reads(shape: Shape) -> bool:
    """Whether the cryptography that is here reads the leaf."""
    try:
        parse(shape.chain[0])
    except CertificateError:
        return False
    return True


def looked_at(shape: Shape) -> tuple[list[str], list[str]]:
    """What the collection says of a shape in mode custom, where the request was of the key that it has: flaws, and remarks."""
    try:
        certificates = [parse(one) for one in shape.chain]
    except CertificateError as error:
        return [str(error)], []
    signed = IssuedCertificate(certificates[0], tuple(certificates[1:]))
    request = CertificateRequest("", (shape.host,), "RSA 2048", public_key_sha256(certificates[0]))
    terms = Terms(request, shape.host, None, [parse(one) for one in shape.roots], 60, NOW)
    return flaws(signed, terms), notices(signed)


@each_shape
def test_what_the_collection_says(shape: Shape) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # As at the import of the library, which comes before any filter of the tests.
        for message in ("Parsed a (negative )?serial number", "Attribute's length must be", "Country names should be"):
            warnings.filterwarnings("ignore", message=message)
        found, remarked = looked_at(shape)
    if shape.flaw is None or (not shape.reads and reads(shape)):
        assert (found, remarked) == ([], list(shape.notes))
    else:
        assert any(shape.flaw in one for one in found), found


@each_shape
def test_who_refuses_it_is_named_where_not_all_do(shape: Shape) -> None:
    told = " ".join(looked_at(shape)[0])
    refused_by = {"OpenSSL": shape.openssl != OK, "Java": shape.java != OK, "cryptography": not reads(shape)}
    if any(refused_by.values()):
        assert told
    if not all((refused_by["OpenSSL"], refused_by["Java"])):
        for who, refuses in refused_by.items():
            assert (who in told) == refuses, told


@each_shape
def test_whom_cryptography_refuses(shape: Shape) -> None:
    # Older versions take what the newest refuses; none of them refuses what the newest takes.
    assert reads(shape) or not shape.reads


def test_what_a_host_made_is_known() -> None:
    shape = found("made by the host")
    assert trust.made_by_host(parse(shape.chain[0]), [parse(one) for one in shape.roots])
    own = found("VMCA")
    assert not trust.made_by_host(parse(own.chain[0]), [])
    assert trust.soundness(parse(own.chain[0]), host_names=[own.host], now=NOW) == []


@pytest.mark.parametrize("how", WRITTEN)
def test_however_it_is_written(how: str) -> None:
    data = WRITTEN[how].content
    assert parse(data).der == SOUND.chain[0]
    if isinstance(data, str) and how != "base64":
        request = CertificateRequest("", (SOUND.host,), "RSA 2048", public_key_sha256(parse(data)))
        # The host is given it as everybody reads it, whatever the CA's answer looked like.
        assert to_install(read_issued_certificate(data, request), [parse(SOUND.roots[0])]) == pem(SOUND.chain[0])


@pytest.mark.parametrize("how", WRITTEN)
def test_what_java_reads(how: str, of_java: dict[str, str]) -> None:
    read = not of_java[how].startswith("unreadable")
    assert read == ("Java" not in WRITTEN[how].unread_by), of_java[how]


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl here, whose word on certificates is vCenter's")
def test_what_openssl_reads(how: str, tmp_path: Path) -> None:
    path = tmp_path / "certificate"
    path.write_bytes(as_bytes(WRITTEN[how].content))
    done = subprocess.run([str(OPENSSL), "x509", "-in", str(path), "-noout"], capture_output=True, timeout=60, check=False)
    assert (done.returncode == 0) == ("OpenSSL" not in WRITTEN[how].unread_by), done.stderr


@pytest.mark.parametrize("how", WRITTEN)
def test_what_cryptography_reads_by_itself(how: str) -> None:
    read = True
    try:
        x509.load_pem_x509_certificate(as_bytes(WRITTEN[how].content))
    except ValueError:
        read = False
    # Before 44 it read fewer of them.
    assert not read or "cryptography" not in WRITTEN[how].unread_by


def test_cryptography_alone_would_say_otherwise() -> None:
    """What the own comparison of names and the own verification are for; if this fails they may be given up."""
    for name in ("issuer in another case", "SHA-1"):
        shape = found(name)
        leaf, above = (load(parse(one)) for one in (shape.chain[0], shape.roots[0]))
        with pytest.raises(ValueError, match=r"subject|signature"):
            leaf.verify_directly_issued_by(above)
        assert trust.issuer_of(parse(shape.chain[0]), [parse(shape.roots[0])]) is not None


@pytest.mark.parametrize("name", ["VMCA", "RSASSA-PSS", "EC root", "EC root with SHA-1", "Ed25519 root", "SHA-1"])
def test_a_signature_is_that_of_one_key_only(name: str) -> None:
    leaf: Any = x509.load_der_x509_certificate(found(name).chain[0])
    signer = _key_of(name)
    for other in ("VMCA", "SHA-1", "EC root", "Ed25519 root"):
        assert signature.made_by(leaf, _key_of(other)) is (_key_of(other) == signer)


def _key_of(name: str) -> Any:
    return x509.load_der_x509_certificate(found(name).roots[0]).public_key()


def test_what_cryptography_warns_of_does_not_reach_the_terminal() -> None:
    """Its warnings of what others made would stand between the lines of Ansible. Another process: pytest sets filters of its own."""
    program = textwrap.dedent(
        """
        import sys
        from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import parse
        for line in sys.stdin:
            print(parse(line).serial_number)
        """
    )
    odd = [
        base64.b64encode(found(name).chain[0]).decode()
        for name in ("serial number below zero", "serial number zero", "country of three letters")
    ]
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", program],
        input="\n".join(odd),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["-6dcba988", "0", "1234567812345678"]
