# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What filters and the modules behind them are given: plans, results, reports, names"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import InputError

PLAN_UNUSABLE = ErrorMessage(
    InputError,
    code="plan_unusable",
    sentence="The plan is not what this version of the collection made ({problem})",
    remedy="Make it with the filter certops.vsphere.plan of this version.",
)
RESULTS_UNUSABLE = ErrorMessage(
    InputError,
    code="results_unusable",
    sentence="The results are not what this version of the collection made ({problem})",
    remedy="Give those that the modules of this version returned as hosts, in one list.",
)
VERDICTS_UNUSABLE = ErrorMessage(
    InputError,
    code="verdicts_unusable",
    sentence="What was verified is not what this version of the collection made ({problem})",
    remedy="Make it with the filter certops.vsphere.verify of this version.",
)
FINAL_FACTS_UNUSABLE = ErrorMessage(
    InputError,
    code="final_facts_unusable",
    sentence="The facts that were read at the end are not what this version of the collection made ({problem})",
    remedy="Read them with certops.vsphere.cert_expiry_facts of this version.",
)
REPORT_UNUSABLE = ErrorMessage(
    InputError,
    code="report_unusable",
    sentence="The report is not what this version of the collection made ({problem})",
    remedy="Make it with the filter certops.vsphere.report of this version.",
)
PLAN_NAMES_UNUSABLE = ErrorMessage(
    InputError,
    code="plan_names_unusable",
    sentence="These are not names from plans of this version of the collection ({problem})",
    remedy="Give what each plan has as names, by the names of the vCenters.",
)
NOW_INVALID = ErrorMessage(
    InputError,
    code="now_invalid",
    sentence="now is not an ISO 8601 time: {value!r}",
    remedy="Give one, such as 2026-03-01T02:00:00Z.",
)
MOIDS_NOT_A_DICTIONARY = ErrorMessage(
    InputError,
    code="moids_not_a_dictionary",
    sentence="moids is not a dictionary",
    remedy="Give the id that each host has in the plan (moid), by its name.",
)
NOTES_NOT_A_LIST = ErrorMessage(
    InputError,
    code="notes_not_a_list",
    sentence="notes is not a list",
    remedy="Give sentences.",
)
MOST_HOSTS_INVALID = ErrorMessage(
    InputError,
    code="most_hosts_invalid",
    sentence="most_hosts is not a whole number",
    remedy="Give how many hosts are to be shown at most, 0 for all.",
)
ESXI_HOSTS_NOT_A_LIST = ErrorMessage(
    InputError,
    code="esxi_hosts_not_a_list",
    sentence="esxi_hosts is not a list of names of ESXi hosts",
    remedy="Give the names as the plan has them.",
)
