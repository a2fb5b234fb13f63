#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.17.14 and 2.19.4 (and 2.21.5): when a task with `run_once` fails in a block with `rescue`, the host that it ran on is rescued and
# goes on; all the others leave the run without a failure to be seen.
#
# Seen: three hosts. The first is rescued, and alone takes the tasks and plays that follow. The others only take `always`, and the recap says
# failed=0, unreachable=0 and rescued=0 of them. Only the exit status, 2, tells of it.
# The good guess: either all hosts are rescued, as with any_errors_fatal, or only the one where it ran has failed and the others go on; and a host
# that is taken out of a run has a failure in the recap.
# Why it matters here: a play over vCenters that reads something once for all of them, in a block whose rescue takes note of a failure, ends with
# the first vCenter only: the others are neither done nor told of. So run_once stands outside of blocks with rescue in these playbooks, and
# what has to be rescued is done for each vCenter.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/play.yml" <<PLAY
- hosts: all
  gather_facts: false
  tasks:
    - block:
        - ansible.builtin.fail:
          run_once: true
      rescue:
        - ansible.builtin.shell: "echo {{ inventory_hostname }} >> $work/rescued"
      always:
        - ansible.builtin.shell: "echo {{ inventory_hostname }} >> $work/always"
    - ansible.builtin.shell: "echo {{ inventory_hostname }} >> $work/next_task"
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.shell: "echo {{ inventory_hostname }} >> $work/next_play"
PLAY
for version in 2.17.14 2.19.4; do
    rm -f "$work"/{rescued,always,next_task,next_play}
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" 2>/dev/null
    status=0
    "$work/$version/bin/ansible-playbook" -i a,b,c -c local -e ansible_python_interpreter="$work/$version/bin/python" \
        "$work/play.yml" >"$work/out" 2>/dev/null || status=$?
    seen="$(for file in rescued always next_task next_play; do printf '%s: %s; ' "$file" "$(sort "$work/$file" | paste -sd, -)"; done)"
    failed=$(grep -o 'failed=[0-9]*' "$work/out" | paste -sd' ' -)
    echo "ansible-core $version: exit status $status; $seen recap: $failed"
    [ "$status" = 2 ]
    [ "$seen" = "rescued: a; always: a,b,c; next_task: a; next_play: a; " ]
    [ "$failed" = "failed=0 failed=0 failed=0" ]
done
