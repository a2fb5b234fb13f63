#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.17.14 and 2.19.4 (and 2.21.5): when `include_role` or `include_tasks` in a block does not find what it is to include, `rescue` runs, but
# `ansible_failed_result` and `ansible_failed_task` are those of an older failure that was rescued before, or undefined where there was none.
#
# Seen: a first block fails with "the first reason" and is rescued. A second one includes a role that is not installed: its rescue reads "the first
# reason" again. The recap counts the include as failed=1, not as rescued, and ansible-playbook exits 0.
# The good guess: the rescue of the second block gets the include's own failure ("the role was not found"), and a failure that was rescued
# does not stand in the recap as one.
# Why it matters here: where an operator's own role signs, and it is not on the controller, a rescue that writes ansible_failed_result.msg into the
# report gives a reason that belongs to something else, or none. Whoever includes what others name finds out before whether it is there, and
# does not judge a run by the recap.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/play.yml" <<PLAY
- hosts: all
  gather_facts: false
  tasks:
    - block:
        - ansible.builtin.include_tasks: not_there.yml
      rescue:
        - ansible.builtin.shell: "echo {{ ansible_failed_result.msg | default('no reason') | quote }} >> $work/reasons"
    - block:
        - ansible.builtin.fail:
            msg: the first reason
      rescue:
        - ansible.builtin.shell: "echo {{ ansible_failed_result.msg | default('no reason') | quote }} >> $work/reasons"
    - block:
        - ansible.builtin.include_role:
            name: not_installed
      rescue:
        - ansible.builtin.shell: "echo {{ ansible_failed_result.msg | default('no reason') | quote }} >> $work/reasons"
PLAY
for version in 2.17.14 2.19.4; do
    rm -f "$work/reasons"
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" 2>/dev/null
    status=0
    "$work/$version/bin/ansible-playbook" -i a, -c local -e ansible_python_interpreter="$work/$version/bin/python" \
        "$work/play.yml" >"$work/out" 2>/dev/null || status=$?
    reasons=$(paste -sd'|' "$work/reasons")
    recap=$(grep -oE '(failed|rescued)=[0-9]+' "$work/out" | paste -sd' ' -)
    echo "ansible-core $version: exit status $status; reasons: $reasons; recap: $recap"
    [ "$status" = 0 ]
    [ "$reasons" = "no reason|the first reason|the first reason" ]
    [ "$recap" = "failed=2 rescued=1" ]
done
