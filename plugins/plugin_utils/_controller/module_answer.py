# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module answered, in the hands of an action that does not fail with it: the failure is told by what the action returns. Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError

_FAILURE = frozenset({"failed", "msg", "error_code"})
_NO_REASON = "the module gave no reason"


def why_failed(answer: Mapping[str, Any]) -> str:
    """Why the module failed; empty where it did not."""
    return str(answer.get("msg") or _NO_REASON) if answer.get("failed") else ""


def failed_with(error: CertopsError) -> dict[str, Any]:
    """What a task returns that fails with it."""
    return {"failed": True, "msg": str(error), "error_code": error.code}


def without_failure(answer: Mapping[str, Any], *others: str) -> dict[str, Any]:
    """The answer as a task shows it that does not fail, and without these other keys."""
    return {key: value for key, value in answer.items() if key not in _FAILURE and key not in others}


def joined(failures: Iterable[str]) -> str:
    """Failures as one text, each of them once."""
    return " ".join(dict.fromkeys(one for one in failures if one))
