# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where reports are written, and the only place that writes them: whole files or none, which nobody but owner and group can read."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
from pathlib import Path
from typing import Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import messages

FOLDER_MODE, FILE_MODE = 0o750, 0o640
# What the files of all vCenters are called; a vCenter of this name must not take theirs.
FLEET = "report"


def vcenter_file(name: str) -> str:
    """The name of a vCenter's own file: always one in the folder, and none of another file."""
    plain = re.sub(r"[/\\\0]", "_", name)
    return f"vcenter-{plain}.json" if plain == FLEET or plain.startswith(".") else f"{plain}.json"


def refuse_unwritable(folder: Path) -> None:
    """Raise InputError where a folder could not be written to, or not be made. Nothing is left in it, and none is made."""
    try:
        there = next(one for one in (folder, *folder.parents) if one.exists())
        if there == folder:
            _beside(folder, "written").unlink()
        elif not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
            raise OSError(
                errno.EACCES if there.is_dir() else errno.ENOTDIR, os.strerror(errno.EACCES if there.is_dir() else errno.ENOTDIR)
            )
    except (OSError, ValueError) as error:
        raise _unwritable(folder, error) from error


def write(folder: Path, files: Mapping[str, str], mode: int = FILE_MODE) -> None:
    """Write files into a folder, which is made where it is not there. Whoever reads one meanwhile has the old one or the new one.

    All are written beside their place before the first is put there, so that a full disk leaves every old one as it was.
    Raises InputError where that cannot be done.
    """
    written: dict[Path, Path] = {}
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        for name, content in files.items():
            written[_beside(folder, name)] = folder / name
            _fill(list(written)[-1], content, mode)
        for made, place in written.items():
            os.replace(made, place)
    except (OSError, ValueError) as error:
        raise _unwritable(folder, error) from error
    finally:
        for made in written:
            with contextlib.suppress(OSError):
                made.unlink()


def _unwritable(folder: Path, error: Exception) -> InputError:
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return messages.REPORT_FOLDER_NOT_WRITABLE(folder=folder, reason=said)


def _beside(folder: Path, name: str) -> Path:
    """An empty file of the same folder, since only there it can be renamed at one stroke; collectors of *.prom pass over its name."""
    descriptor, path = tempfile.mkstemp(prefix=f".{name[:64]}.", suffix=".new", dir=folder)
    os.close(descriptor)
    return Path(path)


def _fill(path: Path, content: str, mode: int) -> None:
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        file.write(content)
        file.flush()
        # What is renamed must be on the disk: after a power cut a name with nothing behind it would be all that is left.
        os.fsync(file.fileno())
    path.chmod(mode)
