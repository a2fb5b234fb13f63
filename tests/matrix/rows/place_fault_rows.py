# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of calls that only some places have made: clusters with vSphere HA or vSAN, a host that does not trust SMS, old vCenters, unproven rights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crash_points import EVERYTHING
from fault_rows import (
    EMPTY,
    EMPTY_AFTER,
    LOST_AFTER,
    LOST_BEFORE,
    PAGE,
    PAGE_AFTER,
    STOPS,
    SUCCEEDS,
    UNAVAILABLE,
)
from small_estates import vcenter
from vsphere_sim.scenario.demo import expiring, healthy
from vsphere_sim.scenario.schema import HostSpec, VCenterSpec

WITNESS = "witness.example.com"
SWITCH, NOTE, EVENT, DAS = "ReconfigureComputeResource_Task", "SetField", "LogUserEvent", "ReconfigureHostForDAS_Task"
EVENTS = ("CreateCollectorForEvents", "ReadNextEvents", "DestroyCollector")
REPLACE = "ReplaceCACertificatesAndCRLs"
PATCH = "PATCH /api/vcenter/services/sps"
OLD = "/rest/vcenter"
OLD_SESSION, OLD_RESTART, OLD_PATCH = (
    "POST /rest/com/vmware/cis/session",
    f"POST {OLD}/services/sps/restart",
    f"PATCH {OLD}/services/sps",
)


@dataclass(frozen=True)
class Place:
    """An estate, the variables of its run, and the calls that it has made and others have not. standing: faults that are there all the time."""

    hosts: dict[str, HostSpec]
    reads: tuple[str, ...]
    changes: tuple[str, ...] = ()
    variables: dict[str, Any] = field(default_factory=dict)
    ha: dict[str, Any] | None = None
    vsan: dict[str, Any] | None = None
    version: str = "9.0.0"
    standing: tuple[str, ...] = ()
    # What harms nobody though it never succeeds.
    harmless: tuple[str, ...] = ()

    def spec(self) -> VCenterSpec:
        """Its vCenter. A witness stands in no cluster."""
        clustered = {label: one for label, one in self.hosts.items() if one.get("name") != WITNESS}
        made: Any = vcenter(clustered, version=self.version)
        made["orphans"] = []
        if self.ha is not None:
            made["clusters"][0]["ha"] = self.ha
        if self.vsan is not None:
            made["clusters"][0]["vsan"] = self.vsan
            made["clusters"].insert(0, {"name": "alone", "standalone": True, "hosts": [self.hosts["witness"]]})
        return made  # type: ignore[no-any-return]


PLACES = {
    "ha": Place(
        {"healthy": healthy(), "canary": {**expiring(), "ha_ends_in": "initializationError"}},
        EVENTS,
        ("AddCustomFieldDef", NOTE, SWITCH, EVENT, DAS),
        {"certops_ha": "suspend"},
        ha={"fails_over": "restart"},
        harmless=(*EVENTS, EVENT),
    ),
    "vsan": Place(
        {"witness": {**healthy(), "name": WITNESS, "provider": None}, "canary": expiring(), "expiring": expiring()},
        ("QueryHostStatus", "VsanQueryObjectIdentities", "QuerySyncingVsanObjectsSummary", "VSANVcGetWitnessHosts"),
        variables={"certops_vsan": "require", "certops_vsan_timeout_seconds": 20},
        vsan={"resync_seconds": 1, "witness": WITNESS},
    ),
    "trust": Place(
        {"distrusting": {**healthy(), "sms_trust_lost": True}, "healthy": healthy()},
        ("ListCACertificates", "ListCACertificateRevocationLists"),
        (REPLACE,),
        {"certops_repair_host_trust": True},
    ),
    "old": Place(
        {"canary": expiring("6.7.0"), "healthy": healthy("6.7.0")},
        (
            OLD_SESSION,
            f"GET {OLD}/services/sps",
            f"GET {OLD}/topology/nodes",
            f"GET {OLD}/certificate-management/vcenter/tls",
            f"GET {OLD}/certificate-management/vcenter/trusted-root-chains",
            f"GET {OLD}/certificate-management/vcenter/trusted-root-chains/*",
            "GET /rest/appliance/recovery/backup/job/details",
            "DELETE /rest/com/vmware/cis/session",
        ),
        (OLD_RESTART,),
        version="6.7.2",
        harmless=("GET /rest/appliance/recovery/backup/job/details", "DELETE /rest/com/vmware/cis/session"),
    ),
    "unproven": Place({"canary": expiring(), "healthy": healthy()}, (), (PATCH,), standing=("Issue",)),
    "old-unproven": Place(
        {"canary": expiring("6.7.0"), "healthy": healthy("6.7.0")}, (), (OLD_PATCH,), version="6.7.2", standing=("Issue",)
    ),
}

