#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# OpenSSL 3.0 (by Python's ssl and by `openssl verify`): of two trusted CAs with the same name and different keys only the first in the file is
# tried, where the certificates have no key identifiers. "certificate signature failure" is the answer although the right CA is in the file.
#
# Seen: file [old CA, new CA]: refused; [new CA, old CA]: accepted. Once the old CA has expired, both orders are accepted. With subject and
# authority key identifiers both orders are accepted as well.
# The good guess: a verifier tries each CA of that name until one has made the signature, as cryptography's users do in a loop, and the order of
# a CA file does not matter.
# Why it matters here: a site that makes its CA anew under its old name puts the new one below the old one in ca_path, and nothing verifies until
# the old one has expired. That the signature is right for one of the CAs does not mean that vCenter, which verifies with OpenSSL, accepts it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cryptography==46.0.3 2>/dev/null
cat >"$work/roots.py" <<'CODE'
import datetime
import pathlib
import subprocess
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

work = pathlib.Path(sys.argv[1])
now = datetime.datetime.now(datetime.timezone.utc)
day = datetime.timedelta(days=1)


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def issue(subject, issuer, key, signer, first, last, extensions):
    builder = (
        x509.CertificateBuilder(subject_name=named(subject), issuer_name=named(issuer), public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + first * day)
        .not_valid_after(now + last * day)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def verified(leaf, *authorities):
    (work / "leaf.pem").write_bytes(leaf)
    (work / "authorities.pem").write_bytes(b"".join(authorities))
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", work / "authorities.pem", work / "leaf.pem"], capture_output=True, text=True, check=False
    )
    return "accepted" if done.returncode == 0 else "signature failure" if "signature failure" in done.stderr else "other failure"


old, new, host = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
seen = {}
for identifiers in (False, True):
    for expired in (False, True):

        def authority(key, last):
            more = [x509.SubjectKeyIdentifier.from_public_key(key.public_key())] if identifiers else []
            return issue("Example CA", "Example CA", key, key, -100, last, [x509.BasicConstraints(ca=True, path_length=None), *more])

        first, second = authority(old, -1 if expired else 1000), authority(new, 1000)
        more = [x509.AuthorityKeyIdentifier.from_issuer_public_key(new.public_key())] if identifiers else []
        leaf = issue("host.example.net", "Example CA", host, new, -1, 100, more)
        answers = (verified(leaf, first, second), verified(leaf, second, first))
        seen[identifiers, expired] = answers
        print(
            f"key identifiers: {'yes' if identifiers else 'no '}  old CA: {'expired' if expired else 'valid  '}  "
            f"[old, new]: {answers[0]:18} [new, old]: {answers[1]}"
        )
fine = ("accepted", "accepted")
expected = {
    (False, False): ("signature failure", "accepted"),
    (False, True): fine,
    (True, False): fine,
    (True, True): fine,
}
raise SystemExit(0 if seen == expected else "this has changed")
CODE
openssl version
"$work/venv/bin/python" "$work/roots.py" "$work"
