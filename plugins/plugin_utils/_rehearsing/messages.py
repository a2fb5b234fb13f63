# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rehearsals"""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InputError

REHEARSAL_WITHOUT_REPORT = ErrorMessage(
    InputError,
    code="rehearsal_without_report",
    sentence="There is no report to rehearse",
    remedy="Give the report.json of an audit: -e certops_rehearse=certops-report/report.json.",
)
REHEARSAL_REPORT_UNUSABLE = ErrorMessage(
    InputError,
    code="rehearsal_report_unusable",
    sentence="The report {path} cannot be rehearsed: {problem}",
    remedy="Give the report.json that the playbook audit of this version has written.",
)
REHEARSAL_LIMITED_AWAY = ErrorMessage(
    InputError,
    code="rehearsal_limited_away",
    sentence="The limit {limit} leaves no vCenter of the report, which has {vcenters}",
    remedy="Give a limit that names one of them, or none.",
)
REHEARSAL_TEMPLATE = ErrorMessage(
    InputError,
    code="rehearsal_template",
    sentence="The variable {name} of {vcenter} holds a template, which a rehearsal does not evaluate a second time",
    remedy="Give its value as plain text.",
)
REHEARSAL_NAME_UNKNOWN = ErrorMessage(
    InputError,
    code="rehearsal_name_unknown",
    sentence="{name} in {variable} means no single ESXi host of the report, and names are to be replaced",
    remedy="Correct the name, or leave certops_rehearse_replace_names out.",
)
REHEARSAL_PYTHON_TOO_OLD = ErrorMessage(
    InputError,
    code="rehearsal_python_too_old",
    sentence="The simulated estate needs Python {needed} or newer, and Ansible runs on {found}",
    remedy="Install ansible-core for a newer Python.",
)
REHEARSAL_SIMULATOR_MISSING = ErrorMessage(
    InputError,
    code="rehearsal_simulator_missing",
    sentence="The simulated estate is not where the collection has it ({path})",
    remedy="Install the whole collection again (ansible-galaxy collection install --force).",
)
REHEARSAL_STOPPED = ErrorMessage(
    CertopsError,
    code="rehearsal_stopped",
    sentence="The rehearsed run stopped: {problems}",
    remedy="A run on the real estate may stop at the same place: look into it before you start one.",
)
REHEARSAL_FAILED = ErrorMessage(
    CertopsError,
    code="rehearsal_failed",
    sentence="The rehearsal came to no report: {problem}",
    remedy="Nothing real was asked or changed. Mend what it names, and rehearse again.",
)
