# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What forbids a step: which step, why, and what the operator does about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Collection, Iterable, Optional

from .._certificates.certificate import Certificate
from .._common import notice, times
from .._estate.estate import CONNECTED, ISSUER_OTHER, ISSUER_SELF, ISSUER_VMCA, MODE_CUSTOM, MODE_VMCA, Estate, EsxiHost
from .._estate.sps_state import DISABLED, SERVICES_GROUP, STARTED
from .availability import DISTURBING, never_together, no_room
from .policy import HA_REQUIRE_DISABLED, HA_SUSPEND, HA_WARN, VSAN_REQUIRE, Policy
from .provider_checks import has_only_expired
from .provider_return import ON_HOST, ON_VCENTER, UNTOLD_REMEDY, VMCA_MISSING_REMEDY, Case, ended, first
from .rules import (
    RECONNECT,
    RECONNECT_PINNED,
    REMOVE_ORPHAN,
    RENEW,
    RENEW_CLI,
    RENEW_CUSTOM_CA,
    REPAIR_TRUST,
    REREGISTER,
    evident_certificate,
)
from .unseen import not_identified

ALL_STEPS = (RENEW_CLI, RECONNECT_PINNED, RENEW, RENEW_CUSTOM_CA, RECONNECT, REPAIR_TRUST, REREGISTER, REMOVE_ORPHAN)
# Where nothing can be done about providers nothing is begun on a host that needs its one registered anew afterwards. Hosts outside of
# clusters need none.
PROVIDER_STEPS = (REREGISTER, REMOVE_ORPHAN)

VIEW_PRIVILEGE = "StorageViews.View"
# What each privilege is for (vSphere API reference, SMS API reference).
STEPS_OF_PRIVILEGE = {
    VIEW_PRIVILEGE: PROVIDER_STEPS,
    "StorageViews.ConfigureService": PROVIDER_STEPS,
    "Certificate.Manage": (RENEW, RENEW_CUSTOM_CA, REPAIR_TRUST),
    "Host.Config.Connection": (RECONNECT_PINNED, RECONNECT),
}


# Whose a blocker is: who has to do something about it. Only what is the host's own state may be left as it is without being told by the exit status.
OF_VCENTER, OF_ACCOUNT, OF_RUN, OF_HOST = OWNERS = ("vcenter", "account", "run", "host")
OWNER_OF = {
    "protection_not_stated": OF_RUN,
    "protection_linked": OF_RUN,
    "linked_unavailable": OF_ACCOUNT,
    "clock_offset": OF_VCENTER,
    "machine_ssl_expired": OF_VCENTER,
    "sps_not_running": OF_VCENTER,
    "sps_disabled": OF_VCENTER,
    "sps_unavailable": OF_ACCOUNT,
    "restart_not_permitted": OF_ACCOUNT,
    "providers_unavailable": OF_VCENTER,
    "provider_unavailable": OF_VCENTER,
    "missing_privilege": OF_ACCOUNT,
    "roots_unavailable": OF_ACCOUNT,
    "thumbprint_trust": OF_VCENTER,
    "issuer_untrusted": OF_HOST,
    "issuer_expired": OF_VCENTER,
    "trusted_root_expired": OF_VCENTER,
    "vmca_root_too_young": OF_VCENTER,
    "vmca_root_ends": OF_VCENTER,
    "renew_before_too_long": OF_RUN,
    "empty_subject_settings": OF_VCENTER,
    # Without a custom CA, in mode custom.
    "mode_custom": OF_RUN,
    "mode_thumbprint": OF_VCENTER,
    "mode_unavailable": OF_ACCOUNT,
    "issuer_not_vmca": OF_HOST,
    "issuer_unknown": OF_VCENTER,
    "vmca_not_trusted": OF_VCENTER,
    "host_unavailable": OF_ACCOUNT,
    "certificate_unavailable": OF_HOST,
    "certificate_not_yet_valid": OF_HOST,
    "maintenance_mode": OF_HOST,
    "partial_maintenance": OF_HOST,
    "not_connected": OF_HOST,
    "endpoint_unsound": OF_HOST,
    "host_distrusts_sms": OF_HOST,
    # What the run may take away from a cluster at the same time.
    "cluster_away": OF_RUN,
    "ssh_not_configured": OF_RUN,
    "plan_differs": OF_RUN,
    # What HA may do to virtual machines: switched off in vCenter, or allowed by certops_ha.
    "ha_monitoring": OF_VCENTER,
    "ha_unknown": OF_ACCOUNT,
    "ha_not_suspendable": OF_ACCOUNT,
    "ha_by_cli": OF_RUN,
    "vsan_by_cli": OF_RUN,
}


