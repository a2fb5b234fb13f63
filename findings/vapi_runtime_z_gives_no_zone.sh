#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# vmware-vapi-runtime 9.1.1.0 (the vSphere Automation SDK for Python): a time that vCenter's REST answers with "Z" becomes a datetime without a zone, the same
# time with "+00:00" one with a zone. And a datetime in another zone than UTC is refused when it is to be sent.
#
# Seen: "2026-03-01T12:00:00.000Z" is naive, so in New York its timestamp() is five hours late, and a comparison with datetime.now(timezone.utc) is
# a TypeError; "2026-03-01T12:00:00.000+00:00" is aware and right. pyVmomi 9.1.1.0 makes both aware. Sent: naive is taken as UTC, 13:00+01:00 is an error.
# The good guess: both are UTC and aware, as pyVmomi has them; and an aware datetime is converted when it is sent.
# Why it matters here: the end of vCenter's last backup comes by REST. Whoever reads it with the SDK sees a backup that is hours older or younger than it is,
# or stops with a TypeError, depending on which of two forms the answer has. This collection reads REST by itself, and a time without a zone as UTC.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check vmware-vapi-runtime==9.1.1.0 pyvmomi==9.1.1.0 2>/dev/null
cat >"$work/times.py" <<'CODE'
import datetime

from pyVmomi import Iso8601
from vmware.vapi.bindings.datetime_helper import DateTimeConverter
from vmware.vapi.exception import CoreException

right = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc).timestamp()
seen = []
for text in ("2026-03-01T12:00:00.000Z", "2026-03-01T12:00:00.000+00:00"):
    for name, read in (("vapi", DateTimeConverter.convert_to_datetime), ("pyVmomi", Iso8601.ParseISO8601)):
        moment = read(text)
        aware, off = moment.utcoffset() is not None, (moment.timestamp() - right) / 3600
        seen.append((aware, off))
        print(f"{text:30} by {name:8} {'aware' if aware else 'naive'}, timestamp() off by {off:g} hours")
sent = DateTimeConverter.convert_from_datetime(datetime.datetime(2026, 3, 1, 12))
try:
    DateTimeConverter.convert_from_datetime(datetime.datetime(2026, 3, 1, 13, tzinfo=datetime.timezone(datetime.timedelta(hours=1))))
    refused = False
except CoreException:
    refused = True
print(f"sent: naive noon as {sent}; 13:00+01:00 is {'refused' if refused else 'taken'}")
expected = [(False, 5), (True, 0), (True, 0), (True, 0)]
raise SystemExit(0 if seen == expected and sent == "2026-03-01T12:00:00.000Z" and refused else "this has changed")
CODE
TZ=America/New_York "$work/venv/bin/python" "$work/times.py" 2>/dev/null
