#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.17.14 and 2.19.4: a task that exceeds its `timeout` is reported as ended, while its command goes on; and `until` with `retries`
# does not retry it.
#
# Seen: the task fails after fifteen seconds (2.17 even says "and was terminated"); half a minute after ansible-playbook has exited the command writes its
# last line; the command was started once, though `until: result is succeeded` and `retries: 3` ask for more.
# The good guess: `timeout` ends what the task runs, as timeout(1) does, and a task that timed out is retried like any other that failed.
# Why it matters here: whoever puts `timeout` on a task that renews or reconnects hosts gets a failed task, and a change that goes on with nobody
# looking; a second run then meets the first. So the modules have deadlines of their own (timeout_seconds), and end in order at them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/play.yml" <<PLAY
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.shell: "echo begun >> $work/log; sleep 40; echo ended >> $work/log"
      timeout: 15
      register: result
      until: result is succeeded
      retries: 3
      delay: 0
PLAY
for version in 2.17.14 2.19.4; do
    rm -f "$work/log"
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" 2>/dev/null
    status=0
    "$work/$version/bin/ansible-playbook" -i a, -c local -e ansible_python_interpreter="$work/$version/bin/python" "$work/play.yml" >"$work/out" 2>/dev/null || status=$?
    echo "ansible-core $version: exit status $status; when it had exited the command had written: $(paste -sd, "$work/log")"
    [ "$status" = 2 ]
    [ "$(cat "$work/log")" = begun ]
    # The command itself ends this: it writes its last line, or never does.
    for _ in $(seq 120); do grep -q ended "$work/log" && break; sleep 0.5; done
    echo "ansible-core $version: and afterwards: $(paste -sd, "$work/log")"
    [ "$(paste -sd, "$work/log")" = begun,ended ]
done