@dataclass(frozen=True)
class Blocker:
    """A reason not to take some steps, and its remedy."""

    code: str
    steps: tuple[str, ...]
    message: str
    remedy: str

    @property
    def owner(self) -> str:
        """Whose it is. A certificate mode that this version does not know is the vCenter's."""
        return OWNER_OF.get(self.code, OF_VCENTER)

    def to_facts(self) -> dict[str, Any]:
        """The blocker as a plan shows it."""
        return {
            "code": self.code,
            "owner": self.owner,
            "steps": list(self.steps),
            "message": self.message,
            "remedy": self.remedy,
        }


def vcenter_blockers(estate: Estate, policy: Policy, now: datetime) -> list[Blocker]:
    """What forbids steps on every host of the vCenter."""
    found = [
        _protection(estate, policy),
        _clock(estate, policy),
        _machine_ssl(estate, now),
        *_vmca(estate, policy, now),
        _sps(estate, policy),
        _restart_right(estate, policy),
        _providers_unavailable(estate),
        _no_return(estate, policy, now),
        *_privileges(estate.vcenter.missing_privileges or (), estate.vcenter.hostname, policy),
    ]
    return [blocker for blocker in found if blocker is not None]


def host_blockers(host: EsxiHost, estate: Estate, policy: Policy, steps: Iterable[str], now: datetime) -> list[Blocker]:
    """What forbids some of these steps on this host."""
    wanted = tuple(steps)
    found: list[Optional[Blocker]] = [_not_identified(host, estate)]
    if RENEW_CLI in wanted:
        # The host need not be connected: that is what this way is for. VMCA, where it follows, wants it out of maintenance mode.
        found.append(_issuer(host, estate, policy, RENEW_CLI))
        found.append(_maintenance(host) if RENEW in wanted else None)
        found += _privileges(host.missing_privileges, host.name, policy)
    elif RENEW_CUSTOM_CA in wanted:
        # Neither of the two calls demands a state of the host but that it is connected: InstallServerCertificate works in maintenance mode.
        found.append(_not_connected(host, RENEW_CUSTOM_CA, REQUEST_REMEDY))
        found += _privileges(host.missing_privileges, host.name, policy)
    elif RENEW in wanted or RECONNECT in wanted:
        # A reconnect without a renew is taken where vCenter issues a new certificate while it reconnects: what forbids
        # issuing forbids that too.
        issuing = RENEW if RENEW in wanted else RECONNECT
        # Who issued the certificate matters only where VMCA would be the one to issue the next.
        if not policy.custom_ca_signs(estate.vcenter.certificate_mode):
            found.append(_mode(host, estate, policy, issuing) or _issuer(host, estate, policy, issuing))
        if issuing == RENEW:
            found += [_maintenance(host), _not_connected(host, RENEW)]
        found += _privileges(host.missing_privileges, host.name, policy)
    elif REREGISTER in wanted:
        found += [_not_connected(host, REREGISTER), _endpoint(host, now)]
        found += _privileges(host.missing_privileges, host.name, policy)
    found.append(_high_availability(host, estate, policy, wanted))
    found.append(_vsan_by_cli(host, estate, policy, wanted))
    if REREGISTER in wanted:
        found.append(_provider_unavailable(host, estate))
    if REREGISTER in wanted and REPAIR_TRUST not in wanted:
        found.append(distrust_blocker(host))
    if REREGISTER in wanted and _keeps_its_certificate(wanted, estate, policy):
        found.append(_not_believed(host, estate, policy, now))
    return [blocker for blocker in found if blocker is not None and set(blocker.steps) & set(wanted)]


