# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS as a client: the trust that we were given, and a look at what another side shows."""

from __future__ import annotations

import re
import socket
import ssl
from functools import lru_cache
from pathlib import Path
from typing import Optional, Sequence

from .._certificates.certificate import Certificate, CertificateError, parse
from .._common import names
from .._common.errors import EndpointError
from .._timing.waiting import Deadline
from . import messages
from .connection import Connection
from .timed_connection import TimedTlsSocket, open_socket

# A certificate in a file of CAs, under any of the names that OpenSSL takes; up to the next, or to the end.
_AUTHORITY = re.compile(
    rb"[^\n]*-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----.*?(?:-----END (?:X509 |TRUSTED )?CERTIFICATE-----|(?=-----BEGIN)|\Z)",
    re.DOTALL,
)
# How OpenSSL says that the other side has only versions of TLS that are not accepted here.
TOO_OLD = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_SSL_VERSION"})


def client_context(connection: Connection) -> ssl.SSLContext:
    """The context for everything that is sent to the vCenter.

    Not ssl.create_default_context: since Python 3.13 that demands RFC 5280 to the letter, which VMCA's roots do not meet.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = TimedTlsSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not connection.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if connection.ca_path:
        _load_authorities(context, connection.ca_path)
        # A CA that we were given is an anchor, whether or not it is a root.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def _load_authorities(context: ssl.SSLContext, path: str) -> None:
    """Trust the CAs in a file. Raises InputError with what is wrong with the file, where not each of them is trusted then.

    OpenSSL by itself tells where in its source it stopped, takes a file with nothing but a revocation list, and passes over a certificate
    whose lines are indented, without a word.
    """
    problem: Optional[str]
    try:
        data = Path(path).read_bytes()
        context.load_verify_locations(cafile=path)
        problem = _unavailable_authority(data) if context.cert_store_stats()["x509"] < len(_distinct(data)) else None
        if problem is None and not context.cert_store_stats()["x509"]:
            problem = "holds a certificate revocation list, and no certificate"
    except ssl.SSLError:
        problem = _unavailable_authority(data) or "holds no certificate in PEM"
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({getattr(error, 'strerror', None) or error})"
    if problem is not None:
        raise messages.CA_FILE_UNUSABLE(path=path, problem=problem)


def _blocks(data: bytes) -> list[bytes]:
    """What looks like a certificate in PEM, each with what stands before it in its first line."""
    return [found.group() for found in _AUTHORITY.finditer(data)]


def _distinct(data: bytes) -> set[bytes]:
    """The certificates in PEM, as far as they tell of themselves that they are some: the same one twice is one."""
    return {b"".join(block.partition(b"CERTIFICATE-----")[2].partition(b"-----END")[0].split()) for block in _blocks(data)}


def _unavailable_authority(data: bytes) -> Optional[str]:
    """Which of the certificates in PEM OpenSSL does not take; None where there is none."""
    blocks = _blocks(data)
    for number, block in enumerate(blocks, 1):
        indented = any(line[:1] in (b" ", b"\t") for line in block.splitlines())
        if indented or not _taken(block):
            why = ", since its lines are indented" if indented else ""
            return f"holds a certificate in PEM that cannot be read, number {number} of {len(blocks)}{why}"
    return None


def _taken(block: bytes) -> bool:
    text = block[block.find(b"-----BEGIN") :].replace(b"TRUSTED CERTIFICATE", b"CERTIFICATE").decode("ascii", "replace")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        return False
    return True


# More than a leaf and the CAs above it is no chain.
MOST_SHOWN = 10
# _ssl.ENCODING_DER, which has no public name.
_DER = 2


def fetch_certificate(host_names: Sequence[str], port: int, timeout_seconds: float) -> Certificate:
    """The certificate that an endpoint shows in a TLS handshake, which proves that it has the key too.

    Nothing is believed here: the caller judges it. The names are tried in order until one connects: a controller need not
    be able to resolve the name that vCenter knows a host by.

    Raises EndpointError.
    """
    return fetch_chain(host_names, port, timeout_seconds)[0]


def fetch_chain(host_names: Sequence[str], port: int, timeout_seconds: float) -> tuple[Certificate, ...]:
    """The same with the certificates that the endpoint shows beside its own, which comes first. One of those that cannot be read is left out.

    Raises EndpointError.
    """
    problems = []
    for name in host_names:
        try:
            return _fetch(name, port, timeout_seconds)
        except EndpointError as error:
            problems.append(f"{name}: {error}")
    raise EndpointError("; ".join(problems) or "the host has no name or address")


@lru_cache(maxsize=1)
def _looking_context() -> ssl.SSLContext:
    """The context for a look, which believes nothing: one for all of them, since to make one takes as long as the look itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _fetch(name: str, port: int, timeout_seconds: float) -> tuple[Certificate, ...]:
    # vCenter may write an IPv6 address in brackets, which are no part of it.
    name = name.strip().strip("[]")
    # Of all its addresses and of the handshake together. OpenSSL's handshake keeps to the whole of a socket's timeout.
    deadline = Deadline(timeout_seconds)
    server_name = None if names.as_address(name) else name.rstrip(".")
    try:
        with open_socket(name, port, deadline) as plain:
            plain.limit()
            with _looking_context().wrap_socket(plain, server_hostname=server_name) as wrapped:
                der = wrapped.getpeercert(binary_form=True)
                others = _shown_with_it(wrapped)
    except socket.gaierror as error:
        raise EndpointError("its name does not resolve") from error
    except ConnectionRefusedError as error:
        raise EndpointError(f"nothing listens on port {port}") from error
    except TimeoutError as error:
        raise EndpointError(f"no answer on port {port} within {timeout_seconds:g} s") from error
    except ssl.SSLError as error:
        if error.reason in TOO_OLD:
            raise EndpointError(f"port {port} speaks no TLS 1.2 or newer") from error
        raise EndpointError(f"no TLS on port {port} ({error.reason or error})") from error
    except (OSError, ValueError, OverflowError) as error:
        raise EndpointError(f"port {port} cannot be reached ({error})") from error
    if not der:
        raise EndpointError(f"it showed no certificate on port {port}")
    try:
        own = parse(der)
    except CertificateError as error:
        raise EndpointError(f"what it showed on port {port} is no certificate: {error}") from error
    return (own, *(one for one in _readable(others) if not one.same_as(own)))


def _shown_with_it(wrapped: ssl.SSLSocket) -> list[bytes]:
    """The whole chain that the other side sent, in DER.

    Python has a method for it since 3.13; what that calls is there since 3.10, and gives objects of another kind.
    """
    inner = getattr(wrapped, "_sslobj", None)
    get_chain = getattr(wrapped, "get_unverified_chain", None) or getattr(inner, "get_unverified_chain", None)
    found = get_chain() if get_chain is not None else None
    return [one if isinstance(one, bytes) else one.public_bytes(_DER) for one in (found or ())[:MOST_SHOWN]]


def _readable(ders: Sequence[bytes]) -> list[Certificate]:
    found = []
    for der in ders:
        try:
            found.append(parse(der))
        except CertificateError:
            continue
    return found
