#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.17.14 and 2.19.4: one item of a loop that fails takes away what the items that succeeded did to the run: variables, statistics, and
# the handlers that they notified. `ignore_errors` makes no difference.
#
# Seen: include_vars, set_stats, and a command that notifies a handler, each over two items of which the second fails, with ignore_errors: true. By
# the registered result the first item succeeded each time, and the recap counts the change. Its variable is undefined afterwards, its statistic
# is not shown, and its handler does not run.
# The good guess: each item is by itself: what succeeded counts, and where the play goes on by ignore_errors the handler of a changed item runs.
# Why it matters here: a loop that restarts something by a handler, or leaves a value for each vCenter, does so for none because one failed, and the
# play goes on as if it had. So what a run has to know is left by one action for each vCenter, and not by a loop, and what has to be restarted is
# restarted by the step that needs it, and not by a handler.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'value_of_first: known' >"$work/first.yml"
cat >"$work/play.yml" <<'PLAY'
- hosts: all
  gather_facts: false
  handlers:
    - name: restart
      ansible.builtin.debug:
        msg: "seen: the handler ran"
  tasks:
    - ansible.builtin.include_vars: "{{ item }}"
      loop: [first.yml, missing.yml]
      ignore_errors: true
      register: variables
    - ansible.builtin.set_stats:
        data: "{{ item }}"
      loop: [{statistic: 1}, "no dictionary"]
      ignore_errors: true
      register: statistics
    - ansible.builtin.command: "{{ item }}"
      loop: ["true", "false"]
      ignore_errors: true
      register: commands
      notify: restart
    - ansible.builtin.meta: flush_handlers
    - ansible.builtin.debug:
        msg: >-
          seen: the first items failed: {{ [variables, statistics, commands] | map(attribute='results') | map('first')
          | map(attribute='failed', default=false) | join(' ') }}
    - ansible.builtin.debug:
        msg: "seen: the variable: {{ value_of_first | default('undefined') }}"
PLAY
for version in 2.17.14 2.19.4; do
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" 2>/dev/null
    ANSIBLE_SHOW_CUSTOM_STATS=1 "$work/$version/bin/ansible-playbook" -i a, -c local -e ansible_python_interpreter="$work/$version/bin/python" \
        "$work/play.yml" >"$work/out" 2>/dev/null || true
    seen=$(sed -n 's/.*"msg": "seen: \(.*\)"/\1/p' "$work/out" | paste -sd';')
    statistics=$(grep -c 'CUSTOM STATS' "$work/out" || true)
    echo "ansible-core $version: $seen; statistics shown: $statistics; $(grep -o 'changed=[0-9] .*' "$work/out" | tr -s ' ')"
    [ "$seen" = "the first items failed: False False False;the variable: undefined" ]
    [ "$statistics" = 0 ]
    grep -q 'changed=[1-9].*ignored=3' "$work/out"
done
