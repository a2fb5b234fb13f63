# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which trusted root a served chain leads to."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

from ansible_collections.certops.vsphere.plugins.module_utils._certificates.anchor import anchor_of
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import Provider
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.endpoints import probe
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.port import TlsEndpoints
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW, authority, key, key_pem, make, parsed, pem

VMCA = authority("VMCA", number=1)
# The same CA, whose root was renewed with its key: both issued what it issued.
ENDED = authority("VMCA", number=1, ends=-1)
IMPOSTOR = authority("VMCA", number=2)
BETWEEN = authority("Issuing CA", number=3, issuer=VMCA)
BETWEEN_ENDED = authority("Issuing CA", number=3, issuer=VMCA, ends=-1)
LEAF = parsed(make(issuer=VMCA))
BELOW = parsed(make(issuer=BETWEEN))


def test_the_root_that_issued_it() -> None:
    assert anchor_of([LEAF], [IMPOSTOR.certificate, VMCA.certificate], NOW) == VMCA.certificate
    assert anchor_of([LEAF], [IMPOSTOR.certificate], NOW) is None
    assert anchor_of([LEAF], [], NOW) is None


def test_one_that_is_valid_goes_first_and_one_that_is_not_is_told() -> None:
    for roots in ([ENDED.certificate, VMCA.certificate], [VMCA.certificate, ENDED.certificate]):
        assert anchor_of([LEAF], roots, NOW) == VMCA.certificate
    assert anchor_of([LEAF], [ENDED.certificate], NOW) == ENDED.certificate


def test_what_is_served_with_it_may_stand_between() -> None:
    assert anchor_of([BELOW, BETWEEN.certificate], [VMCA.certificate], NOW) == VMCA.certificate
    assert anchor_of([BELOW], [VMCA.certificate], NOW) is None
    assert anchor_of([BELOW], [VMCA.certificate, BETWEEN.certificate], NOW) == BETWEEN.certificate
    assert anchor_of([BELOW, BETWEEN_ENDED.certificate], [VMCA.certificate], NOW) is None


def test_a_certificate_that_is_itself_trusted_is_its_own_root() -> None:
    own = parsed(make())
    assert anchor_of([own], [VMCA.certificate, own], NOW) == own
    assert anchor_of([own], [VMCA.certificate], NOW) is None


def _serving(folder: Path, *chain: str) -> ssl.SSLContext:
    files = folder / "chain.pem", folder / "key.pem"
    files[0].write_text("".join(chain), encoding="ascii")
    files[1].write_bytes(key_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


def _probed(context: ssl.SSLContext, roots: list[Certificate], record: Certificate) -> tuple[bool, object]:
    """What is made of an endpoint that serves so: whether it is believed to be the host's, and the root."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _peer = server.accept()
            # Who only looks at the chain may hang up before the server has said all.
            with suppress(OSError), connection, context.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}/version.xml"
        found = probe(
            TlsEndpoints(),
            EsxiHost("127.0.0.1", "host-1", addresses=("esx01.example.com",), certificate=record, provider=Provider("1", "p", url)),
            roots,
            NOW,
        )
        thread.join()
    return found.trusted, found.root


def test_an_endpoint_is_asked_for_its_whole_chain(tmp_path: Path) -> None:
    made = make(issuer=BETWEEN, private=key())
    whole = _serving(tmp_path, pem(made), pem(BETWEEN.made))
    root = VMCA.certificate.sha256_fingerprint
    assert _probed(whole, [VMCA.certificate], parsed(made)) == (True, root)
    assert _probed(_serving(tmp_path, pem(made)), [VMCA.certificate], parsed(made)) == (True, None)
    assert _probed(whole, [IMPOSTOR.certificate], parsed(made)) == (True, None)
