#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.17.14 and 2.19.4: `meta: end_host` inside a block skips the block's `always`, and `meta: end_play` skips it on every host.
#
# Seen: the task in `always` runs on the host that was not ended, and on no host after end_play.
# The good guess: `always` is what its name says, and leaving a block early by end_host runs it, as a `return` inside Python's try does.
# Why it matters here: what a block switches on for a while (SSH on an ESXi host, a cluster's host monitoring, a session) stays on for good when
# it is left in this way. The CLI step switches SSH on and off within one task for that reason, and no task of this collection leaves a block by end_host
# or end_play.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for what in end_host end_play; do
    cat >"$work/$what.yml" <<PLAY
- hosts: all
  gather_facts: false
  tasks:
    - block:
        - ansible.builtin.meta: $what
          when: inventory_hostname == 'a'
        - ansible.builtin.debug:
            msg: "work on {{ inventory_hostname }}"
      always:
        - ansible.builtin.debug:
            msg: "clean up on {{ inventory_hostname }}"
PLAY
done
for version in 2.17.14 2.19.4; do
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" 2>/dev/null
    for what in end_host end_play; do
        "$work/$version/bin/ansible-playbook" -i a,b -c local "$work/$what.yml" >"$work/$what.out" 2>/dev/null
        echo "ansible-core $version, $what: $(grep -Eo '(work|clean up) on [ab]' "$work/$what.out" | paste -sd, || true)"
    done
    grep -q 'clean up on b' "$work/end_host.out"
    ! grep -q 'clean up on a' "$work/end_host.out" || exit 1
    ! grep -q 'clean up on' "$work/end_play.out" || exit 1
done
