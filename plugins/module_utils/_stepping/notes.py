# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What could not be read, noted while the rest is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Optional, TypeVar

from .._common.errors import CertopsError, InputError
from .._common.unforeseen import foreseen
from .._estate.estate import Unavailable

T = TypeVar("T")


@dataclass
class Notes:
    """What was unreadable of a vCenter, and why."""

    vcenter: str
    unavailable: list[Unavailable] = field(default_factory=list)

    def attempt(self, what: str, look: Callable[[], T]) -> Optional[T]:
        """What a look gives; None, with the reason noted, where it gives an error. Raises InputError."""
        try:
            return foreseen(f"reading {what} of {self.vcenter}", look, consequence="Nothing was changed.")
        except InputError:
            raise
        except CertopsError as error:
            self.unavailable.append(Unavailable(what, self.vcenter, str(error)))
            return None
