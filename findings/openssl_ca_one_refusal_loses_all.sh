#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# OpenSSL 3.0, `openssl ca` with a policy of `match`: a request whose name reads the same as the CA's, and has another ASN.1 string type, is refused;
# and of several requests in one call (-infiles) the one that is refused takes the others with it.
#
# Seen: CA with O=Example as PrintableString, two requests with O=Example, one as PrintableString and one as UTF8String. By itself the first is
# signed and the second refused: "The organizationName field is different between CA certificate (Example) and the request (Example)". Both in
# one call, in whichever order: exit status 1, no certificate is written and none stands in the database.
# The good guess: names are compared as OpenSSL compares them when it verifies a chain, where the string type does not matter; and each request of a
# batch is signed or refused by itself, as the database has an entry for each.
# Why it matters here: hosts' requests have UTF8Strings, and old company CAs have PrintableStrings. A signer command that is `openssl ca` has to be
# called for each host, or one host's request costs the certificates of all; and its policy has to be `supplied` or `optional`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >ca.cnf <<'CNF'
[ca]
default_ca = own
[own]
dir = .
database = index.txt
new_certs_dir = signed
serial = serial
default_md = sha256
default_days = 100
policy = same_organisation
[same_organisation]
organizationName = match
commonName = supplied
[req]
distinguished_name = dn
string_mask = $ENV::MASK
[dn]
CNF
request() { MASK=$1 openssl req -config ca.cnf -newkey rsa:2048 -nodes -subj "/O=Example/CN=$2" "${@:3}" 2>/dev/null; }
request default ca -x509 -days 1000 -keyout ca.key -out ca.pem
request default printable -keyout /dev/null -out printable.csr
request utf8only utf8 -keyout /dev/null -out utf8.csr
openssl version
sign() {
    rm -rf signed index.txt*
    mkdir signed
    : >index.txt
    echo 01 >serial
    status=0
    MASK=default openssl ca -config ca.cnf -batch -notext -cert ca.pem -keyfile ca.key -infiles "$@" >said 2>&1 || status=$?
    seen="exit status $status, $(find signed -name '*.pem' | wc -l) signed, $(wc -l <index.txt) in the database"
    echo "$*: $seen; $(grep -A1 'is different' said | paste -sd' ' -)"
}
sign printable.csr
[ "$seen" = "exit status 0, 1 signed, 1 in the database" ]
for requests in "utf8.csr" "printable.csr utf8.csr" "utf8.csr printable.csr"; do
    # shellcheck disable=SC2086
    sign $requests
    [ "$seen" = "exit status 1, 0 signed, 0 in the database" ]
    grep -q "CA certificate (Example) and the request (Example)" said
done
