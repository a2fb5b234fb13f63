# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of guards: what is the matter with a vCenter or a host, the blocker that says so, and what it may and may not keep from being done.

A place is a vCenter of an estate that is played once; each has one thing the matter with it, or one a host. A row is read so: this blocker
of this place names these hosts, with this remedy; they are left alone, wholly or but for their providers, and those others are done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crash_points import EVERYTHING
from vsphere_sim.estate.accounts import KNOWN_PRIVILEGES, SERVICES_GROUP
from vsphere_sim.scenario.demo import ailing, expired, expiring, healthy, in_maintenance, remembered_expired
from vsphere_sim.scenario.schema import HostSpec, VCenterSpec

# Estates: that in which vCenters stop, so that the run fails, and that in which only some steps or hosts are blocked, and the run succeeds.
STOPPED, GOES_ON = "stopped", "goes on"
# A vCenter's hosts, each in a cluster of its own, so that none is kept waiting for another.
THREE: dict[str, HostSpec] = {"expiring": expiring(), "lost": expired(), "ailing": ailing()}
CORPORATE: dict[str, HostSpec] = {
    "expiring": expiring(issuer="corporate"),
    "lost": {**expired(), "certificate": {"days_left": -12, "issuer": "corporate"}},
    "ailing": {**ailing(), "certificate": {"days_left": 900, "issuer": "corporate"}},
}
# VMCA's root is younger than a day: it has issued what is no older.
YOUNG: dict[str, HostSpec] = {**THREE, "lost": {**expired(), "certificate": {"days_left": -0.2}}}
# VMCA's root has ended, and what it issued has not: a client that verifies vCenter's own certificate does not even log in.
ENDED: dict[str, HostSpec] = {"expiring": expiring(), "ailing": ailing()}
SETTING = "vpxd.certmgmt."
LINKED = ("second.example", "third.example")
# What the simulator wants for a restart of SPS.
FEW_PRIVILEGES = "few@vsphere.local"


@dataclass(frozen=True)
class Edit:
    """What the world does to the estate when it runs (POST /state/WHAT); host: a label, none where it is about the vCenter."""

    what: str
    values: dict[str, Any]
    host: str | None = None


@dataclass(frozen=True)
class Place:
    """A vCenter: its estate, its hosts by label and cluster, what its scenario, the world and its variables make of it.

    done: hosts that the run brings to where they should be. undecided: hosts of which too little can be read to tell what is due.
    ha, vsan: whether its clusters have vSphere HA, and vSAN.
    """

    estate: str
    clusters: tuple[dict[str, HostSpec], ...]
    spec: VCenterSpec = field(default_factory=VCenterSpec)
    edits: tuple[Edit, ...] = ()
    variables: dict[str, Any] = field(default_factory=dict)
    host_variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    reduced: bool = False
    ha: bool = False
    vsan: bool = False

    @property
    def hosts(self) -> dict[str, HostSpec]:
        """All of its hosts, in the order in which the simulator makes them."""
        return {label: spec for cluster in self.clusters for label, spec in cluster.items()}


@dataclass(frozen=True)
class Row:
    """A blocker, in words of its remedy. blocks: hosts that nothing is done for; partly: hosts whose provider alone is re-registered."""

    code: str
    place: str
    remedy: str
    blocks: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    says: str = ""
    # What the report says of the hosts that it blocks.
    result: str = "blocked"

    @property
    def name(self) -> str:
        """The row in a word, for the test's name."""
        return "-".join([self.code, self.place, *self.blocks[:1]])


def alone(hosts: dict[str, HostSpec]) -> tuple[dict[str, HostSpec], ...]:
    """Each host in a cluster of its own."""
    return tuple({label: spec} for label, spec in hosts.items())


