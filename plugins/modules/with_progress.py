# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only: the action plugin of this name runs the module that it is given."""

from __future__ import annotations

DOCUMENTATION = r"""
module: with_progress
short_description: Run a module, and say while it runs that it does
version_added: 0.1.0
author: certops.vsphere contributors (@certops)
description:
  - Runs a module that may take long, and every C(certops_progress_seconds) says how far a step has got, as the modules of this collection do
    by themselves. Ansible says nothing until a task has ended.
  - Returns what that module returns. It is for modules; what is an action plugin, as C(ansible.builtin.copy) is, does not run by it.
  - Defaults that C(module_defaults) has for that module do not hold, since the task is one of this module.
options:
  module:
    description: The module, by its full name.
    type: str
    required: true
  options:
    description:
      - Its options.
      - Put C(no_log) on the task where one is a secret that the module itself does not know to be one.
    type: dict
    default: {}
  step:
    description: The step that it is part of, one word.
    type: str
    required: true
  doing:
    description: What it does, in words. Nothing that is secret; it is shown with C(no_log) too.
    type: str
    default: ""
  total:
    description: How many ESXi hosts the step is taken on. 0 says nothing of hosts.
    type: int
    default: 0
  done:
    description: How many of them are done, those that failed too.
    type: int
    default: 0
  failed:
    description: How many of them failed.
    type: int
    default: 0
extends_documentation_fragment:
  - certops.vsphere.attributes
attributes:
  check_mode:
    support: partial
    details: As the module that it runs has it.
  diff_mode:
    support: partial
    details: As the module that it runs has it.
"""

EXAMPLES = r"""
- name: Sign a request, which takes a minute or two
  certops.vsphere.with_progress:
    module: ansible.builtin.command
    options:
      argv: [/usr/local/bin/sign-esxi-request]
      stdin: "{{ certops_csr_pem }}"
    step: sign
    doing: "waiting for the certificate of {{ certops_esxi_host }}"
  delegate_to: localhost
"""

RETURN = r"""
changed:
  description: Whether that module changed something. What else it returns stands beside it, as it returns it.
  type: bool
  returned: always
vsphere_fault:
  description: Why that module failed, in a sentence, where its own C(msg) may be a whole fault as pyVmomi prints it.
  type: str
  returned: failure
"""
