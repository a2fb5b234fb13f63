# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log files"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import InputError

NO_LOG_READ = ErrorMessage(
    InputError,
    code="no_log_read",
    sentence="No log could be read: {reasons}",
    remedy="Give a sps.log, its folder, or a support bundle, to an account that may read it, by the option path.",
)
