# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An error before it happens: its code, its sentence and its remedy, as the file messages.py of each package lists them.

The page of errors is made from these lists (scripts/list_messages.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from .errors import CertopsError

E_co = TypeVar("E_co", bound=CertopsError, covariant=True)
F = TypeVar("F", bound=CertopsError)


@dataclass(frozen=True)
class ErrorMessage(Generic[E_co]):
    """An error that can be raised: called with the values of its placeholders, it returns the exception.

    kind: the exception's class, by which code tells errors apart. code: the name by which a pipeline tells them apart, which stays when
    the words change. sentence: what happened, and on which host, provider or vCenter. remedy: what the operator does about it. Both may
    have placeholders, as str.format reads them.
    """

    kind: type[E_co]
    code: str
    sentence: str
    remedy: str

    def __call__(self, *, vsphere_fault: str = "", **values: object) -> E_co:
        """The exception. Raises KeyError where the value of a placeholder is missing."""
        return self.kind(
            self.sentence.format(**values), code=self.code, remedy=self.remedy.format(**values), vsphere_fault=vsphere_fault
        )

    def of_kind(self, kind: type[F]) -> ErrorMessage[F]:
        """The same message for an exception of another class: of what vSphere answers it depends on more whether it is transient."""
        return ErrorMessage(kind, self.code, self.sentence, self.remedy)
