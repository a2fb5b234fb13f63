#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ha_monitoring_restore
short_description: Switch host monitoring of vSphere HA on again where a run left it off
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - A step with O(certops.vsphere.esxi_cert_regenerate#module:ha=suspend) switches host monitoring of a cluster off and on again. Where it is killed in between,
    a custom attribute of the cluster still says what host monitoring was.
  - This sets it to that again, and takes the note away. A cluster without such a note is left as it is, and so is one whose host monitoring another run
    still needs switched off; whether that one is at work is waited for by what it writes into the note, for four minutes at most.
  - It waits until no task is in progress on the cluster, and reads back what it set.
extends_documentation_fragment:
  - certops.vsphere.connection
  - certops.vsphere.attributes
  - certops.vsphere.attributes.action_group
options:
  timeout_seconds:
    description: How long it may take in all, in seconds, tasks that are in progress on a cluster included.
    type: float
    default: 300
seealso:
  - module: certops.vsphere.esxi_cert_regenerate
"""

EXAMPLES = r"""
- name: Undo what a run left that was killed
  certops.vsphere.ha_monitoring_restore:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
  delegate_to: localhost
"""

RETURN = r"""
clusters:
  description: The clusters that had a note.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The cluster.
      type: str
    host_monitoring:
      description: What host monitoring is again, or would be in check mode.
      type: str
    noted:
      description: The note.
      type: str
    in_use:
      description: Whether another run still needs host monitoring switched off, so that nothing was done about it.
      type: bool
error_code:
  description: The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
  returned: failure
  type: str
"""

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._clusters.restore import restore_monitoring
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell

SPEC: dict[str, dict[str, Any]] = {"timeout_seconds": {"type": "float", "default": 300.0}}


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """Look for notes, and do what they say."""
    restored = restore_monitoring(vsphere, timeout_seconds=options["timeout_seconds"], check_mode=check_mode, tell=tell_progress)
    diff = [
        {
            "before_header": one["name"],
            "after_header": one["name"],
            "before": {"noted": one["noted"]},
            "after": {"host_monitoring": one["host_monitoring"]},
        }
        for one in restored
        if not one["in_use"]
    ]
    return Result(changed=bool(diff), values={"clusters": restored}, diff=diff)


DEFINITION = Definition(SPEC, work)


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
