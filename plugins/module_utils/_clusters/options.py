# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a module about vSphere HA and vSAN (doc_fragments/ha.py, doc_fragments/vsan.py)."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from .._deciding.policy import HA_CHOICES, HA_WARN, VSAN_CHOICES, VSAN_WARN
from .._estate.estate import EsxiHost
from .._stepping.port import VSphere
from .._stepping.progress import Tell
from .high_availability import HA_TIMEOUT_SECONDS, HaPolicy, HighAvailability, high_availability
from .vsan import VSAN_TIMEOUT_SECONDS, Vsan, VsanPolicy, vsan_of

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


def guards_of_renewal(
    vsphere: VSphere, hosts: Sequence[EsxiHost], options: Mapping[str, Any], tell: Tell
) -> tuple[HighAvailability, Vsan]:
    """HA and vSAN of the clusters of hosts whose certificates are replaced, by the options of the module. Raises CertopsError as they do."""
    in_flight = options["in_flight"]
    ha = high_availability(
        vsphere, hosts, ha_policy(options), in_flight=in_flight, reconnect_follows=options["reconnect_follows"], tell=tell
    )
    return ha, vsan_of(vsphere, hosts, vsan_policy(options), in_flight=in_flight, tell=tell)
