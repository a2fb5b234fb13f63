# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of earlier runs, each in a folder of its time below history: the newest is always where it was, and the oldest go."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Sequence

from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.report_folder import FOLDER_MODE

HISTORY = "history"
# What such a folder is called: its report's time in UTC, and a number where there were several in that second.
_DATED = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?")


def keep_older(folder: Path, names: Sequence[str], most: int) -> None:
    """Put the files of these names, as they are there now, into the history as well, and remove what is older than so many reports of it.

    They stay where they are until newer ones take their place. Raises InputError where it cannot be done.
    """
    there = [folder / name for name in names if (folder / name).is_file()]
    try:
        if there and most > 0:
            place = _place(folder / HISTORY, max(path.stat().st_mtime for path in there))
            for path in there:
                _linked(path, place / path.name)
        _remove_oldest(folder / HISTORY, most)
    except OSError as error:
        raise messages.REPORT_FOLDER_NOT_WRITABLE(folder=folder / HISTORY, reason=error.strerror or str(error)) from error


def _place(history: Path, moment: float) -> Path:
    name = datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H%M%SZ")
    history.mkdir(mode=FOLDER_MODE, exist_ok=True)
    number = 1
    while True:
        place = history / (name if number == 1 else f"{name}-{number}")
        try:
            place.mkdir(mode=FOLDER_MODE)
        except FileExistsError:
            number += 1
            continue
        return place


def _linked(path: Path, place: Path) -> None:
    """The same file under another name, so that nothing is copied; a copy where the file system has no links."""
    try:
        os.link(path, place)
    except OSError:
        shutil.copy2(path, place)


def _remove_oldest(history: Path, most: int) -> None:
    """Nothing is touched that is not called as this file calls it."""
    with contextlib.suppress(FileNotFoundError):
        dated = sorted((path for path in history.iterdir() if path.is_dir() and _DATED.fullmatch(path.name)), key=_age)
        for path in dated[: max(len(dated) - most, 0)]:
            shutil.rmtree(path)


def _age(path: Path) -> tuple[str, int]:
    name, _dash, number = path.name.partition("Z")
    return name, int(number.removeprefix("-") or 1)
