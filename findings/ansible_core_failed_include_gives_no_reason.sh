#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.17.14 and 2.19.4 (and 2.21.5): when `include_role` or `include_tasks` in a block does not find what it is to include, `rescue` runs, but
# `ansible_failed_result` is that of an older failure that was rescued before, or undefined where there was none; and the host leaves the run.
#
# Seen: a first block fails with "the first reason" and is rescued. A second one includes a role that is not installed: its rescue reads "the first
# reason" again. The host takes the rest of the play, and no play that follows. The recap counts the includes as failed, not as rescued, and
# ansible-playbook exits 0.
# The good guess: the rescue of the second block gets the include's own failure ("the role was not found"), and the host goes on as after any
# failure that was rescued; or it has failed, and then the exit status is 2.
# Why it matters here: where an operator's own role signs, and it, or a role that it depends on, is not on the controller, the reason in the report would be
# another's, the play that writes the report of all vCenters and fails where one stopped would not be reached, and the job would be green. So
# what others name is loaded before it is included, and `set_fact` with `ansible_failed_result: {}` keeps an old reason from being told.
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
    - ansible.builtin.shell: "echo next task >> $work/went_on"
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.shell: "echo next play >> $work/went_on"
PLAY
for version in 2.17.14 2.19.4; do
    rm -f "$work"/{reasons,went_on}
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" 2>/dev/null
    status=0
    "$work/$version/bin/ansible-playbook" -i a, -c local -e ansible_python_interpreter="$work/$version/bin/python" \
        "$work/play.yml" >"$work/out" 2>/dev/null || status=$?
    reasons=$(paste -sd'|' "$work/reasons")
    recap=$(grep -oE '(failed|rescued)=[0-9]+' "$work/out" | paste -sd' ' -)
    went_on=$(paste -sd, "$work/went_on")
    echo "ansible-core $version: exit status $status; reasons: $reasons; went on with: $went_on; recap: $recap"
    [ "$went_on" = "next task" ]
    [ "$status" = 0 ]
    [ "$reasons" = "no reason|the first reason|the first reason" ]
    [ "$recap" = "failed=2 rescued=1" ]
done
