#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the scripts of findings/ (or those that are named) one after another and prints a table. Exits 1 where one is no longer so.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../findings" || exit 1
[ $# -gt 0 ] || set -- *.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT
changed=0
printf '%-52s %s\n' FINDING RESULT
for script in "$@"; do
    if bash "${script%.sh}.sh" >"$log" 2>&1; then
        printf '%-52s %s\n' "${script%.sh}" "as described"
    else
        printf '%-52s %s\n' "${script%.sh}" "CHANGED, or could not be run:"
        sed 's/^/    /' "$log"
        changed=1
    fi
done
exit $changed