def lacking(*privileges: str, groups: tuple[str, ...] = ("Everyone", SERVICES_GROUP)) -> dict[str, Any]:
    """The parts of a place whose account has all privileges but these, and is in these SSO groups."""
    held = [one for one in (*KNOWN_PRIVILEGES, "ApplianceManagement.Read") if one not in privileges]
    return {
        "edits": (Edit("account", {"username": FEW_PRIVILEGES, "privileges": held, "groups": list(groups)}),),
        "variables": {"certops_vcenter_username": FEW_PRIVILEGES},
    }


def _stopped(spec: VCenterSpec | None = None, **more: Any) -> Place:
    return Place(STOPPED, alone(more.pop("hosts", THREE)), spec or {}, **more)


def _trusting_nobody(hosts: dict[str, HostSpec]) -> tuple[Edit, ...]:
    return tuple(Edit("host", {"castore": []}, label) for label in hosts)


def _renewals(spec: VCenterSpec | None = None, **more: Any) -> Place:
    return Place(GOES_ON, alone(more.pop("hosts", THREE)), spec or {}, **{"done": ("ailing",), **more})


def _with(parts: dict[str, Any], **variables: Any) -> dict[str, Any]:
    return {**parts, "variables": {**parts["variables"], **variables}}


def _linked(name: str) -> VCenterSpec:
    return {"linked_nodes": [f"{name}.example", *LINKED]}


