#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pyvmomi 8.0.3.0.1 and 9.1.1.0: managed objects of two vCenters that have the same ID are equal, and one and the same key of a dictionary.
#
# Seen: HostSystem host-10 of vc01 == HostSystem host-10 of vc02, with one hash: a set of the two has one member, a dictionary keeps the first
# object with the second one's value, `in` finds the one in a list of the other. They compare type, ID and a serverGuid, which is None for what a
# client gets; the connection, by which each of them makes its calls, does not count.
# The good guess: they differ, since each has a connection of its own; or, as objects without a comparison of their own do, by identity.
# Why it matters here: vCenters number their objects alike (each has a host-10), so that whoever collects the hosts of a fleet in one set or
# dictionary loses some without an error, and calls what is meant for a host on its namesake of another vCenter. So results are kept for each vCenter by
# the inventory's name and as plain text, and no container of this collection holds pyVmomi's objects of two vCenters.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/equal.py" <<'CODE'
from pyVmomi import SoapAdapter, vim

first, second = (
    vim.HostSystem("host-10", SoapAdapter.SoapStubAdapter(host=name)) for name in ("vc01.example.net", "vc02.example.net")
)
expiry = {first: "ends in 2027"}
expiry[second] = "ends tomorrow"
[(kept, value)] = expiry.items()
print(f"  equal: {first == second}; members of a set of both: {len({first, second})}; found in a list of the other: {second in [first]}")
print(f"  the dictionary has one entry, the host of {kept._stub.host} with the value of {second._stub.host}")
assert first == second and len({first, second}) == 1 and second in [first]
assert kept._stub is first._stub and value == "ends tomorrow" and first._stub is not second._stub
CODE
for version in 8.0.3.0.1 9.1.1.0; do
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "pyvmomi==$version" 2>/dev/null
    echo "pyvmomi $version:"
    "$work/$version/bin/python" "$work/equal.py"
done
