# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that lead to a vCenter, the same for every module."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of CONNECTION_SPEC in module_utils/_entry/entry.py."""

    DOCUMENTATION = r"""
options:
  hostname:
    description:
      - Name or address of the vCenter.
      - Needed; if not given, the environment variable E(VMWARE_HOST) is used.
    type: str
  username:
    description:
      - The account to log in with.
      - Needed; if not given, the environment variable E(VMWARE_USER) is used.
    type: str
    aliases: [admin, user]
  password:
    description:
      - The password of O(username).
      - Needed; if not given, the environment variable E(VMWARE_PASSWORD) is used.
    type: str
    aliases: [pass, pwd]
  port:
    description:
      - TCP port of the vCenter, for vim, SMS and REST alike.
      - If not given, the environment variable E(VMWARE_PORT) is used.
    type: int
    default: 443
  validate_certs:
    description:
      - Whether the vCenter's certificate must verify.
      - With V(false) anybody on the way can read the password and pose as the vCenter.
      - If not given, the environment variable E(VMWARE_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - Path on the controller of a PEM file with the CAs that the vCenter's certificate is verified against,
        instead of the system's.
      - If not given, the environment variable E(VMWARE_CA_PATH) is used.
    type: path
  proxy_host:
    description:
      - Name or address of an HTTP proxy to reach the vCenter over. Port 9080 of ESXi hosts is reached without it.
      - If not given, the environment variable E(VMWARE_PROXY_HOST) is used. E(HTTPS_PROXY), E(ALL_PROXY) and the like are not read.
    type: str
  proxy_port:
    description:
      - TCP port of O(proxy_host).
      - If not given, the environment variable E(VMWARE_PROXY_PORT) is used.
    type: int
  proxy_username:
    description:
      - The account that O(proxy_host) asks for, by HTTP's basic authentication. The way to the proxy is not encrypted.
      - If not given, the environment variable E(VMWARE_PROXY_USER) is used.
    type: str
  proxy_password:
    description:
      - The password of O(proxy_username).
      - If not given, the environment variable E(VMWARE_PROXY_PASSWORD) is used.
    type: str
  request_timeout_seconds:
    description:
      - How long one request to the vCenter may take, from connecting to the last byte of its answer, in seconds. All attempts to log in
        have that time together.
      - Where a module has a time of its own for a host, or for all that it does, the lower of the two counts.
    type: float
    default: 60
  journal:
    description:
      - Path on the controller of a file to which is written what the vCenter is asked and answers, one JSON object a line, so that its behaviour can be
        shown to strangers. It is written on where it is there already.
      - Names, addresses, UUIDs and certificates have stand-ins in it, the same name always the same; passwords, session tokens and keys do not stand
        in it at all. How they are told apart from the rest is in C(docs/maintaining/journal.md); look through it before you give it away.
      - Beside it stands a file of the same name and C(.key), by which the stand-ins are made. Keep that to yourself.
    type: path
requirements:
  - Python 3.10 or newer
  - pyvmomi 8.0.3.0.1 or newer
  - cryptography
notes:
  - It runs on the controller, a module locally or delegated to localhost, and talks to the API of the vCenter.
  - Messages and results never contain the password.
"""
