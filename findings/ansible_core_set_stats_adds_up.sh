#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.17.14 and 2.19.4: `set_stats` of several hosts, with `aggregate` as it is by default, adds what is no dictionary with Python's +.
#
# Seen: three hosts that each say `ok: true` leave `ok: 3`, which `| bool` takes for false; two that say true and one that says false leave 2.
# Strings are joined without a space, lists too; a list within a dictionary is the last host's alone; and where the types differ the first one
# stays and the others are dropped without a word.
# The good guess: dictionaries and lists are merged, of anything else the last one counts; or numbers are added and booleans stay booleans.
# Why it matters here: what is set becomes the extra variables of the next job of an AWX workflow. "certops_ok" that is true for one vCenter is false there for
# three that are all well. So this collection leaves the outcome of each vCenter under a key of its own, with aggregate: false.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/play.yml" <<'PLAY'
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.set_stats:
        data:
          ok: true
          not_all: "{{ inventory_hostname != 'b' }}"
          word: done
          nested: {names: ["{{ inventory_hostname }}"]}
          mixed: "{{ [] if inventory_hostname == 'a' else 7 }}"
PLAY
cat >"$work/next.yml" <<'PLAY'
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "ok: {{ ok }}, ok | bool: {{ ok | bool }}"
PLAY
for version in 2.17.14 2.19.4; do
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" 2>/dev/null
    left=$(ANSIBLE_SHOW_CUSTOM_STATS=1 "$work/$version/bin/ansible-playbook" --forks 1 -i a,b,c "$work/play.yml" 2>/dev/null |
        sed -n 's/^\s*RUN: //p' | tr -d ' \n')
    next=$("$work/$version/bin/ansible-playbook" -i a, -e "$left" "$work/next.yml" 2>/dev/null | sed -n 's/.*"msg": "\(.*\)"/\1/p')
    echo "ansible-core $version: $left; the next job: $next"
    [ "$left" = '{"mixed":[],"nested":{"names":["c"]},"not_all":2,"ok":3,"word":"donedonedone"}' ]
    [ "$next" = "ok: 3, ok | bool: False" ]
done
