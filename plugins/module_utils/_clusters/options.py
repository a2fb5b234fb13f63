# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a module about vSphere HA and vSAN (doc_fragments/ha.py, doc_fragments/vsan.py)."""

from __future__ import annotations

from typing import Any, Mapping

from .._deciding.policy import HA_CHOICES, HA_WARN, VSAN_CHOICES, VSAN_WARN
from .high_availability import HA_TIMEOUT_SECONDS, HaPolicy
from .vsan import VSAN_TIMEOUT_SECONDS, VsanPolicy

HA_SPEC: dict[str, dict[str, Any]] = {
    "ha": {"type": "str", "choices": list(HA_CHOICES), "default": HA_WARN},
    "ha_timeout_seconds": {"type": "float", "default": HA_TIMEOUT_SECONDS},
}


VSAN_SPEC: dict[str, dict[str, Any]] = {
    "vsan": {"type": "str", "choices": list(VSAN_CHOICES), "default": VSAN_WARN},
    "vsan_timeout_seconds": {"type": "float", "default": VSAN_TIMEOUT_SECONDS},
}


def vsan_policy(options: Mapping[str, Any]) -> VsanPolicy:
    """What they say."""
    return VsanPolicy(options["vsan"], options["vsan_timeout_seconds"])


def ha_policy(options: Mapping[str, Any]) -> HaPolicy:
    """What they say."""
    return HaPolicy(options["ha"], options["ha_timeout_seconds"])