def _high_availability(host: EsxiHost, estate: Estate, policy: Policy, wanted: Collection[str]) -> Optional[Blocker]:
    """What the policy has to say where HA may restart virtual machines of a host whose services restart (KB 390647)."""
    if policy.ha == HA_WARN or host.outside_of_clusters or not DISTURBING & set(wanted):
        return None
    cluster, steps = estate.cluster_of(host), tuple(step for step in ALL_STEPS if step in DISTURBING)
    if cluster is None or cluster.restarts_vms is None:
        return Blocker(
            "ha_unknown",
            steps,
            f"It is not known whether vSphere HA monitors {host.name}: the configuration of {host.cluster or 'its cluster'} could not be read",
            "Give the account's role System.Read on the cluster, or set certops_ha to warn.",
        )
    if not cluster.monitored_in_a_run:
        return None
    if policy.ha == HA_REQUIRE_DISABLED:
        return Blocker(
            "ha_monitoring",
            steps,
            f"vSphere HA monitors {host.name} in {cluster.name}, and may restart its virtual machines while its certificate is renewed",
            "Switch host monitoring of the cluster off (Configure, vSphere Availability) for the time of the run, or set certops_ha to warn or suspend.",
        )
    if RENEW_CLI in wanted:
        return Blocker(
            "ha_by_cli",
            steps,
            f"The own CLI of {host.name} would renew it, which restarts services while vSphere HA monitors it in {cluster.name}",
            "Switch host monitoring of the cluster off for the time of the run, or set certops_ha to warn for such hosts: certops_ha suspend covers what"
            " goes through vCenter.",
        )
    if cluster.missing_privileges and not policy.audit:
        missing = ", ".join(cluster.missing_privileges)
        return Blocker(
            "ha_not_suspendable",
            steps,
            f"The account may not switch host monitoring of {cluster.name} off and note it there: it has no privilege {missing}",
            f"Give its role {missing}, or switch host monitoring off yourself.",
        )
    return None


def _vsan_by_cli(host: EsxiHost, estate: Estate, policy: Policy, wanted: Collection[str]) -> Optional[Blocker]:
    """vSAN is looked at before what goes through vCenter, and by nobody before a host's own CLI restarts services."""
    cluster = estate.cluster_of(host)
    if policy.vsan != VSAN_REQUIRE or RENEW_CLI not in wanted or cluster is None or not cluster.vsan_enabled:
        return None
    return Blocker(
        "vsan_by_cli",
        tuple(step for step in ALL_STEPS if step in DISTURBING),
        f"The own CLI of {host.name} would renew it, which restarts services while nobody looks at vSAN of {cluster.name}",
        "Let vCenter renew it (certops_method), or set certops_vsan to warn for such hosts: certops_vsan require covers what goes through vCenter.",
    )


def differs_blocker(host: str, why: str) -> Blocker:
    """Why a host is left alone that is no more as it was when the plan was approved."""
    return Blocker(
        "plan_differs",
        ALL_STEPS,
        f"{host} differs from the approved plan (certops_apply_plan): {why}",
        "Have a new plan made in check mode (certops_save_plan), and approve that.",
    )


def ssh_blocker(host: EsxiHost, missing: str) -> Blocker:
    """Why the host's own CLI cannot be used though it is to be."""
    return Blocker(
        "ssh_not_configured",
        (RENEW_CLI,),
        f"{missing}, which renewing the certificate by the host's own CLI needs",
        SSH_REMEDY.format(host=host.name),
    )


def crowded_blocker(host: EsxiHost, others: tuple[str, ...], per_cluster: int) -> Blocker:
    """Why a host may not leave vCenter for a moment: others of its cluster are away and will not be brought back by this run."""
    return Blocker(
        "cluster_away",
        (RENEW_CLI, RENEW, RENEW_CUSTOM_CA, RECONNECT_PINNED, RECONNECT),
        f"{host.name} cannot be taken away from vCenter for a moment: {no_room(others, per_cluster)}",
        f"Bring {', '.join(others)} back, or set certops_per_cluster to {len(others) + 1} if {host.cluster} can do without that many.",
    )


def parted_blocker(host: EsxiHost, others: tuple[str, ...]) -> Blocker:
    """Why a host may not leave vCenter for a moment: its cluster's witness is away, or it is the witness of one that is."""
    return Blocker(
        "cluster_away",
        (RENEW_CLI, RENEW, RENEW_CUSTOM_CA, RECONNECT_PINNED, RECONNECT),
        f"{host.name} cannot be taken away from vCenter for a moment: {never_together(others)}",
        f"Bring {', '.join(others)} back, and run again.",
    )


