# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Ansible's main process is still there, for a task of many steps that is not to go on without it."""

from __future__ import annotations

import multiprocessing


def end_with_parent() -> None:
    """Raise SystemExit where Ansible has ended: nobody would be told what comes, so nothing more is begun."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit(1)
