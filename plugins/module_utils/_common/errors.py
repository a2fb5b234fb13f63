# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong, told in one sentence: what happened, to what, what vSphere said, what to do."""

from __future__ import annotations

from typing import Optional

from .printable import on_one_line


def sentence(text: str) -> str:
    """End a text as a sentence, whatever its source ended it with; what cannot be printed is escaped."""
    text = on_one_line(text)
    if not text:
        return ""
    return text if text[-1] in ".!?" else text + "."


def reason(error: Exception) -> str:
    """What an error of Python's says, in words that need no Python to be read."""
    if isinstance(error, KeyError):
        return f"{on_one_line(str(error))} is missing"
    return on_one_line(str(error)) or type(error).__name__


class CertopsError(Exception):
    """A failure that the user reads. Nothing below the entry point turns it into an exit.

    It is raised by way of a message (error_message.py), which has the words. sentence: what happened, on which host, provider or vCenter.
    code: the name of the message, by which a pipeline tells errors apart. remedy: what the operator does about it. vsphere_fault: what
    vSphere answered, its fault's name included; empty where it did not get to answer.
    """

    def __init__(self, sentence: str, *, code: str, remedy: str = "", vsphere_fault: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.remedy = remedy
        self.vsphere_fault = vsphere_fault

    def __str__(self) -> str:
        parts = [self.sentence.rstrip(". ") + (f": vSphere said {self.vsphere_fault.rstrip('. ')}" if self.vsphere_fault else "")]
        if self.remedy:
            parts.append(self.remedy)
        return " ".join(sentence(part) for part in parts)

    def retold(
        self, *, sentence: Optional[str] = None, remedy: Optional[str] = None, kind: Optional[type[CertopsError]] = None
    ) -> CertopsError:
        """The same error, by its code and vSphere's fault, in other words, or as one of another class."""
        return (kind or type(self))(
            self.sentence if sentence is None else sentence,
            code=self.code,
            remedy=self.remedy if remedy is None else remedy,
            vsphere_fault=self.vsphere_fault,
        )


class InputError(CertopsError):
    """What the user gave cannot be used: found before anything is sent."""


class ConnectionRefusedByTrust(CertopsError):
    """The other side's certificate does not verify against what we were given."""


class RepeatableError(CertopsError):
    """vSphere refused for a reason that can be gone the next time: worth few attempts, and never endless ones."""


class TransientError(RepeatableError):
    """It may work when it is tried again: a dropped connection, 503, a service that is starting."""


class SessionExpired(TransientError):
    """The server no longer knows the session: log in again."""


class AccessDenied(CertopsError):
    """The account may not do this."""


class NotOffered(CertopsError):
    """The server does not know the path, setting or method that was asked for."""


class DeadlineExceeded(CertopsError):
    """It did not come to an end in the time that was allowed."""


class InternalError(CertopsError):
    """A defect of the collection itself: nothing that the user did, and nothing that vSphere said."""


class HostRemoved(CertopsError):
    """The vCenter does not have the host any more."""


class Asleep(CertopsError):
    """A host is in standby, and was not touched."""


class EndpointError(Exception):
    """An endpoint showed no certificate; the text says why."""
