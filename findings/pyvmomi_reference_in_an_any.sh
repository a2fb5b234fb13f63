#!/usr/bin/env bash
# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pyvmomi 8.0.3.0.1 and 9.1.1.0: a reference to a managed object that stands in a field of any type is written with the type ManagedObject,
# which no schema of vSphere has; in a field that is declared as a reference it is written right.
#
# Seen: OptionValue.value = a host: <value xsi:type="ManagedObject" type="HostSystem">. vSphere, and its WSDL, have ManagedObjectReference.
# pyVmomi reads either of the two, so that a round trip through it shows nothing.
# The good guess: a reference is written in one way wherever it stands, and what pyVmomi reads back is what a server understands.
# Why it matters here: what is written with pyVmomi's serializer (answers of a stand-in for vCenter, a recorded conversation, values of custom
# attributes) is taken by pyVmomi, and refused by clients that go by the schema, such as govmomi's or Java's. A stand-in that is tested with
# pyVmomi alone is not known to speak vSphere.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/reference.py" <<'CODE'
import re

from pyVmomi import SoapAdapter, vim, vmodl

host = vim.HostSystem("host-7", None)
VERSION = "vim.version.version9"


def written(thing):
    return SoapAdapter.Serialize(thing, version=VERSION).decode()


any_field = re.search(r"<value [^>]*>", written(vim.option.OptionValue(key="key", value=host))).group()
declared = re.search(r"<obj type[^>]*>", written(vmodl.query.PropertyCollector.ObjectSpec(obj=host))).group()
print(f"  in a field of any type: {any_field}\n  in a declared field:    {declared}")
body = '<v xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="urn:vim25" xsi:type="{}" type="HostSystem">host-7</v>'
read = [SoapAdapter.Deserialize(body.format(kind), object) for kind in ("ManagedObject", "ManagedObjectReference")]
print(f"  read of either: {read}")
assert 'xsi:type="ManagedObject"' in any_field and "xsi:type" not in declared
assert all(isinstance(one, vim.HostSystem) for one in read)
CODE
for version in 8.0.3.0.1 9.1.1.0; do
    "${PYTHON:-python3}" -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --disable-pip-version-check "pyvmomi==$version" 2>/dev/null
    echo "pyvmomi $version:"
    "$work/$version/bin/python" "$work/reference.py"
done
