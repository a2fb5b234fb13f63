#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.19.14, and not 2.17.14, with pyvmomi 9.1.1.0: an action that returns an enumeration of pyVmomi's ("connected"), which is a str, has its whole
# result thrown away when its work is done, and the task is reported as failed. An array of pyVmomi's, which is a list, is lost by both.
#
# Seen: the action writes its line and returns changed: true with the connection state of a host. With 2.17 the task is changed and the
# value a string. With 2.19: "Task result omitted due to queue send failure: Can't pickle <class '...vim.HostSystem.ConnectionState'>", failed,
# and neither `changed` nor any other key is left. pyVmomi's long and URI come through with both.
# The good guess: a subclass of str is a string and one of list a list, as json.dumps and the modules' exit_json have them; or the task fails before
# it does anything.
# Why it matters here: a step that reconnected a host, and shows the state that vCenter answered, would be told as failed, with no word of
# what it changed; and only on the newer ansible-core. So what this collection's actions return is made of plain values at one place, at
# the border to pyVmomi already.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/action_plugins"
cat >"$work/action_plugins/changes.py" <<'CODE'
import pathlib

from ansible.plugins.action import ActionBase
from pyVmomi import VmomiSupport, vim

VALUES = {
    "enumeration": vim.HostSystem.ConnectionState.connected,
    "array": VmomiSupport.GetVmodlType("string[]")(["a"]),
    "long": VmomiSupport.long(5),
}


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        with pathlib.Path(self._task.args["log"]).open("a") as log:
            log.write(self._task.args["value"] + "\n")
        return {**result, "changed": True, "value": VALUES[self._task.args["value"]]}
CODE
{
    printf -- '- hosts: all\n  gather_facts: false\n  tasks:\n'
    for value in enumeration array long; do
        printf '    - changes: {log: %s, value: %s}\n      register: told\n      ignore_errors: true\n' "$work/log" "$value"
        printf '    - ansible.builtin.debug:\n        msg: "seen: %s {{ told.failed | bool | ternary(%s, %s) }}"\n' "$value" "'lost'" "'kept'"
    done
} >"$work/play.yml"
for version in 2.17.14 2.19.14; do
    rm -f "$work/log"
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" pyvmomi==9.1.1.0 2>/dev/null
    "$work/$version/bin/ansible-playbook" -i a, -c local "$work/play.yml" >"$work/out" 2>/dev/null
    did=$(paste -sd' ' "$work/log")
    seen=$(sed -n 's/.*"msg": "seen: \(.*\)"/\1/p' "$work/out" | paste -sd, -)
    echo "ansible-core $version: work done for: $did; results: $seen"
    [ "$did" = "enumeration array long" ]
    case $version in
        2.17.*) [ "$seen" = "enumeration kept,array lost,long kept" ] ;;
        *) [ "$seen" = "enumeration lost,array lost,long kept" ] ;;
    esac
done