PLACES: dict[str, Place] = {
    # Nothing may be done.
    "unsaid": _stopped(variables={"certops_protection": None}, reduced=True),
    "linked": _stopped(_linked("linked"), variables={"certops_protection_covers": [LINKED[0]]}, reduced=True),
    "linked-unread": _stopped({"missing_rest_paths": ["/api/vcenter/topology/*"]}),
    "ahead": _stopped({"clock_offset_seconds": 600}),
    "behind": _stopped({"clock_offset_seconds": -600}),
    "machine-ssl": _stopped({"machine_ssl": {"days_left": -1}}, variables={"certops_vcenter_validate_certs": False}),
    "sps-stopped": _stopped(edits=(Edit("sps", {"state": "STOPPED"}),), undecided=("ailing",)),
    "sps-unread": _stopped({"missing_rest_paths": ["/api/vcenter/services/*"]}, reduced=True),
    "sms-broken": _stopped(
        edits=tuple(Edit("provider", {"broken": True}, label) for label in THREE), undecided=("ailing",), reduced=True
    ),
    "no-view": _stopped(**lacking("StorageViews.View"), undecided=("ailing",)),
    "no-configure": _stopped(**lacking("StorageViews.ConfigureService"), reduced=True),
    "no-restart": _stopped(**lacking(groups=("Everyone",)), reduced=True),
    "sps-disabled": _stopped(edits=(Edit("sps", {"startup_type": "DISABLED"}),)),
    "only-renewals": _stopped({"root": {"days_left": 30}}, hosts={"expiring": expiring(), "lost": expired()}),
    "vmca-ended": _stopped(
        {"root": {"days_left": -1}}, hosts=ENDED, variables={"certops_vcenter_validate_certs": False}, reduced=True
    ),
    "thumbprint": _stopped({"settings": {f"{SETTING}mode": "thumbprint"}}, reduced=True),
    "no-mode": _stopped({"settings": {f"{SETTING}mode": None}}),
    # Nor does any host know a root that vCenter publishes.
    "no-roots": _stopped({"missing_rest_paths": ["/api/vcenter/certificate-management/*"]}, edits=_trusting_nobody(THREE)),
    "custom-no-roots": _stopped(
        {"settings": {f"{SETTING}mode": "custom"}, "missing_rest_paths": ["/api/vcenter/certificate-management/*"]},
        hosts=CORPORATE,
        edits=_trusting_nobody(CORPORATE),
        variables={"certops_custom_ca": {"method": "command", "argv": ["/bin/false"]}},
    ),
    # And with these everything may.
    "covered": _stopped(
        _linked("covered"),
        variables={"certops_protection_covers": list(LINKED)},
        done=tuple(THREE),
        reduced=True,
    ),
    "said-none": _stopped(_linked("said-none"), variables={"certops_protection": "none"}, done=tuple(THREE)),
    # A former CA's root that has expired, and that issued none of them, keeps nobody from anything.
    "old-root": _stopped({"old_roots": [{"days_left": -10}]}, done=tuple(THREE)),
    # Nothing may be renewed.
    "young-root": _renewals({"root": {"age_days": 0.9}}, hosts=YOUNG),
    "root-ends": _renewals({"root": {"days_left": 30}}),
    "short-lived": _renewals({"settings": {f"{SETTING}certs.daysValid": 30}}),
    "no-state": _renewals({"settings": {f"{SETTING}certs.cn.state": ""}}),
    "custom": _renewals({"settings": {f"{SETTING}mode": "custom"}}, hosts=CORPORATE, reduced=True),
    "contradiction": _renewals(hosts=CORPORATE),
    # VMCA is a subordinate CA, and only the CA above it is trusted: SPS takes no provider back, and re-registers none.
    "vmca-missing": _renewals({"subordinate_vmca": True, "vmca_unpublished": True}, done=()),
    # vCenter itself renews what has expired when it is reconnected, and wants no privilege for certificates for that.
    "no-manage": _renewals(**lacking("Certificate.Manage"), done=("lost", "ailing"), reduced=True),
    "no-connection": _renewals(**lacking("Host.Config.Connection")),
    # vSphere HA monitors every host.
    "ha-monitored": _renewals(ha=True, variables={"certops_ha": "require_disabled"}, reduced=True),
    "ha-unread": _renewals(
        ha=True,
        variables={"certops_ha": "suspend"},
        edits=tuple(Edit("cluster", {"cluster": f"ha-unread-{number}", "unreadable": ["configurationEx"]}) for number in range(3)),
    ),
    "ha-no-edit": _renewals(ha=True, **_with(lacking("Host.Inventory.EditCluster"), certops_ha="suspend")),
    "ha-by-cli": _renewals(
        ha=True,
        hosts={"expiring": expiring(), "ailing": ailing()},
        variables={"certops_ha": "suspend", "certops_scope": "vcenter"},
        host_variables={"expiring": {"certops_method": "cli", "ansible_user": "root", "ansible_password": "nobody asks for it"}},
    ),
    "vsan-by-cli": _renewals(
        vsan=True,
        hosts={"expiring": expiring(), "ailing": ailing()},
        variables={"certops_vsan": "require", "certops_scope": "vcenter"},
        host_variables={"expiring": {"certops_method": "cli", "ansible_user": "root", "ansible_password": "nobody asks for it"}},
    ),
    # A host each.
    "hosts": Place(
        GOES_ON,
        (
            {"canary": expiring(), "remembers": remembered_expired()},
            {"foreign": expiring(issuer="corporate")},
            {"foreign_ailing": {**expiring(issuer="corporate"), "provider": {"ailing": True}}},
            {"resting": in_maintenance()},
            {"resting_ailing": {**in_maintenance(), "provider": {"ailing": True}}},
            {"in_part": {**expiring(), "partial_maintenance": ["quickPatch"]}},
            {"unplaced": {**expiring(), "unreadable": ["parent"]}},
            {
                "lost": {**expiring(), "connection_state": "notResponding"},
                "crowded": expiring(),
                "crowded_ailing": {**expiring(), "provider": {"ailing": True}},
                "beside": ailing(),
            },
            {"lost_remembering": {**remembered_expired(), "connection_state": "notResponding"}},
            {"impostor": remembered_expired(), "beside_impostor": remembered_expired()},
            {"silent": remembered_expired()},
            {"untrusted": {**healthy(), "certificate": {"days_left": 500, "issuer": "unknown"}, "provider": {"ailing": True}}},
            {"distrusting": {**healthy(), "sms_trust_lost": True}},
            {"by_cli": expiring()},
            {"untold": expiring()},
            # A vCenter 9 has its certificate on record all the same, where it is shown.
            {"unavailable": {**healthy(), "connection_state": "notResponding", "unreadable": ["summary.config.sslCertificate"]}},
            {"future": {"version": "8.0.3", "certificate": {"days_left": 900, "begins_in_days": 3}}},
        ),
        edits=(
            Edit("host", {"impostor": {"days_left": 900, "issuer": "vmca"}}, "impostor"),
            Edit("host", {"reachable": False}, "silent"),
            Edit("host", {"reachable": False}, "unavailable"),
            Edit("provider", {"untold": ["uid"]}, "untold"),
        ),
        variables={"certops_scope": "vcenter"},
        host_variables={"by_cli": {"certops_method": "cli"}},
        done=("canary", "remembers", "beside", "beside_impostor"),
        reduced=True,
    ),
}
_ALL = tuple(THREE)
_RENEWED = ("expiring", "lost")
EVERY_ROW = (
    Row(
        "protection_not_stated",
        "unsaid",
        "set certops_protection to confirmed, have the run take one with snapshot, or set none",
        _ALL,
    ),
    # One of the two is covered: the other is named, and it alone.
    Row("protection_linked", "linked", "name them in certops_protection_covers", _ALL, says=f"is linked with {LINKED[1]}, which"),
    Row("linked_unavailable", "linked-unread", "name the linked vCenters in certops_protection_covers", _ALL),
    Row("clock_offset", "ahead", "Bring both to the same NTP source", _ALL, says="ahead of"),
    Row("clock_offset", "behind", "Bring both to the same NTP source", _ALL, says="behind"),
    Row("machine_ssl_expired", "machine-ssl", "Renew vCenter's own certificates first", _ALL),
    # SMS stops with SPS, so that providers are not read. That outweighs that the certificate is due: by default `unknown` fails a job, and `blocked`,
    # which may be the host's own state alone, does not. Why says both, and the host counts as kept back.
    Row(
        "sps_not_running",
        "sps-stopped",
        "start it in the appliance's management interface",
        _RENEWED,
        says="is STOPPED",
        result="unknown",
    ),
    Row("sps_unavailable", "sps-unread", "Use an account that may read and restart services", _ALL),
    Row("providers_unavailable", "sms-broken", "sps.log on the vCenter tells why", _RENEWED, result="unknown"),
    Row("missing_privilege", "no-view", "Give its role StorageViews.View", _RENEWED, result="unknown"),
    Row("missing_privilege", "no-configure", "Give its role StorageViews.ConfigureService", _ALL),
    Row("restart_not_permitted", "no-restart", "Put it into that group itself", _ALL, says=SERVICES_GROUP),
    Row("sps_disabled", "sps-disabled", "Set its startup type to AUTOMATIC", _ALL),
    Row("vmca_root_ends", "only-renewals", "Renew VMCA's root first", _RENEWED),
    Row("trusted_root_expired", "vmca-ended", "Renew VMCA's root in vCenter's certificate management first", ("expiring",)),
    Row("issuer_expired", "vmca-ended", "Replace that root in vCenter's certificate management", ("ailing",)),
    Row("vmca_root_too_young", "young-root", "set vpxd.certmgmt.certs.minutesBefore to 10", _RENEWED, says="70034"),
    Row("vmca_root_ends", "root-ends", "Renew VMCA's root first", _RENEWED),
    Row("renew_before_too_long", "short-lived", "Make certops_renew_before_days smaller", _RENEWED),
    Row("empty_subject_settings", "no-state", "Fill it in vCenter's advanced settings", _RENEWED, says="certs.cn.state"),
    Row("mode_custom", "custom", "Renew it with the CA that issued it", _RENEWED),
    Row("mode_thumbprint", "thumbprint", "Renew it with the CA that issued it", _RENEWED),
    Row("thumbprint_trust", "thumbprint", "Set vpxd.certmgmt.mode to vmca", _ALL, says="VECS store SMS"),
    Row("mode_unavailable", "no-mode", "Let the account read vpxd.certmgmt.mode", _ALL),
    Row("issuer_unknown", "no-roots", "Use an account that may read vCenter's trusted root chains", _RENEWED),
    Row("roots_unavailable", "no-roots", "Use an account that may read vCenter's trusted root chains", _ALL),
    Row("roots_unavailable", "custom-no-roots", "Use an account that may read vCenter's trusted root chains", _ALL),
    Row("not_connected", "custom-no-roots", "put a certificate of your CA on the host itself", ("lost",)),
    Row("issuer_unknown", "contradiction", "Name VMCA's root by its SHA-256 fingerprint", _RENEWED),
    Row("vmca_not_trusted", "vmca-missing", "Add VMCA's own certificate to vCenter's trusted roots", _RENEWED),
    Row("issuer_untrusted", "vmca-missing", "Add VMCA's own certificate to vCenter's trusted roots", ("ailing",)),
    Row("missing_privilege", "no-manage", "Give its role Certificate.Manage", ("expiring",)),
    Row("missing_privilege", "no-connection", "Give its role Host.Config.Connection", _RENEWED),
    Row("ha_monitoring", "ha-monitored", "Switch host monitoring of the cluster off", _RENEWED),
    Row("ha_unknown", "ha-unread", "Give the account's role System.Read on the cluster", _RENEWED),
    Row("ha_not_suspendable", "ha-no-edit", "Give its role Host.Inventory.EditCluster", _RENEWED),
    Row("ha_by_cli", "ha-by-cli", "Switch host monitoring of the cluster off", ("expiring",)),
    Row("vsan_by_cli", "vsan-by-cli", "Let vCenter renew it", ("expiring",)),
    Row("issuer_not_vmca", "hosts", "Renew it with that CA", ("foreign",), ("foreign_ailing",)),
    Row("maintenance_mode", "hosts", "Take it out of maintenance mode", ("resting",), ("resting_ailing",)),
    Row("partial_maintenance", "hosts", "Wait for the end of what put it there", ("in_part",)),
    Row("host_unavailable", "hosts", "System.View on the host and on what it stands in", ("unplaced",)),
    Row("not_connected", "hosts", "Bring it back to vCenter", ("lost",)),
    Row("cluster_away", "hosts", "set certops_per_cluster to 2", ("crowded",), ("crowded_ailing",)),
    Row("not_connected", "hosts", "Bring it back to vCenter", ("lost_remembering",)),
    Row(
        "endpoint_unsound",
        "hosts",
        "Check iofiltervpd on the host",
        ("impostor",),
        says="not the certificate that vCenter has on record",
    ),
    Row("endpoint_unsound", "hosts", "Check iofiltervpd on the host", ("silent",)),
    Row("issuer_untrusted", "hosts", "Add the CA that issued it to vCenter's trusted roots", ("untrusted",)),
    Row("host_distrusts_sms", "hosts", "Complete the host's list of trusted CAs", ("distrusting",)),
    Row("provider_unavailable", "hosts", "Look at it in vCenter's storage providers", ("untold",), result="unknown"),
    Row("ssh_not_configured", "hosts", "into the group esxi with ansible_user and a key", ("by_cli",)),
    Row("certificate_unavailable", "hosts", "renew its certificate on the host itself", ("unavailable",), result="unknown"),
    Row("certificate_not_yet_valid", "hosts", "Compare the clocks of the host, of vCenter", ("future",)),
)
CHOSEN = {name: place for name, place in PLACES.items() if EVERYTHING or place.reduced}
ROWS = tuple(row for row in EVERY_ROW if row.place in CHOSEN)
