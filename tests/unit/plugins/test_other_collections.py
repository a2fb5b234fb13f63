# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of other collections reach a vCenter the way that ours do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent.parent
# What these modules have to do with the way to a vCenter; an account for a proxy is none of it.
WAY = {"hostname", "port", "username", "password", "validate_certs", "proxy_host", "proxy_port"}


def reaching(node: Any, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is given to modules of other collections that reach a vCenter."""
    if isinstance(node, list):
        for one in node:
            yield from reaching(one, where)
    elif isinstance(node, dict):
        for key, value in node.items():
            if str(key).startswith(("community.vmware.", "vmware.vmware.")):
                yield f"{where}: {key}", value
            elif key == "certops.vsphere.with_progress" and str(value["module"]).startswith(
                ("community.vmware.", "vmware.vmware.")
            ):
                yield f"{where}: {value['module']}", value["options"]
            else:
                yield from reaching(value, where)


def test_they_are_given_the_whole_way() -> None:
    files = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]
    found = [one for path in files for one in reaching(yaml.safe_load(path.read_text(encoding="utf-8")), path.name)]
    assert len(found) == 1
    assert {where: sorted(WAY - set(given)) for where, given in found if WAY - set(given)} == {}
