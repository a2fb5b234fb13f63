#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sps_restart_right
short_description: Prove that an account may restart the storage profile service (SPS) of a vCenter
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - An IOFilter provider that is unregistered comes back by a restart of SPS alone. So the right to restart it is worth knowing before hosts are renewed.
  - The account's SSO groups prove it, as a token of the vCenter's STS names them. No token is kept, and nobody logs in with it.
  - Where the groups are not told, a write proves it that changes nothing - the startup type that SPS has is written once more. In check mode that is not
    done, and nothing is proven then.
  - SPS that does not run, or whose startup type is DISABLED, is an error. One that is starting or stopping is waited for.
extends_documentation_fragment:
  - certops.vsphere.connection
  - certops.vsphere.attributes
  - certops.vsphere.attributes.action_group
options:
  timeout_seconds:
    description:
      - How long it may take in all, in seconds, including a restart of SPS that somebody else started. A single request never takes longer than
        O(request_timeout_seconds).
    type: float
    default: 300
seealso:
  - module: certops.vsphere.vasa_provider_reregister
"""

EXAMPLES = r"""
- name: See that this account could bring providers back online
  certops.vsphere.sps_restart_right:
    hostname: vcenter.example.com
    username: certops@vsphere.local
    password: "{{ vault_vcenter_password }}"
    ca_path: /etc/ssl/vcenter-ca.pem
  delegate_to: localhost
"""

RETURN = r"""
proven:
  description: Whether the account may restart SPS. False only in check mode, where its groups are not told.
  type: bool
  returned: success
error_code:
  description: The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
  type: str
  returned: failure
"""

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result, run
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.port import VSphere
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import Tell
from ansible_collections.certops.vsphere.plugins.module_utils._storage import sps
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline

SPEC: dict[str, dict[str, Any]] = {"timeout_seconds": {"type": "float", "default": 300.0}}


def work(vsphere: VSphere, options: Mapping[str, Any], check_mode: bool, tell_progress: Tell) -> Result:
    """Prove it, or raise CertopsError."""
    deadline = Deadline(options["timeout_seconds"], vsphere.clock)
    proven = sps.require_restartable(vsphere, deadline, tell_progress, only_reading=check_mode)
    warnings = [] if proven else [notice.RESTART_NOT_PROVEN.of(vcenter=vsphere.name)]
    return Result(values={"proven": proven}, warnings=warnings)


DEFINITION = Definition(SPEC, work)


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
