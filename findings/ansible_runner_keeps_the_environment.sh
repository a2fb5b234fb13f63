#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-runner 2.4.2 (with ansible-core 2.19.4): the artifacts of each run hold the whole environment that ansible-runner was started with, secrets
# in clear text.
#
# Seen: VMWARE_PASSWORD of the calling process stands in artifacts/ID/command as it is, and so it does after the run has ended; the task that
# uses it has no_log, and neither stdout nor the events have it.
# The good guess: artifacts are output, events and status; what a task with no_log keeps back, and what nobody handed to ansible-runner, is in none of them.
# Why it matters here: VMWARE_PASSWORD is where the collections for VMware, this one too, take the password of a vCenter from. A job that archives
# the artifacts folder of ansible-runner, as one archives a log, archives the password of every vCenter and of whatever else the environment had. So
# what is archived is the report folder, or artifacts without their `command` file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/job/project" "$work/job/inventory"
echo 'localhost ansible_connection=local ansible_python_interpreter="{{ ansible_playbook_python }}"' >"$work/job/inventory/hosts"
cat >"$work/job/project/play.yml" <<'PLAY'
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "{{ lookup('ansible.builtin.env', 'VMWARE_PASSWORD') }}"
      no_log: true
PLAY
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ansible-runner==2.4.2 ansible-core==2.19.4 2>/dev/null
PATH="$work/venv/bin:$PATH" VMWARE_PASSWORD=never-to-be-seen "$work/venv/bin/ansible-runner" run "$work/job" -p play.yml >"$work/out" 2>&1
holding=$(cd "$work/job" && grep -rl never-to-be-seen . | sed 's#artifacts/[^/]*/#artifacts/ID/#' | sort | paste -sd' ')
echo "the output has it $(grep -c never-to-be-seen "$work/out" || true) times; files that have it after the run: $holding"
[ "$holding" = "./artifacts/ID/command" ]
! grep -q never-to-be-seen "$work/out"