CUSTOM_CA_REMEDY = ", or set certops_custom_ca to have that CA sign a request of the host"
VCF_OPERATIONS_REMEDY = " VCF Operations sets this mode where it manages certificates, and renews them 60 days before they expire: find out why it did not."
UNSEEN_REMEDY = "Bring the host back to vCenter, or renew its certificate on the host itself."
NO_RECORD_REMEDY = (
    "vCenter has a connection to it: look at why it shows no certificate of it (the report's notes say what it told), and let this controller"
    " reach port 9080 of the host."
)
BACK_REMEDY = "Bring it back to vCenter and run again."
REQUEST_REMEDY = (
    "It is asked for its certificate request through vCenter: connect it there, or put a certificate of your CA on the host itself and"
    " connect it then, and run again."
)
SSH_REMEDY = "Put {host} into the group esxi with ansible_user and a key or password, or set certops_ssh there."


def unreadable_blocker(host: EsxiHost, rule: str) -> Optional[Blocker]:
    """Why nothing can be decided for a host, where that is so."""
    if rule == "certificate_unavailable":
        return Blocker(
            "certificate_unavailable",
            ALL_STEPS,
            f"The certificate of {host.name} ({host.connection_state or 'state unknown'}) can be read neither from vCenter nor,"
            f" so that it could be trusted, from port 9080{_endpoint_detail(host)}",
            NO_RECORD_REMEDY if host.connection_state == CONNECTED else UNSEEN_REMEDY,
        )
    if rule == "certificate_not_yet_valid":
        return Blocker(
            "certificate_not_yet_valid",
            ALL_STEPS,
            f"The certificate of {host.name} is not valid yet",
            "Compare the clocks of the host, of vCenter and of this controller.",
        )
    return None


def not_protected(vcenter: str) -> Blocker:
    """Nobody has said how a vCenter is protected."""
    return Blocker(
        "protection_not_stated",
        ALL_STEPS,
        f"certops_protection is not set, so nothing says how {vcenter} is protected",
        "Take a snapshot or backup of it and set certops_protection to confirmed, have the run take one with snapshot, or set none.",
    )


def _protection(estate: Estate, policy: Policy) -> Optional[Blocker]:
    linked = estate.vcenter.linked_nodes or ()
    if policy.protection is None:
        return not_protected(estate.vcenter.hostname)
    if policy.protection == "none":
        return None
    if _unavailable(estate, "linked_nodes") and not policy.protection_covers:
        return Blocker(
            "linked_unavailable",
            ALL_STEPS,
            f"It cannot be read whether {estate.vcenter.hostname} is linked with other vCenters, which would have to be protected"
            f" too{_reason(estate, 'linked_nodes')}",
            "Let the account read vCenter's topology over REST, or name the linked vCenters in certops_protection_covers, or this one where"
            " there are none.",
        )
    if len(linked) < 2:
        return None
    covered = {name.lower() for name in policy.protection_covers}
    own = {name.lower() for name in (estate.vcenter.hostname, estate.vcenter.name or "")}
    missing = [node for node in linked if node.lower() not in covered | own]
    if not missing:
        return None
    return Blocker(
        "protection_linked",
        ALL_STEPS,
        f"{estate.vcenter.hostname} is linked with {', '.join(missing)}, which certops_protection_covers does not name",
        "Take offline snapshots of all linked vCenters and name them in certops_protection_covers.",
    )


def _clock(estate: Estate, policy: Policy) -> Optional[Blocker]:
    offset = estate.vcenter.clock_offset_seconds
    if offset is None or abs(offset) <= policy.clock_tolerance_seconds:
        return None
    side = "ahead of" if offset > 0 else "behind"
    return Blocker(
        "clock_offset",
        ALL_STEPS,
        f"The clock of {estate.vcenter.hostname} is {abs(offset):.0f} seconds {side} this controller's",
        "Bring both to the same NTP source: certificates are judged and issued by these clocks.",
    )


def _machine_ssl(estate: Estate, now: datetime) -> Optional[Blocker]:
    certificate = estate.vcenter.machine_ssl
    if certificate is None or not certificate.expired_at(now):
        return None
    return Blocker(
        "machine_ssl_expired",
        ALL_STEPS,
        f"The machine SSL certificate of {estate.vcenter.hostname} expired on {certificate.expires_at:%Y-%m-%d}",
        "Renew vCenter's own certificates first.",
    )


