#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# OpenSSL 3.0: `openssl x509 -modulus` of a certificate with an EC key prints a sentence in the place of a modulus, and exits 0.
#
# Seen: two certificates of two different EC keys print one and the same line, so that comparing the moduli says that they belong together.
# The good guess: without a modulus the command fails, as `openssl rsa -modulus` does for such a key (it does, and exits 1).
# Why it matters here: "do this certificate and this key have the same modulus?" is what every guide for replacing rui.crt and rui.key asks, over
# SSH, on the host. It must be asked together with the type of the key, or of `openssl x509 -pubkey`, which holds for every type. The CLI method
# of this collection asks `openssl rsa` for the key's side, which fails here, so that it refuses such a pair.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
openssl version
for number in 1 2; do
    openssl ecparam -name prime256v1 -genkey -noout -out "$number.key"
    openssl req -new -x509 -key "$number.key" -subj "/CN=host$number.example.net" -days 30 -out "$number.crt" 2>/dev/null
    openssl x509 -noout -modulus -in "$number.crt" >"$number.modulus"
    openssl x509 -noout -pubkey -in "$number.crt" >"$number.pubkey"
    echo "certificate $number: $(cat "$number.modulus") (exit status 0)"
done
status=0
openssl rsa -noout -modulus -in 1.key >/dev/null 2>&1 || status=$?
echo "the key by openssl rsa: exit status $status"
cmp 1.modulus 2.modulus
[ "$status" != 0 ]
! cmp -s 1.pubkey 2.pubkey || exit 1
