#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.17.14 and 2.19.14: code of a collection that a plugin imports is compiled anew by every process of Ansible. Only the file of the
# plugin itself is kept as bytecode.
#
# Seen: a filter that imports a module_utils of its collection: after any number of runs there is bytecode of the filter's file, and none of what
# it imports, with bytecode allowed and the folder writable. Each run compiles it again.
# The good guess: an import is an import: the first run leaves __pycache__ beside each file, and the next ones take it from there.
# Why it matters here: a collection of 20,000 lines costs each ansible-playbook, each ansible-inventory and each module that runs in its own process a second of
# compiling. So the packages below module_utils are imported by the plugins that need them and not all by all, work that would be one module process after
# another is done in the action's process, and how long a start takes is not to be judged by what plain Python takes for the same import.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
plugins=$work/collections/ansible_collections/example/kept/plugins
mkdir -p "$plugins/filter" "$plugins/module_utils"
touch "$plugins/module_utils/__init__.py"
echo 'VALUE = "seen"' >"$plugins/module_utils/imported.py"
cat >"$plugins/filter/seen.py" <<'CODE'
from ansible_collections.example.kept.plugins.module_utils import imported


class FilterModule:
    def filters(self):
        return {"seen": lambda _value: imported.VALUE}
CODE
export ANSIBLE_COLLECTIONS_PATH=$work/collections ANSIBLE_HOME=$work/home ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_CONFIG=$work/ansible.cfg
touch "$ANSIBLE_CONFIG"
unset PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX
for version in 2.17.14 2.19.14; do
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" 2>/dev/null
    for _run in 1 2; do
        "$work/$version/bin/ansible" localhost -m debug -a 'msg={{ 1 | example.kept.seen }}' | grep -q seen
    done
    kept=$(find "$plugins" -name '*.pyc' -printf '%f\n' | sed 's/\..*//' | sort | tr '\n' ' ')
    echo "ansible-core $version: bytecode after two runs: $kept"
    [ "$kept" = "seen " ]
    find "$plugins" -name '*.pyc' -delete
done
