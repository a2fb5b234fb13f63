# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name does all of it, or has a module of the collection do it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: take_signed
short_description: Take the certificate that a role of yours signed, for the role renew_custom_ca
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Follows a role that signs for one ESXi host (C(certops_custom_ca) with the method C(role)), and takes what it left in C(certops_signed_pem). After the
    last host it has all of them installed by M(certops.vsphere.esxi_cert_install), unless more hosts failed than may.
  - Include the role C(renew_custom_ca).
options:
  so_far:
    description: What M(certops.vsphere.take_step) returned for the step, or this module for the host before.
    type: dict
    required: true
  esxi_host:
    description: The host that the role signed for.
    type: str
    required: true
  failed:
    description: Whether the role failed. Why is told by what Ansible keeps of its task (C(ansible_failed_result)).
    type: bool
    default: false
extends_documentation_fragment:
  - certops.vsphere.attributes
"""

EXAMPLES = r"""
- name: Take what the role signed
  certops.vsphere.take_signed:
    so_far: "{{ example_step }}"
    esxi_host: esx-c01.example.com
  vars:
    ansible_connection: local
  register: example_step
"""

RETURN = r"""
awaiting:
  description: The hosts that the role has to sign for yet.
  type: list
  elements: str
  returned: always
requests:
  description: The certificate requests by host, in PEM.
  type: dict
  returned: always
certificates:
  description: The certificates that were installed, by host, in PEM.
  type: dict
  returned: always
results:
  description: The results of all steps so far, with this one's once nobody awaits a certificate any more.
  type: list
  elements: dict
  returned: always
signing:
  description: How far the step has come, for the next host.
  type: dict
  returned: always
stopped:
  description: Why nothing may follow; empty where it may.
  type: str
  returned: always
left_out:
  description: Whether Ansible leaves the host of the inventory out of the plays that follow, since the role included what is not there.
  type: bool
  returned: once a host was signed for
"""
