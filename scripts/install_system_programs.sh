#!/bin/sh
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the programs that some tests need and pip has not, where nobody minds: in continuous integration, as root, on Debian.
# Elsewhere those tests are skipped.
set -u
packages=
wants() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null || packages="$packages $2"
}
wants shellcheck shellcheck
wants ssh openssh-client
[ -x /usr/sbin/sshd ] || wants sshd openssh-server
wants busybox busybox-static
wants openssl openssl
# Only a browser can say whether the report's page works; this one has no window and none of what windows need.
command -v chromium >/dev/null || wants chromium-headless-shell chromium-headless-shell
# ansible-rulebook has its rules decided by a library in Java.
wants java openjdk-17-jre-headless
program=
command -v promtool >/dev/null || program=promtool
[ -n "$packages$program" ] || exit 0
[ -n "${CI:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0
echo "Installing$packages $program ..."
export DEBIAN_FRONTEND=noninteractive

# It comes with a server that Debian starts when it is installed: only the program is taken out of that package.
take_promtool() {
    folder=$(mktemp -d)
    (cd "$folder" && timeout 60 apt-get download -qq prometheus && dpkg-deb --extract prometheus_*.deb . && install usr/bin/promtool /usr/local/bin)
    status=$?
    rm -rf "$folder"
    return $status
}

# shellcheck disable=SC2086 # several packages
{
    timeout 90 apt-get update -qq &&
        { [ -z "$packages" ] || timeout 180 apt-get install -y -qq --no-install-recommends $packages; } &&
        { [ -z "$program" ] || take_promtool; }
} >/dev/null 2>&1 || echo "They could not be installed; their tests will be skipped."
