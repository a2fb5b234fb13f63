#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-runner 2.4.2 with ansible-core 2.18.12 and 2.19.4: what cancelling a run does to the task at work differs between the two. AWX runs and
# cancels its jobs by ansible-runner.
#
# Seen: the run is "canceled" with both, no signal reaches the command and `always` never runs. With 2.18 the command is killed on the spot. With
# 2.19 it goes on to its end, with no ansible-playbook left to take its result.
# The good guess: a cancelled job sends SIGTERM, then SIGKILL, so that what runs can clean up, and nothing is at work any more when the job says
# that it is canceled.
# Really: runner sends SIGKILL to the process group at once; since 2.19 each of Ansible's workers has a session and a group of its own.
# Why it matters here: after "Cancel" on AWX a host may be left disconnected (2.18), or the renewal of hosts goes on for minutes although the
# job has ended (2.19). The next run therefore looks at vCenter's running tasks before it begins, and finishes what was left half-way.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/job/project" "$work/job/inventory"
echo 'localhost ansible_connection=local ansible_python_interpreter="{{ ansible_playbook_python }}"' >"$work/job/inventory/hosts"
cat >"$work/job/project/play.yml" <<PLAY
- hosts: all
  gather_facts: false
  tasks:
    - block:
        - ansible.builtin.shell: |
            trap 'echo TERM >> $work/log; exit 1' TERM
            trap 'echo INT >> $work/log; exit 1' INT
            echo begun >> $work/log
            i=0; while [ \$i -lt 20 ]; do sleep 0.25; i=\$((i + 1)); done
            echo ended >> $work/log
      always:
        - ansible.builtin.shell: "echo always >> $work/log"
PLAY
cat >"$work/cancel.py" <<'CODE'
import pathlib
import sys

import ansible_runner

work = pathlib.Path(sys.argv[1])
run = ansible_runner.run(
    private_data_dir=str(work / "job"), playbook="play.yml", quiet=True, cancel_callback=lambda: (work / "log").exists()
)
print(run.status)
CODE
for version in 2.18.12 2.19.4; do
    rm -f "$work/log"
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check ansible-runner==2.4.2 "ansible-core==$version" 2>/dev/null
    status=$(PATH="$work/$version/bin:$PATH" "$work/$version/bin/python" "$work/cancel.py" "$work")
    # Longer than the command takes to its end.
    for _ in $(seq 120); do grep -q ended "$work/log" && break; sleep 0.5; done
    echo "ansible-core $version: the run is $status; the command wrote: $(paste -sd, "$work/log")"
    [ "$status" = canceled ]
    case $version in
        2.18.*) [ "$(paste -sd, "$work/log")" = begun ] ;;
        *) [ "$(paste -sd, "$work/log")" = begun,ended ] ;;
    esac
done
