#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# OpenSSL 3.0 (and cryptography 46 beside it): a CA that is renewed with its key and its name is no issuer any more of what it issued before, where those
# certificates name it by its serial number as well.
#
# Seen: authorityKeyIdentifier = keyid,issuer:always writes the CA's own issuer and serial number beside its key identifier. With the renewed CA alone as
# trusted: "unable to get local issuer certificate", though name, key, key identifier and signature are right. cryptography's
# verify_directly_issued_by accepts. With keyid alone both accept; with the old CA kept beside the renewed one OpenSSL accepts too.
# The good guess: who keeps name and key keeps all that was issued valid; the key identifier is what identifies the issuer, and the rest is a hint.
# Why it matters here: a site renews its CA with the key, replaces the old certificate among vCenter's trusted roots, and vCenter accepts no host any more whose
# certificate was issued before. So this collection compares serial number and issuer as OpenSSL does, before it installs a certificate.
# It needs openssl.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cryptography==46.0.3 2>/dev/null
openssl version
{
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj "/CN=Site CA" -days 100 -set_serial 1 -out old.pem
    openssl req -x509 -key ca.key -subj "/CN=Site CA" -days 3000 -set_serial 2 -out renewed.pem
    openssl req -newkey rsa:2048 -nodes -keyout host.key -subj "/CN=host.example.net" -out host.csr
    for kind in keyid keyid,issuer:always; do
        echo "authorityKeyIdentifier = $kind" >extensions
        openssl x509 -req -in host.csr -CA old.pem -CAkey ca.key -set_serial 9 -days 90 -extfile extensions -out "$kind.pem"
    done
} 2>/dev/null
cat old.pem renewed.pem >both.pem
cat >issued.py <<'CODE'
import sys

from cryptography import x509

leaf, authority = (x509.load_pem_x509_certificate(open(name, "rb").read()) for name in sys.argv[1:])
leaf.verify_directly_issued_by(authority)
print("accepted")
CODE
seen=
for kind in keyid keyid,issuer:always; do
    for trusted in old renewed both; do
        openssl=refused
        openssl verify -CAfile "$trusted.pem" "$kind.pem" >said 2>&1 && openssl=accepted
        reason=$(sed -n 's/^error \([0-9]*\).*lookup: \(.*\)/ (error \1: \2)/p' said)
        echo "$kind, trusted: $trusted: OpenSSL $openssl$reason"
        seen="$seen $openssl"
    done
    echo "$kind, renewed: cryptography $(venv/bin/python issued.py "$kind.pem" renewed.pem)"
done
[ "$seen" = " accepted accepted accepted accepted refused accepted" ]