def _vmca(estate: Estate, policy: Policy, now: datetime) -> list[Optional[Blocker]]:
    """What keeps VMCA from issuing: no matter where the operator's own CA issues."""
    if policy.custom_ca_signs(estate.vcenter.certificate_mode):
        return []
    return [
        _root_ended(estate, now),
        _root_too_young(estate, now),
        _root_ends(estate, policy, now),
        _never_long_enough(estate, policy),
        _empty_subject(estate),
    ]


def _root_ended(estate: Estate, now: datetime) -> Optional[Blocker]:
    """What VMCA issues is believed by its root. Another root that has expired keeps nobody from anything."""
    root = estate.vcenter.vmca_root
    if root is None or not (root.expired_at(now) or _begins_later(root, estate, now)):
        return None
    return Blocker(
        "trusted_root_expired",
        (RENEW,),
        f"VMCA's root {root.subject} of {estate.vcenter.hostname} {ended(root, now)}, and SPS would trust no certificate that it issues",
        "Renew VMCA's root in vCenter's certificate management first.",
    )


def _begins_later(root: Certificate, estate: Estate, now: datetime) -> bool:
    """Whether a root is not valid yet. With minutesBefore that is said with what it brings about."""
    settings = estate.vcenter.certificate_settings
    return root.not_before > now and (settings is None or settings.minutes_before is None)


def _no_return(estate: Estate, policy: Policy, now: datetime) -> Optional[Blocker]:
    """What keeps every provider that is unregistered from coming back."""
    found = first(ON_VCENTER, Case(estate, now, policy.reregister_in_thumbprint_mode))
    if found is None or (policy.audit and found.code in NOTED_IN_AUDITS):
        return None
    return Blocker(found.code, _STEPS_OF_OBSTACLE.get(found.code, (REREGISTER,)), found.message, found.remedy)


# What an account that audits need not read.
NOTED_IN_AUDITS = ("mode_unavailable", "roots_unavailable")
# What a CA of the operator's issues is checked against the trusted roots before it is installed.
_STEPS_OF_OBSTACLE = {"roots_unavailable": (RENEW_CUSTOM_CA, REREGISTER)}


def _root_too_young(estate: Estate, now: datetime) -> Optional[Blocker]:
    root, settings = estate.vcenter.vmca_root, estate.vcenter.certificate_settings
    if root is None or settings is None or settings.minutes_before is None:
        return None
    if (now - root.not_before).total_seconds() >= settings.minutes_before * 60:
        return None
    return Blocker(
        "vmca_root_too_young",
        (RENEW,),
        f"VMCA's root is younger than vpxd.certmgmt.certs.minutesBefore ({settings.minutes_before}), so issuing would fail with"
        " Start Time Error (70034)",
        "Wait until it is older, or set vpxd.certmgmt.certs.minutesBefore to 10, renew, and set it back.",
    )


def _root_ends(estate: Estate, policy: Policy, now: datetime) -> Optional[Blocker]:
    root = estate.vcenter.vmca_root
    if root is None or root.expired_at(now) or not times.ends_within(root.expires_at, policy.renew_before_days, now):
        return None
    return Blocker(
        "vmca_root_ends",
        (RENEW,),
        f"VMCA's root expires on {root.expires_at:%Y-%m-%d}, and no certificate that it issues can last longer",
        "Renew VMCA's root first.",
    )


def _never_long_enough(estate: Estate, policy: Policy) -> Optional[Blocker]:
    settings = estate.vcenter.certificate_settings
    days_valid = settings.days_valid if settings else None
    if days_valid is None or days_valid > policy.renew_before_days:
        return None
    return Blocker(
        "renew_before_too_long",
        (RENEW,),
        f"{estate.vcenter.hostname} issues certificates for {days_valid} days (vpxd.certmgmt.certs.daysValid), and what expires within"
        f" {policy.renew_before_days:g} days is to be renewed: every run would renew every host",
        "Make certops_renew_before_days smaller, or vpxd.certmgmt.certs.daysValid larger.",
    )


