#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pyvmomi 8.0.3.0.1 and 9.1.1.0: a datetime without a zone is sent with the offset that the controller has at this moment, and not with the
# one that it had, or will have, at that datetime.
#
# Seen: in New York the same naive noon of July and of January get one and the same offset, whichever of the two is in force while the program
# runs. So one of them is an hour off.
# The good guess: a naive datetime is taken as UTC, as vSphere's own times are; or as local time with that day's offset, as astimezone() does.
# Why it matters here: whoever asks vCenter for the events, or the tasks, since a naive datetime on the other side of a clock change misses an
# hour of them or gets an hour too many. This collection only ever hands pyVmomi aware datetimes in UTC.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/offsets.py" <<'CODE'
import datetime
import re

from pyVmomi import SoapAdapter, vim

offsets = []
for month in (1, 7):
    spec = vim.event.EventFilterSpec.ByTime(beginTime=datetime.datetime(2026, month, 1, 12, 0, 0))
    sent = re.search(rb"<beginTime>([^<]*)<", SoapAdapter.Serialize(spec, version="vim.version.version9")).group(1).decode()
    offsets.append(sent[-6:])
    print(f"  noon of the first of {('January', 'July')[month == 7]}, naive: sent as {sent}")
raise SystemExit(0 if offsets[0] == offsets[1] else "the offsets differ: each is that of its own day now")
CODE
for version in 8.0.3.0.1 9.1.1.0; do
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "pyvmomi==$version" 2>/dev/null
    echo "pyvmomi $version, TZ=America/New_York:"
    TZ=America/New_York "$work/$version/bin/python" "$work/offsets.py"
done
