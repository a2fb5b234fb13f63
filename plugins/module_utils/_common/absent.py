# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in for a Python library that is not installed, until the entry point has told the user so."""

from __future__ import annotations

from typing import Any


class _Nested(type):
    """Every attribute of the stand-in is the stand-in again, so that names like a.b.C can be written down."""

    def __getattr__(cls, name: str) -> Any:
        # Python looks for such names to find out what kind of object it has; it must find that there are none.
        if name.startswith("__"):
            raise AttributeError(name)
        return cls


class Absent(Exception, metaclass=_Nested):
    """An exception class, since names of the missing library also stand in except clauses."""
