#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-rulebook 1.3.2 (drools_jpy 0.4.1): `throttle` with once_within and group_by_attributes does not throttle events that lack the attribute.
#
# Seen: of three events with one host the first fires, and of three with null for the host the first as well; of three events that do not have
# the attribute every single one does.
# The good guess: an attribute that is not there is as null, and those events are one group of their own, so that one of them fires.
# Why it matters here: a vCenter's event that names no host would start a playbook each time it comes, hundreds in an hour. So the rule of our
# rulebook that groups by host demands a host in its condition, and the one for the others groups by what every event has.
# It needs Java 17.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ansible-rulebook==1.3.2 drools_jpy==0.4.1 ansible-core==2.19.4 2>/dev/null
cat >"$work/events.py" <<'CODE'
import asyncio


async def main(queue, args):
    events = [{"host": "a"}] * 3 + [{}] * 3 + [{"host": None}] * 3
    for number, event in enumerate(events, 1):
        await queue.put({"number": number, **event})
        await asyncio.sleep(0.3)
    await asyncio.sleep(20)
CODE
cat >"$work/rulebook.yml" <<'RULES'
- name: Once within an hour for each host
  hosts: all
  sources:
    - events: {}
  rules:
    - name: Fire
      condition: event.number is defined
      throttle:
        once_within: 1 hour
        group_by_attributes:
          - event.host
      action:
        debug:
          msg: "fired by event {{ event.number }}"
RULES
echo 'localhost ansible_connection=local' >"$work/inventory.ini"
(cd "$work" && PATH="$work/venv/bin:$PATH" timeout 300 ansible-rulebook --rulebook rulebook.yml -i inventory.ini -S . >"$work/out" 2>&1) || true
fired=$(grep -Eo 'fired by event [0-9]' "$work/out" | grep -Eo '[0-9]$' | sort -u | paste -sd' ')
echo "events 1 to 3 name a host, 4 to 6 none, 7 to 9 null; these fired: $fired"
[ "$fired" = "1 4 5 6 7" ]
