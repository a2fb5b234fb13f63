#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Java 17 and OpenSSL 3.0: when they take the issuer's name in a certificate for the subject's name in its CA. vCenter has both: vpxd verifies
# with OpenSSL, SPS (storage providers) in Java.
#
# Seen: a name as BMPString in the one and as UTF8String in the other: OpenSSL accepts the chain, Java finds no path. A name that differs in the
# case of a letter beyond ASCII (Ü and ü): Java accepts it, OpenSSL finds no issuer. Differing in the case of ASCII letters: both accept it.
# The good guess: both follow RFC 5280, section 7.1, so that the string type and the case do not matter; or both compare bytes.
# Why it matters here: a certificate of a company CA can be accepted when a host is reconnected, and then leave its storage provider offline, or
# the other way round. Who reads that "the chain verifies" has to ask by which of the two. So this collection refuses a certificate, before it is
# installed, that either of them refuses, and names who does.
# It needs openssl and a JDK 17 (`java FILE.java` compiles).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cryptography==46.0.3 2>/dev/null
cat >"$work/Path.java" <<'CODE'
import java.io.FileInputStream;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;

class Path {
    public static void main(String[] files) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        X509Certificate leaf = (X509Certificate) factory.generateCertificate(new FileInputStream(files[0]));
        X509Certificate root = (X509Certificate) factory.generateCertificate(new FileInputStream(files[1]));
        PKIXParameters terms = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        terms.setRevocationEnabled(false);
        try {
            CertPathValidator.getInstance("PKIX").validate(factory.generateCertPath(List.of(leaf)), terms);
            System.out.println("accepted");
        } catch (java.security.cert.CertPathValidatorException refused) {
            System.out.println("refused");
        }
    }
}
CODE
cat >"$work/issue.py" <<'CODE'
import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

work = pathlib.Path(sys.argv[1])
now = datetime.datetime.now(datetime.timezone.utc)
day = datetime.timedelta(days=1)
UTF8, BMP = _ASN1Type.UTF8String, _ASN1Type.BMPString


def named(text, kind=UTF8):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, _type=kind)])


def issue(subject, issuer, key, signer, ca):
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key(), serial_number=7)
        .not_valid_before(now - day)
        .not_valid_after(now + 100 * day)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


authority, host = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
for case, subject, issuer in (
    ("string type", named("Example CA"), named("Example CA", BMP)),
    ("case beyond ASCII", named("M\u00dcLLER CA"), named("M\u00fcLLER CA")),
    ("case in ASCII", named("EXAMPLE CA"), named("Example CA")),
):
    folder = work / case.replace(" ", "_")
    folder.mkdir()
    (folder / "root.pem").write_bytes(issue(subject, subject, authority, authority, True))
    (folder / "leaf.pem").write_bytes(issue(named("host.example.net"), issuer, host, authority, False))
CODE
"$work/venv/bin/python" "$work/issue.py" "$work"
openssl version
java -version 2>&1 | head -1
seen=
for case in string_type case_beyond_ASCII case_in_ASCII; do
    openssl=refused
    openssl verify -CAfile "$work/$case/root.pem" "$work/$case/leaf.pem" >/dev/null 2>&1 && openssl=accepted
    java=$(java "$work/Path.java" "$work/$case/leaf.pem" "$work/$case/root.pem")
    echo "$case: OpenSSL $openssl, Java $java"
    seen="$seen $openssl/$java"
done
[ "$seen" = " accepted/refused refused/accepted accepted/accepted" ]
