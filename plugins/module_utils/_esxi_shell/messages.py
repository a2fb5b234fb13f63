# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell of an ESXi host"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import CertopsError
from .shell import CommandFailed

HOST_CLOCK_UNREADABLE = ErrorMessage(
    CertopsError,
    code="host_clock_unreadable",
    sentence="The clock of the host at {address} cannot be read: it answered {answer!r}",
    remedy="Look at its date.",
)
NOT_AN_ESXI_HOST = ErrorMessage(
    CertopsError,
    code="not_an_esxi_host",
    sentence="The system at {address} cannot be worked on as an ESXi host: it lacks /etc/vmware/ssl or one of {programs}",
    remedy="Give the task the ESXi host's own connection, as with delegate_to.",
)
HOST_DISK_FULL = ErrorMessage(
    CommandFailed,
    code="host_disk_full",
    sentence="/etc/vmware/ssl on the host at {address} has only {kib} KiB left",
    remedy="Make room on the host (vdf -h shows its ramdisks, df -h its volumes) and run again.",
)
HOST_FOLDER_NOT_WRITABLE = ErrorMessage(
    CommandFailed,
    code="host_folder_not_writable",
    sentence="/etc/vmware/ssl on the host at {address} takes no more files ({answer})",
    remedy="Make room on the host (vdf -h shows its ramdisks, df -h its volumes) and run again.",
)
PAIR_BACKUP_FAILED = ErrorMessage(
    CommandFailed,
    code="pair_backup_failed",
    sentence="Backing up the certificate and key of the host at {address} failed: {problem}",
    remedy="Nothing was changed. Make room on the host (vdf -h shows its ramdisks, df -h its volumes) and run again.",
)
PAIR_BACKUP_EXISTS = ErrorMessage(
    CommandFailed,
    code="pair_backup_exists",
    sentence="Backing up the certificate and key of the host at {address} failed: {folder} and others are there already",
    remedy="Run again.",
)
PAIR_NOT_GENERATED = ErrorMessage(
    CommandFailed,
    code="pair_not_generated",
    sentence=("Making a new certificate on the host at {address} (/sbin/generate-certificates) failed: the host answered {answer}"),
    remedy="Look at the space of /etc/vmware/ssl (vdf -h) and at /var/run/log/syslog.log on the host.",
)
KEY_MODE_NOT_SET = ErrorMessage(
    CommandFailed,
    code="key_mode_not_set",
    sentence="Keeping the mode of rui.key on the host at {address} failed: the host answered {answer}",
    remedy="Look at the mode of {path} there, and run again.",
)
CONFIGURATION_NOT_SAVED = ErrorMessage(
    CommandFailed,
    code="configuration_not_saved",
    sentence=(
        "Saving the configuration of the host at {address} (/bin/auto-backup.sh), so that a reboot keeps the certificate,"
        " failed: the host answered {answer}"
    ),
    remedy="Look at the space of its boot bank (df -h).",
)
PAIR_NOT_PUT_BACK = ErrorMessage(
    CommandFailed,
    code="pair_not_put_back",
    sentence="Putting {name} back on the host at {address} failed: the host answered {answer}",
    remedy="Copy it back from {folder}.",
)
HOST_NAME_UNREADABLE = ErrorMessage(
    CommandFailed,
    code="host_name_unreadable",
    sentence="Reading the configured name of the host at {address} failed: the host answered {answer}",
    remedy="Log in to it over SSH with the same account, and see what hostname answers.",
)
HOST_DATE_UNREADABLE = ErrorMessage(
    CommandFailed,
    code="host_date_unreadable",
    sentence="Reading the clock of the host at {address} failed: the host answered {answer}",
    remedy="Log in to it over SSH with the same account, and see what date -u answers.",
)
SSH_NOT_STOPPED = ErrorMessage(
    CommandFailed,
    code="ssh_not_stopped",
    sentence="Stopping SSH over the shell of the host at {address} failed: the host answered {answer}",
    remedy="Stop the service TSM-SSH on the host.",
)