def _empty_subject(estate: Estate) -> Optional[Blocker]:
    settings = estate.vcenter.certificate_settings
    empty = sorted(key for key, value in (settings.subject if settings else {}).items() if not value.strip())
    if not empty:
        return None
    names = ", ".join(f"vpxd.certmgmt.certs.cn.{key}" for key in empty)
    return Blocker(
        "empty_subject_settings",
        (RENEW,),
        f"{names} of {estate.vcenter.hostname} is empty, which can break the issuing of certificates",
        "Fill it in vCenter's advanced settings.",
    )


def _sps(estate: Estate, policy: Policy) -> Optional[Blocker]:
    # Renewing without the means to re-register would leave providers worse off than before: so it stops all that a re-registration follows.
    state = estate.vcenter.sps_state
    if state == STARTED and (estate.vcenter.sps_startup_type != DISABLED or policy.reregister_method == "register"):
        return None
    if state == STARTED:
        return Blocker(
            "sps_disabled",
            PROVIDER_STEPS,
            f"The startup type of the storage profile service (SPS) of {estate.vcenter.hostname} is DISABLED, so vCenter would not restart it",
            "Set its startup type to AUTOMATIC in the appliance's management interface (service vmware-sps).",
        )
    if state is not None:
        return Blocker(
            "sps_not_running",
            PROVIDER_STEPS,
            f"The storage profile service (SPS) of {estate.vcenter.hostname} is {state}",
            "Wait until it has started, or start it in the appliance's management interface (service vmware-sps).",
        )
    if policy.reregister_method == "register" or policy.audit:
        return None
    return Blocker(
        "sps_unavailable",
        PROVIDER_STEPS,
        f"The state of the storage profile service (SPS) of {estate.vcenter.hostname} cannot be read, so it could not be"
        f" restarted either{_reason(estate, 'sps')}",
        f"Use an account that may read and restart services over REST: a member of the SSO group {SERVICES_GROUP}.",
    )


def _restart_right(estate: Estate, policy: Policy) -> Optional[Blocker]:
    # What is unregistered is registered again by the restart alone. Who only looks, or restarts nothing, need not be allowed to.
    if estate.vcenter.may_restart_sps is not False or policy.reregister_method == "register" or policy.audit:
        return None
    return Blocker(
        "restart_not_permitted",
        PROVIDER_STEPS,
        f"The account is not in the SSO group {SERVICES_GROUP} of {estate.vcenter.hostname}, whose members may restart services",
        "Put it into that group itself, and not by way of another group.",
    )


def _providers_unavailable(estate: Estate) -> Optional[Blocker]:
    # As with SPS: what was renewed could not be registered again. Where SPS does not run, or the account may not ask, that is said instead.
    vcenter = estate.vcenter
    if estate.providers_read or vcenter.sps_state not in (None, "STARTED") or VIEW_PRIVILEGE in (vcenter.missing_privileges or ()):
        return None
    return Blocker(
        "providers_unavailable",
        PROVIDER_STEPS,
        f"The storage providers of {vcenter.hostname} cannot be read{_reason(estate, 'providers')}, so that none could be registered again",
        "Run again when SMS answers: sps.log on the vCenter tells why it does not.",
    )


def _provider_unavailable(host: EsxiHost, estate: Estate) -> Optional[Blocker]:
    problem = estate.provider_problem(host)
    if problem is None or host.provider is not None:
        return None
    return Blocker(
        "provider_unavailable",
        PROVIDER_STEPS,
        f"The provider of {host.name} cannot be read ({problem}), so that it could not be registered again",
        "Look at it in vCenter's storage providers and in sps.log, and run again when SMS reports it.",
    )


def lacking_notes(estate: Estate, policy: Policy) -> list[str]:
    """What an audit remarks of the privileges that the account lacks, and that a run would need; one a privilege, however many hosts."""
    found: dict[str, list[str]] = {privilege: [estate.vcenter.hostname] for privilege in estate.vcenter.missing_privileges or ()}
    for host in estate.hosts:
        for privilege in host.missing_privileges:
            found.setdefault(privilege, []).append(host.name)
    told = [
        notice.LACKS.of(privilege=privilege, subjects=notice.few(subjects))
        for privilege, subjects in found.items()
        if privilege != VIEW_PRIVILEGE
    ]
    if policy.ha == HA_SUSPEND:
        lacking: dict[str, list[str]] = {}
        for cluster in estate.clusters:
            for name in cluster.missing_privileges:
                lacking.setdefault(name, []).append(cluster.name)
        told += [notice.LACKS.of(privilege=name, subjects=notice.few(names)) for name, names in lacking.items()]
    if estate.vcenter.may_restart_sps is False and policy.reregister_method != "register":
        told.append(notice.NOT_IN_GROUP.of(vcenter=estate.vcenter.hostname, group=SERVICES_GROUP))
    return told


