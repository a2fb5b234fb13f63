# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Defects of the collection, and texts that it packed"""

from __future__ import annotations

from .error_message import ErrorMessage
from .errors import InputError, InternalError

PACKED_TEXT_UNREADABLE = ErrorMessage(
    InputError,
    code="packed_text_unreadable",
    sentence="This collection did not pack the text ({reason})",
    remedy="Make it again with this version of the collection: read the facts with cert_expiry_facts, or verify with its role.",
)
INTERNAL_ERROR = ErrorMessage(
    InternalError,
    code="internal_error",
    sentence="An internal error in certops.vsphere stopped {task} ({exception}: {reason})",
    remedy=(
        "{consequence} This is a defect of the collection, and not of your input: run again with -vvv, which shows where it"
        " happened, and please report it with that."
    ),
)
