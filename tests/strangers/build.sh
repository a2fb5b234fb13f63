#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the program of tests/strangers/govmomi into .cache/strangers and prints its path. It needs Go and Debian's govmomi, which root installs
# with apt where they are missing (CERTOPS_INSTALL=no: not).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
gopath=${CERTOPS_GOPATH:-/usr/share/gocode}
if ! command -v go >/dev/null || [ ! -d "$gopath/src/github.com/vmware/govmomi" ]; then
    if [ "${CERTOPS_INSTALL:-yes}" = no ] || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "Go, or govmomi in $gopath/src, is missing. On Debian: apt-get install golang-go golang-github-vmware-govmomi-dev" >&2
        exit 1
    fi
    echo "Installing with apt (CERTOPS_INSTALL=no leaves the machine as it is): golang-go golang-github-vmware-govmomi-dev ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    {
        timeout 120 apt-get update -qq
        timeout 600 apt-get install -y -qq --no-install-recommends golang-go golang-github-vmware-govmomi-dev
    } >&2
fi
place=$PWD/.cache/strangers
mkdir -p "$place"
cd tests/strangers/govmomi
# Debian's packages are a GOPATH; nothing is fetched.
GO111MODULE=off GOPATH=$gopath GOCACHE=$place/go GOFLAGS='' go build -o "$place/govmomi" .
echo "$place/govmomi"
