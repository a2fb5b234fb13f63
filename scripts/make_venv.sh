#!/bin/sh
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# make_venv.sh PYTHON FOLDER REQUIREMENTS: makes a virtual environment anew and installs into it.
# FOLDER/ready is written last: where it is missing, the environment is not whole.
set -eu

python=$1 folder=$2 requirements=$3
rm -rf "$folder"
echo "Making $folder with $("$python" -V) ..."
"$python" -m venv "$folder"

# uv is several times faster than pip. Where it cannot be had or cannot reach the index, pip does the same.
install_with_uv() {
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check uv || return 1
    # As pip's, its trust is the system's where the index is mirrored behind an authority of one's own.
    UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1} "$folder/bin/uv" pip install --quiet --compile-bytecode \
        --python "$folder/bin/python" --requirement "$requirements"
}

if [ "${WITH_UV:-0}" != 1 ] || ! install_with_uv; then
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
fi
touch "$folder/ready"
