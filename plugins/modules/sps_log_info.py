#!/usr/bin/python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sps_log_info
short_description: Tell from a vCenter's logs why storage providers are broken
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Reads C(sps.log), the log of the service that talks to storage providers, and C(vpxd.log), in which a certificate that could not be
    issued is found, and returns each known pattern once for each ESXi host or provider, with its cause and its remedy.
  - A line that is only a consequence (C(SetContext failed), C(Provider loading failed)) counts to the cause in the same thread or operation.
    A line that names no host is told by its neighbours, where they leave no doubt.
  - It runs where the logs are. On a vCenter appliance, over SSH, it needs nothing that is not there; it also reads a support bundle
    anywhere, packed or unpacked. It changes nothing.
  - Logs of any size are read in constant memory, gzipped or not, in UTF-8 or UTF-16, while they are written and rotated.
  - It is in no action group, because it takes no options of a connection to vCenter.
extends_documentation_fragment:
  - certops.vsphere.attributes
attributes:
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: N/A
options:
  path:
    description:
      - Files, or folders in which logs are looked for. Of a folder the files C(sps*.log*), C(vpxd.log*) and C(vpxd-NUMBER.log*) are read that
        lie in itself or, anywhere below it, in a folder C(vmware-sps) or C(vpxd), as in a support bundle. Links to folders are not followed.
      - A file that is given by its name is read whatever its name is. Of an archive (tar, tar in gzip, zip, or tar in zip) the logs
        are read that lie in the archive's uppermost folder or in a folder C(vmware-sps) or C(vpxd); it is not unpacked to the disk.
    type: list
    elements: path
    default: [/var/log/vmware/vmware-sps, /var/log/vmware/vpxd]
  since:
    description:
      - Only what was logged at this time or later, in ISO 8601; a time without a zone is UTC, a date alone is its beginning.
      - Lines whose time cannot be read count all the same.
    type: str
  until:
    description: Only what was logged at this time or earlier, as in O(since).
    type: str
  esxi_hosts:
    description: Only findings about these ESXi hosts, names or fnmatch patterns as the logs write them, and those that name no ESXi host.
    type: list
    elements: str
    default: []
  max_findings:
    description: How many findings are returned at most; RV(findings_total) says how many there are.
    type: int
    default: 200
notes:
  - Needs Python 3.8 or later where it runs, and an account that may read the logs; on an appliance that is C(root).
seealso:
  - module: certops.vsphere.cert_expiry_facts
  - name: How to renew an IOFilter certificate
    description: Broadcom's knowledge base, article 320568.
    link: https://knowledge.broadcom.com/external/article/320568
  - name: IOFilter providers for ESXi hosts are in an offline state and expired
    description: Broadcom's knowledge base, article 402809.
    link: https://knowledge.broadcom.com/external/article/402809
"""

EXAMPLES = r"""
- name: Ask the appliance itself, over SSH, why providers are offline since yesterday
  certops.vsphere.sps_log_info:
    since: "{{ '%Y-%m-%d' | strftime(now(utc=true).timestamp() - 86400) }}"
  delegate_to: vcenter-appliance.example.com
  vars:
    ansible_user: root
  register: why

- name: Say what to do
  ansible.builtin.debug:
    msg: "{{ why.findings | map(attribute='remedy') | unique }}"

- name: Read an unpacked support bundle for two hosts
  certops.vsphere.sps_log_info:
    path: /tmp/vc-support-bundle
    esxi_hosts: [esx-a01.example.com, esx-b*.example.com]
  delegate_to: localhost
"""

RETURN = r"""
findings:
  description:
    - One for each pattern and each ESXi host, or provider where no ESXi host is named. Those with a cause that can be cured go first, then
      what was seen last.
  returned: success
  type: list
  elements: dict
  contains:
    pattern:
      description: The pattern's name; it stays the same in later versions.
      type: str
      sample: version_unread_certificate_unknown
    cause:
      description: What is wrong.
      type: str
    remedy:
      description: What to do.
      type: str
    kb:
      description: The articles of Broadcom's knowledge base.
      type: list
      elements: int
      sample: [402809]
    is_cause:
      description: Whether it has to be cured. False for what passes by itself, and for a consequence whose cause was not found.
      type: bool
    esxi_host:
      description: The ESXi host that the line or its neighbours name; null where they do not.
      type: str
    provider:
      description: The provider as it is named, by its url or its name; null where it is not.
      type: str
    first_seen:
      description: ISO 8601, in UTC with a Z; without one where the log does not say its zone. Null where no time could be read.
      type: str
    last_seen:
      description: As RV(findings[].first_seen).
      type: str
    count:
      description: How many records there are, a line with its stack trace being one.
      type: int
    consequences:
      description: How many records besides were only consequences of these.
      type: int
    example:
      description: The last of them, its lines in one, shortened, without secrets.
      type: str
    line_before:
      description: For a consequence whose cause is not known, the line before it of the same thread; otherwise null.
      type: str
    log_path:
      description: The log that the example is from; in an archive, the archive's path, a colon, and the path in it.
      type: str
findings_total:
  description: How many findings there are, those beyond O(max_findings) included.
  returned: success
  type: int
files:
  description: The logs that were read.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
    bytes:
      description: How many bytes were read, unpacked.
      type: int
    lines:
      description: How many lines these are.
      type: int
    first_seen:
      description: The time of the first line that has one; null where none has.
      type: str
    last_seen:
      description: The time of the last line that begins a record; null where it has none.
      type: str
unavailable:
  description: What could not be read, not to its end, or not as a log.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file or folder.
      type: str
    reason:
      description: Why.
      type: str
error_code:
  description: The name of the error, which stays the same when the words of C(msg) change. The page of errors lists them all.
  returned: failure
  type: str
"""

from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._entry import messages
from ansible_collections.certops.vsphere.plugins.module_utils._entry.local_entry import run_locally
from ansible_collections.certops.vsphere.plugins.module_utils._log_files.read_logs import read_logs
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_findings import Findings
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_line import Moment, moment_of

SPEC: dict[str, dict[str, Any]] = {
    "path": {"type": "list", "elements": "path", "default": ["/var/log/vmware/vmware-sps", "/var/log/vmware/vpxd"]},
    "since": {"type": "str"},
    "until": {"type": "str"},
    "esxi_hosts": {"type": "list", "elements": "str", "default": []},
    "max_findings": {"type": "int", "default": 200},
}


def work(options: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Read the logs; what they tell, and a warning where something could not be read."""
    if options["max_findings"] < 1:
        raise messages.MAX_FINDINGS_INVALID()
    since, until = (_moment(options, name) for name in ("since", "until"))
    if since and until and since.at > until.at:
        raise messages.SINCE_AFTER_UNTIL()
    findings = Findings(since, until, options["esxi_hosts"])
    reading = read_logs(options["path"], findings)
    found = findings.sorted()
    values = {
        "findings": [finding.to_facts() for finding in found[: options["max_findings"]]],
        "findings_total": len(found) + findings.dropped,
        "files": reading.files,
        "unavailable": reading.unavailable,
    }
    return values, [f"{entry['path']} could not be read whole: {entry['reason']}" for entry in reading.unavailable]


def _moment(options: Mapping[str, Any], name: str) -> Optional[Moment]:
    try:
        return moment_of(options[name]) if options[name] else None
    except ValueError as error:
        raise messages.MOMENT_INVALID(option=name, problem=error) from error


def main() -> None:
    """Run the module."""
    run_locally(SPEC, work)


if __name__ == "__main__":
    main()
