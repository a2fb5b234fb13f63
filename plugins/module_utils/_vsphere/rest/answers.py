# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is an answer of the vCenter's REST API, and which error one is that is none. Errors have another shape in each dialect; both are known in both."""

from __future__ import annotations

import json
from typing import Any, Callable

from ..._common.errors import CertopsError
from ..._common.printable import on_one_line
from ..._wire.answer_errors import NotAnAnswer
from ..._wire.https import Answer
from .. import messages
from .dialect import Dialect

# What an answer has to be, by what is read of it.
Shape = Callable[[Any], bool]


def value_of(answer: Answer, dialect: Dialect, shape: Shape, statuses: tuple[int, ...]) -> Any:
    """The value in an answer. Raises NotAnAnswer where it is none of that shape."""
    if answer.status not in statuses:
        raise NotAnAnswer(f"HTTP {answer.status}")
    if answer.kind == "text/html":
        raise NotAnAnswer("a page of HTML")
    # JSON says what it is by its content: govmomi's simulated vCenter labels it as text, as would anything that lets Go guess.
    if answer.kind and "json" not in answer.kind and answer.kind != "text/plain":
        raise NotAnAnswer(f"the type {answer.kind[:40]!r} and no JSON")
    if not answer.body.strip():
        raise NotAnAnswer("nothing")
    try:
        whole = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise NotAnAnswer("no JSON") from error
    if _is_error(whole):
        raise NotAnAnswer(f"an error with HTTP {answer.status}{message_of(answer.body)}")
    value = dialect.unwrapped(whole)
    if not shape(value):
        raise NotAnAnswer("JSON that is no answer to this")
    return value


def require_void(answer: Answer, dialect: Dialect) -> None:
    """Raises NotAnAnswer where a call that answers no value was answered by something."""
    if not dialect.is_void(answer.status, answer.body):
        raise NotAnAnswer("a page of HTML" if answer.kind == "text/html" else f"HTTP {answer.status} where 204 is the answer")


def error_of(status: int, body: bytes, what: str, passing: tuple[int, ...]) -> CertopsError:
    """The error for an answer that refuses. passing: statuses that mean here that it may work the next time."""
    vsphere_fault = f"HTTP {status}{message_of(body)}"
    # /api has 500 for it, and /rest 504.
    if status in (500, 504) and _type(body) == "TIMED_OUT":
        return messages.REST_TIMED_OUT(action=what, vsphere_fault=vsphere_fault)
    if status in (502, 503, 504) or status in passing:
        return messages.REST_FAILED_IN_PASSING(action=what, vsphere_fault=vsphere_fault)
    if status == 401:
        return messages.REST_SESSION_REFUSED(action=what, vsphere_fault=vsphere_fault)
    if status == 403:
        return messages.REST_PERMISSION_DENIED(action=what, vsphere_fault=vsphere_fault)
    if status == 404:
        return messages.REST_NOT_OFFERED(action=what, vsphere_fault=vsphere_fault)
    return messages.REST_FAILED(action=what, vsphere_fault=vsphere_fault)


def message_of(body: bytes) -> str:
    """The words of an error in the API's shape, shortened; nothing where it has another."""
    try:
        told = json.loads(body)
        told = told["value"] if isinstance(told.get("value"), dict) else told
        texts = [str(entry.get("default_message") or entry.get("id") or "") for entry in told.get("messages") or []]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return ""
    text = on_one_line(" ".join(texts))[:300]
    return f" {text}" if text else ""


def _is_error(whole: Any) -> bool:
    if not isinstance(whole, dict):
        return False
    if {"error_type", "messages"} <= set(whole):
        return True
    value = whole.get("value")
    return "type" in whole and isinstance(value, dict) and "messages" in value


def _type(body: bytes) -> str:
    """The type of an error as /api has it; nothing where it has none. /rest has it as com.vmware.vapi.std.errors.timed_out."""
    try:
        told = json.loads(body)
        return str(told.get("error_type") or str(told.get("type") or "").rpartition(".")[2].upper())
    except (ValueError, AttributeError, RecursionError):
        return ""
