#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Java 17 and OpenSSL 3.0: what stands in a trusted root itself. Java looks at none of its dates, its path length and its name constraints; OpenSSL at all three.
#
# Seen: a root that expired yesterday, one with the path length 0 above a CA, and one whose name constraints forbid the host's name: Java accepts the chain each
# time, OpenSSL refuses it each time. The same three in the CA below the root: both refuse.
# The good guess: an expired root breaks every chain that ends in it, and constraints bind whoever verifies; or, that an anchor is trusted for what
# it is, for every verifier alike (RFC 5280, section 6.1.1, takes of it the name and the key only).
# Why it matters here: in vCenter SPS is Java and vpxd is OpenSSL. With an expired root providers can be online while hosts cannot be reconnected; what is seen
# of the one says nothing of the other. So this collection judges the root as OpenSSL does, and says that it is OpenSSL who refuses.
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
    public static void main(String[] folders) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (String folder : folders) {
            X509Certificate[] read = new X509Certificate[3];
            String[] names = {"leaf", "between", "root"};
            for (int at = 0; at < 3; at++) {
                read[at] = (X509Certificate) factory.generateCertificate(new FileInputStream(folder + "/" + names[at] + ".pem"));
            }
            PKIXParameters terms = new PKIXParameters(Set.of(new TrustAnchor(read[2], null)));
            terms.setRevocationEnabled(false);
            try {
                CertPathValidator.getInstance("PKIX").validate(factory.generateCertPath(List.of(read[0], read[1])), terms);
                System.out.println("accepted");
            } catch (java.security.cert.CertPathValidatorException refused) {
                System.out.println("refused");
            }
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
from cryptography.x509.oid import NameOID

work = pathlib.Path(sys.argv[1])
now = datetime.datetime.now(datetime.timezone.utc)
day = datetime.timedelta(days=1)
HOST = "host.example.net"
FORBIDDEN = x509.NameConstraints(None, [x509.DNSName("example.net")])


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def issue(subject, issuer, key, signer, *, ends=100, path_length=None, constraints=None, host=False):
    builder = (
        x509.CertificateBuilder(subject_name=named(subject), issuer_name=named(issuer), public_key=key.public_key(), serial_number=7)
        .not_valid_before(now - 200 * day)
        .not_valid_after(now + ends * day)
        .add_extension(x509.BasicConstraints(ca=not host, path_length=path_length), critical=True)
    )
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    if constraints:
        builder = builder.add_extension(constraints, critical=True)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


root, between, below, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(4))
for case, at_root, at_between in (
    ("sound", {}, {}),
    ("root_ended", {"ends": -1}, {}),
    ("root_length", {"path_length": 0}, {}),
    ("root_names", {"constraints": FORBIDDEN}, {}),
    ("between_ended", {}, {"ends": -1}),
    ("between_names", {}, {"constraints": FORBIDDEN}),
):
    folder = work / case
    folder.mkdir()
    (folder / "root.pem").write_bytes(issue("Root", "Root", root, root, **at_root))
    (folder / "between.pem").write_bytes(issue("Between", "Root", between, root, **at_between))
    (folder / "leaf.pem").write_bytes(issue(HOST, "Between", leaf, between, host=True))
CODE
"$work/venv/bin/python" "$work/issue.py" "$work"
openssl version
java -version 2>&1 | head -1
cases=(sound root_ended root_length root_names between_ended between_names)
java=$(cd "$work" && java Path.java "${cases[@]}")
seen=
at=1
for case in "${cases[@]}"; do
    openssl=refused
    openssl verify -CAfile "$work/$case/root.pem" -untrusted "$work/$case/between.pem" "$work/$case/leaf.pem" >/dev/null 2>&1 && openssl=accepted
    told=$(echo "$java" | sed -n "${at}p")
    echo "$case: OpenSSL $openssl, Java $told"
    seen="$seen $openssl/$told"
    at=$((at + 1))
done
[ "$seen" = " accepted/accepted refused/accepted refused/accepted refused/accepted refused/refused refused/refused" ]
