#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.17.14 and 2.19.4: with any_errors_fatal, one host's failure sends every host of the play through `rescue`, also those that
# succeeded; after the rescue all go on, and the exit status is 0.
#
# Seen: host b, on which nothing failed, runs the rescue; its recap says rescued=0; the tasks after the block run on both; exit status 0.
# The good guess: `rescue` belongs to the host that failed, and any_errors_fatal ends the play for all.
# Why it matters here: a rescue that undoes something (puts an old certificate back, switches SSH off, ends a session) would undo it on
# vCenters that are in the middle of sound work, and the run that was to stop at the first failure goes on. Our playbooks stop a vCenter by the
# results of its own modules, and have no any_errors_fatal around a rescue.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/play.yml" <<'PLAY'
- hosts: all
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - block:
        - ansible.builtin.fail:
            msg: this host fails
          when: inventory_hostname == 'a'
      rescue:
        - ansible.builtin.debug:
            msg: "rescue on {{ inventory_hostname }}"
    - ansible.builtin.debug:
        msg: "after the block on {{ inventory_hostname }}"
PLAY
for version in 2.17.14 2.19.4; do
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" 2>/dev/null
    status=0
    "$work/$version/bin/ansible-playbook" -i a,b -c local "$work/play.yml" >"$work/out" 2>/dev/null || status=$?
    echo "ansible-core $version: exit status $status"
    grep -E 'rescue on|after the block|rescued=' "$work/out" | tr -s ' '
    grep -q 'rescue on b' "$work/out"
    grep -q 'after the block on b' "$work/out"
    grep -Eq '^b .*rescued=0' "$work/out"
    [ "$status" = 0 ]
done
