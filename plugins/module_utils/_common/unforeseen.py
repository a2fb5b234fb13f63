# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions that nobody foresaw: defects of the collection, told as such, and kept from taking the results of others with them.

The only place that catches exceptions of any class. Their tracebacks go to a logger of Python's, from which the entry points take them to
show them at -vvv: a traceback is for whoever mends the defect, and no result or report has it.
"""

from __future__ import annotations

import logging
import traceback
from typing import Callable, TypeVar

from . import messages
from .errors import CertopsError, reason

T = TypeVar("T")

# Nobody hears it but who asks for it: without this, Python would write to standard error, and Ansible to its log file.
LOGGER = logging.getLogger("certops.vsphere")
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False


def foreseen(doing: str, work: Callable[[], T], *, consequence: str, passing: tuple[type[Exception], ...] = ()) -> T:
    """Do some work, and make an InternalError of every exception that is no error of the collection's own.

    doing: what the work is, and on what ("the step reconnect of esx01"). consequence: a sentence of what may be left half done, and where
    to look. passing: errors that are somebody else's, and told well enough as they are. Raises CertopsError and these only. SystemExit and
    KeyboardInterrupt pass: they are how a run is ended.
    """
    try:
        return work()
    except CertopsError:
        raise
    except passing:
        raise
    except Exception as error:
        # Frames without their local variables, which may hold a password.
        LOGGER.error("%s", "".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip())
        raise messages.INTERNAL_ERROR(
            task=doing, exception=type(error).__name__, reason=reason(error), consequence=consequence
        ) from error


REPORT_IT = (
    "This is a defect of the collection, and not of your input: run again with -vvv, which shows where it happened, and please report it"
    " with that."
)


class Traces(logging.Handler):
    """A context manager: collects the tracebacks of all threads while it is entered."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.texts.append(record.getMessage())

    def __enter__(self) -> list[str]:
        LOGGER.addHandler(self)
        return self.texts

    def __exit__(self, *_how: object) -> None:
        LOGGER.removeHandler(self)
