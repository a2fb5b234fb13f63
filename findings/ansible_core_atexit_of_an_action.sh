#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.19.14 on the controller's Python 3.11.7, 3.12.1 and 3.13.0: whether what an action plugin registers with `atexit` is ever called
# depends on Python. What a module registers always is.
#
# Seen: with 3.11 and 3.12 it is never called, not when the task ends and not when ansible-playbook does. With 3.13 it is, when the task's process ends.
# The good guess: it is called when ansible-playbook exits, as in any Python program; or never, whatever the version.
# Really: an action runs in a process that multiprocessing forked, which ends by os._exit(), and calls what atexit has before that only since 3.13.
# Why it matters here: `atexit.register(connect.Disconnect, session)` is how most programs over pyVmomi log out. In an action it leaves a session open at
# vCenter for each task, until it times out there, on every controller but the newest ones. So what logs in here, logs out in a `finally`.
# It needs one of these Pythons, and looks at each of them that it finds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/action_plugins" "$work/library"
cat >"$work/action_plugins/acts.py" <<'CODE'
import atexit
import pathlib

from ansible.plugins.action import ActionBase


def note(path, line):
    with pathlib.Path(path).open("a") as log:
        log.write(line + "\n")


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        atexit.register(note, self._task.args["log"], "atexit of the action")
        try:
            return super().run(tmp, task_vars)
        finally:
            note(self._task.args["log"], "finally of the action")
CODE
cat >"$work/library/works.py" <<'CODE'
#!/usr/bin/python
import atexit
import pathlib

from ansible.module_utils.basic import AnsibleModule


def note(path):
    with pathlib.Path(path).open("a") as log:
        log.write("atexit of the module\n")


module = AnsibleModule(argument_spec={"log": {"type": "path", "required": True}})
atexit.register(note, module.params["log"])
module.exit_json()
CODE
cat >"$work/play.yml" <<PLAY
- hosts: all
  gather_facts: false
  tasks:
    - acts: {log: $work/log}
    - works: {log: $work/log}
PLAY
found=
for python in "${PYTHON:-python3}" python3.1{1,2,3} "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[123].*/bin/python; do
    minor=$("$python" -c 'import sys; print(sys.version_info.minor)' 2>/dev/null) || continue
    case "$minor $found" in 1[123]\ *" $minor "*) continue ;; 1[123]\ *) ;; *) continue ;; esac
    found="$found $minor "
    rm -f "$work/log"
    "$python" -m venv "$work/$minor"
    "$work/$minor/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14 2>/dev/null
    ANSIBLE_LIBRARY="$work/library" "$work/$minor/bin/ansible-playbook" -i a, -c local -e ansible_python_interpreter="$work/$minor/bin/python" \
        "$work/play.yml" >/dev/null 2>&1
    called=$(paste -sd, "$work/log")
    echo "Python 3.$minor: $called"
    case $minor in
        13) [ "$called" = "finally of the action,atexit of the action,atexit of the module" ] ;;
        *) [ "$called" = "finally of the action,atexit of the module" ] ;;
    esac
done
[ -n "$found" ] || { echo "there is no Python 3.11, 3.12 or 3.13: name one in PYTHON"; exit 1; }
