# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files are logs of SPS and vpxd: a file as it is named, or those in a folder, such as an appliance's or a support bundle's."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Iterator, Sequence

# sps.log, sps.log.1.gz, sps-runtime.log.stderr; vpxd.log, vpxd-12.log.gz, but not vpxd-profiler-12.log or vpxd-svcs.log.
_LOG_NAME = re.compile(r"(?:sps[\w.-]*\.log|vpxd(?:-\d+)?\.log)(?:[.-][\w.-]*)?$")
_ROTATION = re.compile(r"\d+")
# Where the logs of a service lie on an appliance and in a support bundle: the rest of a bundle is not looked through for them.
_LOG_FOLDERS = {"sps": "vmware-sps", "vpxd": "vpxd"}
# A folder that is not what was meant, such as /, must not take hours.
_MOST_FOLDERS = 50000


@dataclass
class LogFiles:
    """The files that are to be read, oldest rotation first, and what could not be looked through, as (path, why)."""

    paths: list[str] = field(default_factory=list)
    unavailable: list[tuple[str, str]] = field(default_factory=list)


def find_logs(paths: Sequence[str]) -> LogFiles:
    """The logs that paths name, each once. Nothing is opened. What is missing or cannot be listed is in unread."""
    found = LogFiles()
    seen: dict[tuple[int, int], str] = {}
    for path in paths:
        inside = sorted(_in_folder(path, found), key=_oldest_first) if os.path.isdir(path) else [path]
        if not inside and not any(folder == path for folder, _why in found.unavailable):
            found.unavailable.append((path, "the folder holds no sps*.log* and no vpxd.log"))
        for name in inside:
            try:
                status = os.stat(name)
            except (OSError, ValueError) as error:
                found.unavailable.append((name, reason_of(error)))
                continue
            # A link, or a path that was given twice, would count everything twice.
            if seen.setdefault((status.st_dev, status.st_ino), name) == name and name not in found.paths:
                found.paths.append(name)
    return found


def reason_of(error: Exception) -> str:
    """What an error of the system says, without its number and path."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    return text[:1].lower() + text[1:]


def _in_folder(folder: str, found: LogFiles) -> Iterator[str]:
    def unlisted(error: OSError) -> None:
        found.unavailable.append((str(error.filename or folder), f"the folder cannot be listed: {reason_of(error)}"))

    for count, (here, folders, files) in enumerate(os.walk(folder, onerror=unlisted)):
        if count >= _MOST_FOLDERS:
            found.unavailable.append(
                (folder, f"only its first {_MOST_FOLDERS} folders were looked through; name a folder nearer to the logs")
            )
            return
        folders.sort()
        yield from (os.path.join(here, name) for name in files if _LOG_NAME.match(name) and _is_place(folder, here, name))


def is_log_within(path: str) -> bool:
    """Whether a file of an archive, by its path there, is a log: in the archive's own uppermost folder, or where its service writes to."""
    here, name = os.path.split(path.lstrip("./"))
    return _LOG_NAME.match(name) is not None and _is_place("", here, name)


def _is_place(folder: str, here: str, name: str) -> bool:
    """Whether logs of this name are looked for here: in the folder itself, or in the one that the service writes to."""
    service = "sps" if name.startswith("sps") else "vpxd"
    return here == folder or os.path.basename(here) == _LOG_FOLDERS[service]


def _oldest_first(path: str) -> tuple[str, int, str]:
    """sps.log.10.gz before sps.log.9.gz before sps.log; vpxd numbers its logs upwards, which makes no difference to findings."""
    folder, name = os.path.split(path)
    numbers = _ROTATION.findall(name)
    return (folder, -int(numbers[-1][:9]) if numbers else 0, name)
