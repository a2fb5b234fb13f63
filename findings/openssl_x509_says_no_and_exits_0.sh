#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# OpenSSL 3.0: `openssl x509` exits 0 where the answer is no, for all its questions but one: -checkhost and -checkip of a name that the certificate does not
# have, and -modulus of a key that has none.
#
# Seen: -checkhost and -checkip print "does NOT match certificate" and exit 0; -checkend exits 1 where the certificate ends before. -modulus prints one and the same
# sentence for two different EC keys, and exits 0, so that a comparison of the moduli says that they belong together; `openssl rsa -modulus` of such a key
# exits 1.
# The good guess: all of them tell by their exit status, as -checkend does; and without a modulus the command fails.
# Why it matters here: "is this certificate for that host?" and "do this certificate and this key belong together?" are what every guide for replacing rui.crt and
# rui.key asks, over SSH, on the host, where there is no other tool. Both are yes for whoever goes by the exit status. The CLI method of this
# collection asks `openssl rsa` for the key's side, which fails here, and reads names from the certificate itself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
openssl version
for number in 1 2; do
    openssl ecparam -name prime256v1 -genkey -noout -out "$number.key"
    openssl req -new -x509 -key "$number.key" -subj "/CN=host$number.example.net" -addext "subjectAltName=DNS:host$number.example.net,IP:192.0.2.$number" \
        -days 30 -out "$number.crt" 2>/dev/null
    openssl x509 -noout -modulus -in "$number.crt" >"$number.modulus"
    openssl x509 -noout -pubkey -in "$number.crt" >"$number.pubkey"
    echo "certificate $number, -modulus: $(cat "$number.modulus") (exit status 0)"
done
seen=
for question in "-checkhost host1.example.net" "-checkhost host2.example.net" "-checkip 192.0.2.1" "-checkip 192.0.2.2" "-checkend 0" "-checkend 31536000"; do
    status=0
    # shellcheck disable=SC2086
    said=$(openssl x509 -noout -in 1.crt $question) || status=$?
    echo "certificate 1, $question: $said (exit status $status)"
    seen="$seen $status"
done
status=0
openssl rsa -noout -modulus -in 1.key >/dev/null 2>&1 || status=$?
echo "the key by openssl rsa: exit status $status"
cmp 1.modulus 2.modulus
[ "$status" != 0 ]
! cmp -s 1.pubkey 2.pubkey || exit 1
[ "$seen" = " 0 0 0 0 0 1" ]