def _privileges(missing: Iterable[str], subject: str, policy: Policy) -> list[Blocker]:
    # Who audits need not be who renews: then only what had to be read counts.
    return [
        Blocker(
            "missing_privilege",
            STEPS_OF_PRIVILEGE.get(privilege, ALL_STEPS),
            f"The account has no privilege {privilege} on {subject}",
            f"Give its role {privilege}.",
        )
        for privilege in missing
        if privilege == VIEW_PRIVILEGE or not policy.audit
    ]


def _not_identified(host: EsxiHost, estate: Estate) -> Optional[Blocker]:
    found = not_identified(host, estate)
    return None if found is None else Blocker(found.code, ALL_STEPS, found.message, found.remedy)


def _mode(host: EsxiHost, estate: Estate, policy: Policy, step: str) -> Optional[Blocker]:
    mode = estate.vcenter.certificate_mode
    if mode == MODE_VMCA or (mode is None and policy.audit):
        return None
    if mode is None:
        return Blocker(
            "mode_unavailable",
            (step,),
            f"It cannot be read whether {estate.vcenter.hostname} uses VMCA for its hosts{_reason(estate, 'certificate_settings')}",
            "Let the account read vpxd.certmgmt.mode: in mode custom a renew would replace the site's own certificates.",
        )
    by_whom = "a CA of yours" if host.issuer == ISSUER_SELF else "the CA that issued it"
    return Blocker(
        f"mode_{mode}",
        (step,),
        f"{estate.vcenter.hostname} is in certificate mode {mode}: VMCA's certificate would replace the own one of {host.name}",
        f"Renew it with {by_whom}{CUSTOM_CA_REMEDY if mode == MODE_CUSTOM else ''}; a sound certificate's provider is re-registered all"
        f" the same.{VCF_OPERATIONS_REMEDY if mode == MODE_CUSTOM else ''}",
    )


def _issuer(host: EsxiHost, estate: Estate, policy: Policy, step: str) -> Optional[Blocker]:
    if host.issuer in (ISSUER_SELF, ISSUER_VMCA) and host.issuer_problem is not None:
        return Blocker(
            "vmca_not_trusted",
            (step,),
            f"Neither OpenSSL (vCenter) nor Java (SPS) would trust what VMCA issues for {host.name}: {host.issuer_problem}",
            VMCA_MISSING_REMEDY,
        )
    if host.issuer == ISSUER_SELF:
        return _vmca_unknown(host, estate, policy, step)
    certificate = evident_certificate(host)
    if certificate is None or host.issuer == ISSUER_VMCA:
        return None
    if host.issuer == ISSUER_OTHER:
        return Blocker(
            "issuer_not_vmca",
            (step,),
            f"The certificate of {host.name} was issued by {certificate.issuer} and not by VMCA",
            "Renew it with that CA, or bring the host to VMCA by hand if its own certificate may go.",
        )
    readable = bool(estate.vcenter.trusted_roots)
    if policy.audit and not readable:
        return None
    if readable and host.issuer_problem is not None:
        return Blocker(
            "issuer_unknown",
            (step,),
            f"It cannot be determined whether VMCA issued the certificate of {host.name} ({certificate.issuer}): {host.issuer_problem}",
            UNTOLD_REMEDY,
        )
    return Blocker(
        "issuer_unknown",
        (step,),
        f"It cannot be determined whether VMCA issued the certificate of {host.name} ({certificate.issuer})"
        + ("" if readable else f", because the trusted roots cannot be read{_reason(estate, 'trusted_roots')}"),
        "Name VMCA's root by its SHA-256 fingerprint in certops_vmca_root_fingerprint."
        if readable
        else "Use an account that may read vCenter's trusted root chains over REST.",
    )


