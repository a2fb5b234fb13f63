#!/bin/sh
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Prints the path of a Python that is new enough and can make virtual environments.
# $PYTHON is taken where it is set; otherwise every folder of PATH is looked through, because a name
# that is found first may be too old, or a version manager's stand-in that fails when it is called.
set -u

usable() {
    "$1" -c '
import sys
if sys.version_info < (3, 11):
    raise SystemExit(1)
import ensurepip, ssl, venv
print(sys.executable)
' 2>/dev/null </dev/null
}

if [ -n "${PYTHON:-}" ]; then
    usable "$PYTHON" && exit 0
    echo "PYTHON=$PYTHON cannot be used: it must be Python 3.11 or newer, with the modules venv and ensurepip." >&2
    exit 1
fi

for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
    old_ifs=$IFS
    IFS=:
    for folder in $PATH; do
        IFS=$old_ifs
        [ -x "$folder/$name" ] && usable "$folder/$name" && exit 0
    done
    IFS=$old_ifs
done

echo "No Python 3.11 or newer with the modules venv and ensurepip is on PATH." >&2
echo "Install one (on Debian: python3 and python3-venv), or name it: make PYTHON=/path/to/python3 ..." >&2
exit 1