# Each of a place's calls goes wrong so once, all of them in the same run.
_ONCE = (UNAVAILABLE, LOST_BEFORE, LOST_AFTER, PAGE, PAGE_AFTER, EMPTY, EMPTY_AFTER)
_AFTER = (LOST_AFTER, PAGE_AFTER, EMPTY_AFTER)
# Each place once, and each effect at most twice.
_REDUCED_ONCE = {("ha", 2), ("vsan", 0), ("trust", 4), ("old", 3), ("unproven", 1), ("old-unproven", 5)}


@dataclass(frozen=True)
class Once:
    """All calls of a place go wrong once, in a way. Losing the answer of what only reads is as losing the question."""

    place: str
    effect: dict[str, Any]

    @property
    def calls(self) -> tuple[str, ...]:
        """Those that go wrong."""
        where = PLACES[self.place]
        calls = where.changes if self.effect in _AFTER else (*where.reads, *where.changes)
        # An old vCenter answers a restart so itself: with 200 and nothing.
        return tuple(call for call in calls if not (call == OLD_RESTART and self.effect == EMPTY))

    @property
    def name(self) -> str:
        """The row in a word, for the test's name."""
        return "-".join([self.place, *(f"{key}-{value}" for key, value in self.effect.items())])


ONCE = tuple(
    row
    for place in PLACES
    for number, effect in enumerate(_ONCE)
    for row in [Once(place, effect)]
    if row.calls and (EVERYTHING or (place, number) in _REDUCED_ONCE)
)


@dataclass(frozen=True)
class Always:
    """A call of a place goes wrong whenever it is made. says: words of the failure. begun: whether hosts were changed by then."""

    place: str
    method: str
    effect: dict[str, Any]
    then: str = STOPS
    says: tuple[str, ...] = ()
    begun: bool = False
    reduced: bool = False

    @property
    def name(self) -> str:
        """The row in a word, for the test's name."""
        return "-".join([self.place, self.method.split("/")[-1], *(str(value) for value in self.effect.values())])


def _task(name: str, **properties: Any) -> dict[str, Any]:
    return {"task_error": name, "properties": properties}


_FORBIDDEN: dict[str, Any] = {"fault": "vim.fault.NoPermission", "properties": {}}

_EVERY_ALWAYS = (
    *(
        Always(place, method, UNAVAILABLE, SUCCEEDS, reduced=method in ("CreateCollectorForEvents", EVENT))
        for place, where in PLACES.items()
        for method in where.harmless
    ),
    # What host monitoring was has to be noted before it is switched, and nothing of a host is begun without both.
    Always("ha", NOTE, UNAVAILABLE, says=("HTTP 503",), reduced=True),
    Always("ha", NOTE, _FORBIDDEN, says=("NoPermission", "role")),
    Always("ha", "AddCustomFieldDef", _FORBIDDEN, says=("NoPermission", "role")),
    Always("ha", SWITCH, UNAVAILABLE, says=("HTTP 503",)),
    Always("ha", SWITCH, _task("vim.fault.NoPermission"), says=("NoPermission", "role"), reduced=True),
    # The agent is judged after the reconnect as well, and then the vCenter stops.
    Always(
        "ha",
        DAS,
        _task("vim.fault.DasConfigFault", reason="Other"),
        says=("DasConfigFault", "Reconfigure for vSphere HA"),
        begun=True,
        reduced=True,
    ),
    Always("ha", DAS, UNAVAILABLE, says=("HTTP 503", "Reconfigure for vSphere HA"), begun=True),
    *(
        Always("vsan", method, effect, says=("is not calm", said), reduced=effect is UNAVAILABLE and method == "QueryHostStatus")
        for method in PLACES["vsan"].reads
        for effect, said in ((UNAVAILABLE, "HTTP 503"), (PAGE, "unexpected response"))
        if method != "VSANVcGetWitnessHosts"
    ),
    # Who the witness is is asked before anything is begun.
    Always("vsan", "VSANVcGetWitnessHosts", UNAVAILABLE, says=("HTTP 503",)),
    *(
        Always("trust", method, UNAVAILABLE, says=("HTTP 503",), reduced=method == REPLACE)
        for method in ("ListCACertificateRevocationLists", REPLACE)
    ),
    Always("trust", REPLACE, {"fault": "vim.fault.HostConfigFault", "properties": {}}, says=("HostConfigFault",)),
    *(Always("unproven", PATCH, effect, says=("could not be proven",)) for effect in (UNAVAILABLE, LOST_BEFORE)),
    Always("unproven", PATCH, {"http_status": 403}, says=("HTTP 403",), reduced=True),
    Always("old-unproven", OLD_PATCH, {"http_status": 403}, says=("HTTP 403",), reduced=True),
    # What is taken for its answer though it was not restarted: the providers do not come back, and the next run goes on from there.
    Always("old", OLD_RESTART, EMPTY, says=("did not come back",), begun=True),
    Always("old", OLD_RESTART, {"http_status": 403}, says=("HTTP 403", "is unregistered"), begun=True, reduced=True),
)
ALWAYS = tuple(row for row in _EVERY_ALWAYS if EVERYTHING or row.reduced)