def _vmca_unknown(host: EsxiHost, estate: Estate, policy: Policy, step: str) -> Optional[Blocker]:
    """Whoever replaces what the host made itself must be one that SPS trusts."""
    if estate.vcenter.vmca_root is not None or estate.vcenter.certificate_mode != MODE_VMCA:
        return None
    if policy.audit and not estate.vcenter.trusted_roots:
        return None
    return Blocker(
        "issuer_unknown",
        (step,),
        f"It cannot be determined which of the trusted roots of {estate.vcenter.hostname} is VMCA's{_reason(estate, 'trusted_roots')}, and so not"
        f" whether SPS would trust what VMCA issues for {host.name}",
        "Name VMCA's root by its SHA-256 fingerprint in certops_vmca_root_fingerprint.",
    )


def _maintenance(host: EsxiHost) -> Optional[Blocker]:
    if host.partial_maintenance and not host.in_maintenance_mode:
        return Blocker(
            "partial_maintenance",
            (RENEW,),
            f"{host.name} is in partial maintenance mode ({', '.join(host.partial_maintenance)}), as while a live patch is applied",
            "Wait for the end of what put it there, and run again.",
        )
    if not host.in_maintenance_mode:
        return None
    return Blocker(
        "maintenance_mode",
        (RENEW,),
        f"{host.name} is in maintenance mode, in which vCenter renews no certificate",
        "Take it out of maintenance mode and run again.",
    )


def _keeps_its_certificate(wanted: Collection[str], estate: Estate, policy: Policy) -> bool:
    """Whether port 9080 serves after these steps what it serves now. A reconnect without a renew issues where VMCA does."""
    mode = estate.vcenter.certificate_mode
    vmca_issues = RECONNECT in wanted and mode == MODE_VMCA and not policy.custom_ca_signs(mode)
    return not vmca_issues and not {RENEW, RENEW_CLI, RENEW_CUSTOM_CA} & set(wanted)


def _not_believed(host: EsxiHost, estate: Estate, policy: Policy, now: datetime) -> Optional[Blocker]:
    """Why SPS would not trust what a host serves."""
    by_thumbprint = policy.reregister_in_thumbprint_mode
    case = Case(estate, now, by_thumbprint, host.name, host.served, host.issuer_problem, host.issuer)
    found = first(ON_HOST, case)
    return None if found is None else Blocker(found.code, (REREGISTER,), found.message, found.remedy)


def _not_connected(host: EsxiHost, step: str, remedy: str = BACK_REMEDY) -> Optional[Blocker]:
    if host.connected:
        return None
    return Blocker(
        "not_connected",
        (step,),
        f"{host.name} is {host.connection_state or 'in no known connection state'}",
        remedy,
    )


def _endpoint(host: EsxiHost, now: datetime) -> Optional[Blocker]:
    served = host.served
    if served is None or served.trusted or has_only_expired(served, now):
        return None
    return Blocker(
        "endpoint_unsound",
        (REREGISTER,),
        f"{host.name} does not answer on port 9080 with a certificate that can be trusted{_endpoint_detail(host)}",
        "Check iofiltervpd on the host, the firewall ruleset iofiltervp, DNS, and the network path from this controller.",
    )


def distrust_blocker(host: EsxiHost) -> Optional[Blocker]:
    """That a host refuses SMS, whatever its own certificate is: no registration helps that."""
    trust = host.sms_trust
    if trust is None or trust.trusts is not False:
        return None
    return Blocker(
        "host_distrusts_sms",
        (REREGISTER,),
        f"{host.name} does not trust SMS, so that its provider would not come back: {trust.reason}",
        DISTRUST_REMEDY,
    )


DISTRUST_REMEDY = (
    "Complete the host's list of trusted CAs (castore.pem) as KB 402809 has it; or set certops_repair_host_trust, by which a run adds what hosts"
    " with an online provider have in theirs, and removes nothing."
)


def _endpoint_detail(host: EsxiHost) -> str:
    served = host.served
    if served is None:
        return ""
    return f" ({served.error or '; '.join(served.problems)})"


def _unavailable(estate: Estate, what: str) -> list[str]:
    """Why something of the vCenter could not be read; nothing where it was."""
    return [entry.reason for entry in estate.unavailable if entry.what == what]


def _reason(estate: Estate, what: str) -> str:
    reasons = _unavailable(estate, what)
    return f" ({reasons[0]})" if reasons else ""
