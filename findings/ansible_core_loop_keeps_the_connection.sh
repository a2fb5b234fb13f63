#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.21.5, and not 2.19.14 or 2.20.10: in a loop with `delegate_to: "{{ item }}"` a host that has no `ansible_connection` of its own gets
# the connection plugin of the item before it.
#
# Seen: loop [host, localhost, host], where the host is to be reached over ssh, which is what plays take by default. 2.19 and 2.20 try ssh both
# times. 2.21 tries ssh before localhost; after it the host's command runs on the controller, and is reported as "changed: [vcenter -> host]".
# The good guess: each item gets the connection that its own host's variables say, and else the play's, as with 2.20.
# Why it matters here: a command that is meant for an ESXi host can run on the controller, and its result says that it ran on the host. So whoever
# loops over hosts gives each of them an `ansible_connection` of its own, or loops over include_tasks with the delegated task in it, as the
# role renew_cli does: there each item is a task of its own. And the host's own CLI is not used over a connection that is not known to check the host's key.
# It needs Python 3.12 or newer, and ssh.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=
for candidate in "${PYTHON:-}" python3 python3.12 python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[23].*/bin/python; do
    if "$candidate" -c 'import sys; raise SystemExit(sys.version_info < (3, 12))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || { echo "there is no Python 3.12 or newer: name one in PYTHON"; exit 1; }
# Nothing listens on port 1: what reaches the host is refused, what runs on the controller leaves a line.
cat >"$work/hosts" <<'HOSTS'
vcenter ansible_connection=local
host ansible_host=127.0.0.1 ansible_port=1
HOSTS
cat >"$work/play.yml" <<PLAY
- hosts: vcenter
  gather_facts: false
  tasks:
    - ansible.builtin.raw: "echo {{ item }} >> $work/on_the_controller"
      delegate_to: "{{ item }}"
      loop: [host, localhost, host]
      ignore_unreachable: true
PLAY
for version in 2.19.14 2.20.10 2.21.5; do
    rm -f "$work/on_the_controller"
    "$python" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version" 2>/dev/null
    "$work/$version/bin/ansible-playbook" -i "$work/hosts" "$work/play.yml" >"$work/out" 2>/dev/null || true
    ran=$(paste -sd' ' "$work/on_the_controller")
    echo "ansible-core $version: ran on the controller: $ran; reported as changed: $(grep -o '^changed: \[[^]]*\]' "$work/out" | paste -sd' ')"
    case $version in
        2.21.*) [ "$ran" = "localhost host" ] ;;
        *) [ "$ran" = localhost ] ;;
    esac
done
