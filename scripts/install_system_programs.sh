#!/bin/sh
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the programs that some tests need and pip has not: as root where there is apt, and says which.
# Elsewhere, and with CERTOPS_INSTALL=no, it only names what is missing: those tests are skipped.
set -u
packages=
wants() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null || packages="$packages $2"
}
wants shellcheck shellcheck
wants ssh openssh-client
[ -x /usr/sbin/sshd ] || wants sshd openssh-server
wants sshpass sshpass
wants busybox busybox-static
wants openssl openssl
wants curl curl
# Only a browser can say whether the report's page works; this one has no window and none of what windows need.
command -v chromium >/dev/null || wants chromium-headless-shell chromium-headless-shell
# ansible-rulebook has its rules decided by a library in Java.
wants java openjdk-17-jre-headless
# It comes with a server that Debian starts when it is installed: only the program is taken out of that package.
wants promtool prometheus
packages=${packages# }
[ -n "$packages" ] || exit 0

if [ "${CERTOPS_INSTALL:-yes}" = no ] || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed here, so their tests will be skipped: what these packages of Debian have: $packages."
    [ "${CERTOPS_INSTALL:-yes}" = no ] || echo "As root, where there is apt, this installs them."
    exit 0
fi
echo "Installing with apt (CERTOPS_INSTALL=no leaves the machine as it is): $packages ..."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT

take_promtool() {
    folder=$(mktemp -d)
    (cd "$folder" && timeout 120 apt-get download -qq prometheus && dpkg-deb --extract prometheus_*.deb . && install usr/bin/promtool /usr/local/bin)
    status=$?
    rm -rf "$folder"
    return $status
}

# The tests start a server of SSH of their own. The machine's is not started by being installed, now or when the machine is.
take_sshd() {
    policy=/usr/sbin/policy-rc.d
    made=''
    [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made=yes; }
    timeout 300 apt-get install -y -qq --no-install-recommends openssh-server
    status=$?
    [ -z "$made" ] || rm -f "$policy"
    if [ "$status" = 0 ] && command -v systemctl >/dev/null; then
        systemctl disable ssh.service ssh.socket || true
    fi
    return $status
}

# All at once is faster; one by one, a package that another Linux with apt has not keeps none of the others away.
take_others() {
    # shellcheck disable=SC2086 # several packages
    timeout 300 apt-get install -y -qq --no-install-recommends $others && others=
}

failed=''
others=''
timeout 120 apt-get update -qq >>"$log" 2>&1
for package in $packages; do
    case $package in
        prometheus) take_promtool ;;
        openssh-server) take_sshd ;;
        *) others="$others $package" ;;
    esac >>"$log" 2>&1 || failed="$failed $package"
done
[ -z "$others" ] || take_others >>"$log" 2>&1
for package in $others; do
    timeout 300 apt-get install -y -qq --no-install-recommends "$package" >>"$log" 2>&1 || failed="$failed $package"
done
if [ -n "$failed" ]; then
    tail -n 5 "$log"
    echo "These could not be installed, and their tests will be skipped:$failed."
fi
