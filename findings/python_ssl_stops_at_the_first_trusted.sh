#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Python 3.13, and not 3.11 or 3.12 (ssl.create_default_context): where a CA below the root is in the file of trusted CAs, the root is not looked at any more, and
# may have expired. A file with nothing but the server's own certificate is trusted too. ssl.SSLContext(PROTOCOL_TLS_CLIENT) is as it was.
#
# Seen: trusted are a root that expired yesterday and the CA below it: up to 3.12 "certificate has expired", in whichever order; 3.13 accepts. The expired root by
# itself is refused by all. The server's own certificate, which another CA issued, as the only trusted one: 3.13 alone accepts.
# The good guess: VERIFY_X509_PARTIAL_CHAIN, which 3.13 has by default, only helps a chain that leads to no root; where the root is known, the chain is verified to
# its end as before, and VERIFY_X509_STRICT, which came with it, makes 3.13 the stricter one.
# Why it matters here: one ca_path, one vCenter, and a task with ansible.builtin.uri, or a script over http.client, fails on the controller with Python 3.12 and
# works on the one with 3.13, so that the expired root is found when somebody changes the controller. So this collection's connection to
# vCenter does not depend on the Python: a certificate in ca_path is an anchor on all of them. vCenter's OpenSSL and SPS are judged by rules of their own.
# It looks at each Python 3.11, 3.12 and 3.13 that it finds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cryptography==46.0.3 2>/dev/null
cat >"$work/issue.py" <<'CODE'
import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

work = pathlib.Path(sys.argv[1])
now = datetime.datetime.now(datetime.timezone.utc)
day = datetime.timedelta(days=1)
SIGNS = dict.fromkeys(
    ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
)


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def issue(subject, issuer, key, signer, *, ends=100, host=False):
    builder = (
        x509.CertificateBuilder(subject_name=named(subject), issuer_name=named(issuer), public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 200 * day)
        .not_valid_after(now + ends * day)
        .add_extension(x509.BasicConstraints(ca=not host, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
    else:
        builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **SIGNS), critical=True)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


root, between, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
made = {
    "root_ended": issue("Root", "Root", root, root, ends=-1),
    "between": issue("Between", "Root", between, root),
    "server": issue("vc01.example.net", "Between", server, between, host=True),
}
made["served"] = made["server"] + made["between"]
made["key"] = server.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
for name, content in made.items():
    (work / f"{name}.pem").write_bytes(content)
CODE
cat >"$work/look.py" <<'CODE'
import pathlib
import ssl
import sys

work = pathlib.Path(sys.argv[1])


def handshake(client):
    """Both ends of a connection in memory; the server shows its certificate and the CA between."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(work / "served.pem", work / "key.pem")
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname="vc01.example.net"),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _ in range(6):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as error:
                return f"refused ({error.verify_message})"
    return "accepted"


minor = sys.version_info.minor
told = []
for trusted in ("root_ended", "between+root_ended", "server"):
    (work / "trusted.pem").write_bytes(b"".join((work / f"{name}.pem").read_bytes() for name in trusted.split("+")))
    by_default = handshake(ssl.create_default_context(cafile=work / "trusted.pem"))
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    plain.load_verify_locations(work / "trusted.pem")
    told.append((by_default.split()[0], handshake(plain).split()[0]))
    print(f"Python 3.{minor}, trusted: {trusted:18} create_default_context: {by_default}; SSLContext: {handshake(plain)}")
since = "accepted" if minor >= 13 else "refused"
raise SystemExit(0 if told == [("refused", "refused"), (since, "refused"), (since, "refused")] else "this has changed")
CODE
"$work/venv/bin/python" "$work/issue.py" "$work"
found=
for python in "${PYTHON:-python3}" python3.1{1,2,3} "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[123].*/bin/python; do
    minor=$("$python" -c 'import sys; print(sys.version_info.minor)' 2>/dev/null) || continue
    case "$minor $found" in 1[123]\ *" $minor "*) continue ;; 1[123]\ *) ;; *) continue ;; esac
    found="$found $minor "
    "$python" "$work/look.py" "$work"
done
[ -n "$found" ] || { echo "there is no Python 3.11, 3.12 or 3.13: name one in PYTHON"; exit 1; }
