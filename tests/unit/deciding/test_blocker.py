# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blockers: each is seen, named, has a remedy, and blocks what it must and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import BASIS_RECORD
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.blocker import (
    ALL_STEPS,
    PROVIDER_STEPS,
    Blocker,
)
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.provider_return import UNTOLD_REMEDY
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost, Served, Unavailable
from ansible_collections.certops.vsphere.plugins.module_utils._estate.sms_trust import SmsTrust
from ansible_collections.certops.vsphere.tests.unit.estates import (
    HOST,
    POLICY,
    RENEWAL,
    ROOT,
    SETTINGS,
    VCENTER,
    certificate,
    codes,
    host,
    host_plan,
    plan,
    provider,
)

REREGISTER = ("reregister",)
RENEW = ("renew",)
LOST: dict[str, Any] = {"connection_state": "notResponding"}
ORPHANS = replace(POLICY, remove_orphans=True)

EXPIRING = host("expiring", ends=20)
OFFLINE = host("offline", status="offline")
EXPIRED_AND_LOST = host("lost", ends=-10, **LOST)
HEALTHY = host("healthy")


def steps_of(policy: Policy = POLICY, **changes: Any) -> dict[str, tuple[str, ...]]:
    """What a vCenter with these changes leaves of the steps of four hosts and an orphan."""
    made = plan(
        *(EXPIRING, OFFLINE, EXPIRED_AND_LOST, HEALTHY),
        policy=replace(policy, remove_orphans=True),
        orphans=(provider(None, "offline"),),
        **changes,
    )
    taken = {one.host.name: one.steps for one in made.hosts}
    assert taken.pop("healthy") == ()
    return {**taken, "orphan": made.orphan_steps}


ALL_TAKEN = {
    "expiring": RENEWAL,
    "offline": REREGISTER,
    "lost": ("reconnect", "reregister"),
    "orphan": ("remove_orphan",),
}
NONE_TAKEN: dict[str, tuple[str, ...]] = dict.fromkeys(ALL_TAKEN, ())
# What issues a certificate is blocked, a reconnect that issues one included; providers are not.
NO_ISSUING = {**ALL_TAKEN, "expiring": (), "lost": ()}


def only_blocker(**changes: Any) -> Blocker:
    """The one blocker of a vCenter with these changes."""
    policy = changes.pop("policy", POLICY)
    blockers = plan(EXPIRING, policy=policy, **changes).blockers
    assert len(blockers) == 1
    assert blockers[0].message
    assert blockers[0].remedy.endswith(".")
    return blockers[0]


def test_nothing_blocks_a_sound_vcenter() -> None:
    assert plan(EXPIRING).blockers == ()
    assert steps_of() == ALL_TAKEN


def test_nothing_starts_before_somebody_says_how_it_is_protected() -> None:
    blocker = only_blocker(policy=Policy())
    assert blocker.to_facts() == {
        "code": "protection_not_stated",
        "owner": "run",
        "steps": list(ALL_STEPS),
        "message": "certops_protection is not set, so nothing says how vc1.example.com is protected",
        "remedy": "Take a snapshot or backup of it and set certops_protection to confirmed, have the run take one with snapshot, or set none.",
    }
    assert steps_of(Policy()) == NONE_TAKEN
    assert not plan(EXPIRING, policy=Policy()).allowed


@pytest.mark.parametrize("protection", ["confirmed", "snapshot", "none"])
def test_protection_in_each_form_lets_it_start(protection: str) -> None:
    assert steps_of(Policy(protection=protection)) == ALL_TAKEN
    assert plan(EXPIRING, policy=Policy(protection=protection)).allowed


LINKED: dict[str, Any] = {"linked_nodes": ("VC1.example.com", "vc2.example.com", "vc3.example.com")}


@pytest.mark.parametrize("protection", ["confirmed", "snapshot"])
def test_linked_vcenters_must_be_protected_all(protection: str) -> None:
    policy = Policy(protection=protection, protection_covers=("VC3.example.com",))
    blocker = only_blocker(policy=policy, **LINKED)
    assert (blocker.code, blocker.steps) == ("protection_linked", ALL_STEPS)
    assert blocker.message == "vc1.example.com is linked with vc2.example.com, which certops_protection_covers does not name"
    assert "certops_protection_covers" in blocker.remedy
    assert steps_of(policy, **LINKED) == NONE_TAKEN


@pytest.mark.parametrize(
    ("policy", "changes"),
    [
        (Policy(protection="confirmed", protection_covers=("vc2.example.com", "VC3.example.com")), LINKED),
        (Policy(protection="none"), LINKED),
        (POLICY, {"linked_nodes": ("other-name.example.com",)}),
        (POLICY, {"linked_nodes": ()}),
        (POLICY, {"linked_nodes": None}),
        (
            Policy(protection="confirmed", protection_covers=("vc2",)),
            {"hostname": "192.0.2.1", "linked_nodes": ("VC1.EXAMPLE.com", "vc2")},
        ),
    ],
    ids=["all covered", "none", "alone", "empty", "unavailable", "its own name"],
)
def test_linked_vcenters_that_are_covered_do_not_block(policy: Policy, changes: dict[str, Any]) -> None:
    assert steps_of(policy, **changes) == ALL_TAKEN


def test_where_it_cannot_be_read_whether_a_vcenter_is_linked_it_is_to_be_said() -> None:
    unavailable = (Unavailable("linked_nodes", VCENTER, "403 Forbidden"),)
    blocker = only_blocker(linked_nodes=None, unavailable=unavailable)
    assert (blocker.code, blocker.steps) == ("linked_unavailable", ALL_STEPS)
    assert blocker.message.endswith("which would have to be protected too (403 Forbidden)")
    assert "certops_protection_covers" in blocker.remedy
    assert steps_of(linked_nodes=None, unavailable=unavailable) == NONE_TAKEN


@pytest.mark.parametrize(
    "policy",
    [Policy(protection="none"), Policy(protection="confirmed", protection_covers=(VCENTER,))],
    ids=["none", "vsphere_fault"],
)
def test_where_it_is_said_it_need_not_be_read_whether_a_vcenter_is_linked(policy: Policy) -> None:
    unavailable = (Unavailable("linked_nodes", VCENTER, "403 Forbidden"),)
    assert steps_of(policy, linked_nodes=None, unavailable=unavailable) == ALL_TAKEN


def test_a_vcenter_without_a_name_is_known_by_its_address() -> None:
    assert only_blocker(name=None, linked_nodes=(VCENTER, "vc2")).message.startswith("vc1.example.com is linked with vc2,")


@pytest.mark.parametrize(
    ("offset", "message"),
    [
        (300.4, "The clock of vc1.example.com is 300 seconds ahead of this controller's"),
        (-600, "The clock of vc1.example.com is 600 seconds behind this controller's"),
    ],
)
def test_clocks_that_differ_block_everything(offset: float, message: str) -> None:
    blocker = only_blocker(clock_offset_seconds=offset)
    assert (blocker.code, blocker.steps, blocker.message) == ("clock_offset", ALL_STEPS, message)
    assert "NTP" in blocker.remedy
    assert steps_of(clock_offset_seconds=offset) == NONE_TAKEN


@pytest.mark.parametrize("offset", [None, 0.0, 300.0, -300.0])
def test_clocks_that_agree_well_enough_do_not_block(offset: Optional[float]) -> None:
    assert steps_of(clock_offset_seconds=offset) == ALL_TAKEN


def test_how_far_clocks_may_differ_is_the_policys() -> None:
    assert steps_of(replace(POLICY, clock_tolerance_seconds=700.0), clock_offset_seconds=600.0) == ALL_TAKEN


def test_an_expired_machine_ssl_certificate_blocks_everything() -> None:
    blocker = only_blocker(machine_ssl=certificate(-1))
    assert (blocker.code, blocker.steps) == ("machine_ssl_expired", ALL_STEPS)
    assert blocker.message == "The machine SSL certificate of vc1.example.com expired on 2026-02-28"
    assert blocker.remedy == "Renew vCenter's own certificates first."
    assert steps_of(machine_ssl=certificate(-1)) == NONE_TAKEN


@pytest.mark.parametrize("machine_ssl", [None, certificate(1)])
def test_a_machine_ssl_certificate_that_is_valid_or_unavailable_does_not_block(machine_ssl: Any) -> None:
    assert steps_of(machine_ssl=machine_ssl) == ALL_TAKEN


def test_an_expired_trusted_root_that_issued_none_of_them_blocks_nothing() -> None:
    roots = (ROOT, certificate(-1, subject="CN=Old"), certificate(-2, subject="CN=Older"))
    assert plan(EXPIRING, trusted_roots=roots).blockers == ()
    assert steps_of(trusted_roots=roots) == ALL_TAKEN


OLD = certificate(-1, starts=-2000, subject="CN=Old")
BY_OLD = Served(certificate=certificate(400), trusted=True, trusted_by=BASIS_RECORD, root=OLD.sha256_fingerprint)
BY_NONE = replace(BY_OLD, root=None)


@pytest.mark.parametrize(
    ("served", "code", "message"),
    [
        (
            BY_OLD,
            "issuer_expired",
            "The trusted root CN=Old of vc1.example.com, which issued the certificate of offline, expired on 2026-02-28: SPS would not trust"
            " it, and its provider would not come back",
        ),
        (
            BY_NONE,
            "issuer_untrusted",
            "None of the trusted roots of vc1.example.com issued the certificate that offline serves on port 9080 (CN=VMCA): SPS would not"
            " trust it, and its provider would not come back",
        ),
        (
            replace(BY_OLD, root="AA:BB"),
            "issuer_untrusted",
            "None of the trusted roots of vc1.example.com issued the certificate that offline serves on port 9080 (CN=VMCA): SPS would not"
            " trust it, and its provider would not come back",
        ),
    ],
)
def test_what_sps_would_not_believe_is_not_unregistered(served: Served, code: str, message: str) -> None:
    planned = host_plan(replace(OFFLINE, served=served), trusted_roots=(ROOT, OLD))
    assert (planned.steps, planned.verdict.steps) == ((), REREGISTER)
    assert [(one.code, one.steps, one.message) for one in planned.blockers] == [(code, REREGISTER, message)]
    assert planned.blockers[0].remedy.endswith(".")
    # A root that is not valid yet is no better.
    early = certificate(3000, starts=2, subject="CN=Early")
    [blocker] = host_plan(
        replace(OFFLINE, served=replace(served, root=early.sha256_fingerprint)), trusted_roots=(ROOT, early)
    ).blockers
    assert "is not valid before 2026-03-03" in blocker.message


def test_where_the_issuer_is_a_root_that_cannot_be_read_the_remedy_is_not_to_add_it() -> None:
    problem = "its issuer is a trusted root of vCenter's that cannot be read here (broken)"
    unavailable = replace(OFFLINE, served=BY_NONE, issuer="unknown", issuer_problem=problem)
    [blocker] = host_plan(unavailable).blockers
    assert (blocker.code, blocker.steps, blocker.remedy) == ("issuer_untrusted", REREGISTER, UNTOLD_REMEDY)
    assert blocker.message == (
        f"It cannot be determined whether SPS would trust the certificate that offline serves on port 9080 (CN=VMCA): {problem}"
    )
    # What a root that could be read issued is believed all the same.
    assert host_plan(replace(unavailable, served=replace(BY_NONE, root=ROOT.sha256_fingerprint))).steps == REREGISTER


@pytest.mark.parametrize("served", [BY_OLD, BY_NONE])
def test_where_vmca_replaces_it_what_is_served_now_does_not_matter(served: Served) -> None:
    roots = (ROOT, OLD)
    assert host_plan(replace(EXPIRING, served=served), trusted_roots=roots).steps == RENEWAL
    lost = replace(EXPIRED_AND_LOST, served=served)
    assert host_plan(lost, trusted_roots=roots).steps == ("reconnect", "reregister")
    # Where the renewal is blocked for another reason, it does.
    resting = replace(EXPIRING, in_maintenance_mode=True, served=served, provider=provider(certificate(20), "offline"))
    assert host_plan(resting, trusted_roots=roots).steps == ()


def test_a_provider_that_is_right_is_left_whoever_issued_what_it_remembers() -> None:
    planned = host_plan(host(served=BY_NONE))
    assert (planned.verdict.rule, planned.blockers) == ("healthy", ())


def test_what_is_not_asked_for_cannot_be_judged_by_the_plan() -> None:
    assert host_plan(replace(OFFLINE, served=None)).steps == REREGISTER


@pytest.mark.parametrize("roots", [None, ()])
def test_without_the_trusted_roots_nothing_is_unregistered(roots: Any) -> None:
    unavailable = (Unavailable("trusted_roots", VCENTER, "403 Forbidden"),)
    changes: dict[str, Any] = {"trusted_roots": roots, "vmca_root": None, "unavailable": unavailable}
    blocker = only_blocker(**changes)
    assert (blocker.code, blocker.steps) == ("roots_unavailable", ("renew_custom_ca", "reregister"))
    assert blocker.message == (
        "The trusted roots of vc1.example.com cannot be read (403 Forbidden), so it could not be checked that SPS would trust what hosts"
        " serve, and nothing is unregistered"
    )
    assert steps_of(**changes) == {**NONE_TAKEN, "orphan": ("remove_orphan",)}


def test_vmcas_own_root_must_be_valid() -> None:
    ended = certificate(-1, starts=-1000, subject="CN=VMCA")
    blocker = only_blocker(vmca_root=ended, trusted_roots=(ROOT, ended))
    assert (blocker.code, blocker.steps) == ("trusted_root_expired", RENEW)
    assert blocker.message == (
        "VMCA's root CN=VMCA of vc1.example.com expired on 2026-02-28, and SPS would trust no certificate that it issues"
    )
    assert steps_of(vmca_root=ended, trusted_roots=(ROOT, ended)) == NO_ISSUING


@pytest.mark.parametrize(("minutes", "code"), [(1440, "vmca_root_too_young"), (None, "trusted_root_expired")])
def test_a_root_of_vmca_that_is_not_valid_yet_is_told_once(minutes: Optional[int], code: str) -> None:
    early = certificate(3000, starts=1, subject="CN=VMCA")
    assert only_blocker(vmca_root=early, certificate_settings=replace(SETTINGS, minutes_before=minutes)).code == code
    if minutes is None:
        assert only_blocker(vmca_root=early, certificate_settings=replace(SETTINGS, minutes_before=None)).message.endswith(
            "is not valid before 2026-03-02, and SPS would trust no certificate that it issues"
        )


@pytest.mark.parametrize("one", [EXPIRING, host("own", issuer="self_signed")])
def test_what_a_host_made_itself_is_not_replaced_by_vmca_where_nobody_knows_which_root_is_vmcas(one: EsxiHost) -> None:
    planned = host_plan(replace(one, issuer="self_signed"), vmca_root=None)
    assert (planned.steps, codes(planned.blockers)) == ((), ["issuer_unknown"])
    assert "which of the trusted roots of vc1.example.com is VMCA's" in planned.blockers[0].message
    assert planned.blockers[0].remedy.endswith("in certops_vmca_root_fingerprint.")


THUMBPRINT = {"certificate_settings": replace(SETTINGS, mode="thumbprint")}


def test_in_mode_thumbprint_nothing_is_unregistered_unless_the_operator_says_so() -> None:
    [blocker] = plan(OFFLINE, **THUMBPRINT).blockers
    assert (blocker.code, blocker.steps) == ("thumbprint_trust", REREGISTER)
    assert "VECS store SMS" in blocker.message
    assert "Set vpxd.certmgmt.mode to vmca" in blocker.remedy
    assert "certops_reregister_in_thumbprint_mode" in blocker.remedy
    assert steps_of(**THUMBPRINT) == {**NONE_TAKEN, "orphan": ("remove_orphan",)}
    vsphere_fault = replace(POLICY, reregister_in_thumbprint_mode=True)
    assert steps_of(vsphere_fault, **THUMBPRINT) == NO_ISSUING
    # It is trusted by itself there, and not by who issued it.
    one = replace(OFFLINE, served=BY_NONE)
    assert host_plan(one, vsphere_fault, trusted_roots=None, vmca_root=None, **THUMBPRINT).steps == REREGISTER


def test_a_host_outside_of_clusters_is_renewed_in_mode_thumbprint() -> None:
    alone = host("alone", ends=20, cluster=None)
    planned = host_plan(alone, replace(POLICY, ssh_hosts=("alone",)), **THUMBPRINT)
    assert planned.steps == ("renew_cli", "reconnect_pinned")


def test_a_root_younger_than_minutes_before_blocks_issuing_only() -> None:
    young = certificate(3000, starts=-0.5, subject="CN=VMCA")
    blocker = only_blocker(vmca_root=young)
    assert (blocker.code, blocker.steps) == ("vmca_root_too_young", RENEW)
    assert "Start Time Error (70034)" in blocker.message
    assert "minutesBefore (1440)" in blocker.message
    assert "to 10" in blocker.remedy
    assert steps_of(vmca_root=young) == NO_ISSUING


@pytest.mark.parametrize(
    ("starts", "minutes", "blocked"),
    [(-1, 1440, False), (-0.999, 1440, True), (-0.5, 10, False), (-0.5, None, False), (-0.5, 0, False), (-4000, 10**30, True)],
)
def test_a_roots_age_is_measured_by_minutes_before(starts: float, minutes: Optional[int], blocked: bool) -> None:
    settings = replace(SETTINGS, minutes_before=minutes)
    made = plan(EXPIRING, vmca_root=certificate(3000, starts=starts), certificate_settings=settings)
    assert codes(made.blockers) == (["vmca_root_too_young"] if blocked else [])


def test_a_root_that_ends_too_soon_blocks_issuing_only() -> None:
    ending = certificate(45, starts=-1000, subject="CN=VMCA")
    blocker = only_blocker(vmca_root=ending)
    assert (blocker.code, blocker.steps) == ("vmca_root_ends", RENEW)
    assert blocker.message == "VMCA's root expires on 2026-04-15, and no certificate that it issues can last longer"
    assert blocker.remedy == "Renew VMCA's root first."
    assert steps_of(vmca_root=ending) == NO_ISSUING
    assert steps_of(vmca_root=certificate(45.1, starts=-1000)) == ALL_TAKEN


def test_an_expired_vmca_root_is_told_once() -> None:
    ended = certificate(-1, starts=-1000, subject="CN=VMCA")
    assert only_blocker(vmca_root=ended, trusted_roots=(ended,)).code == "trusted_root_expired"
    # A reconnect without a renew issues as well.
    [lost] = plan(EXPIRED_AND_LOST, vmca_root=ended, trusted_roots=(ended,)).hosts
    assert [(one.code, one.steps) for one in lost.blockers] == [("trusted_root_expired", ("renew", "reconnect"))]


def test_empty_subject_settings_block_issuing_only() -> None:
    settings = replace(SETTINGS, subject={"country": "US", "state": " ", "email": ""})
    blocker = only_blocker(certificate_settings=settings)
    assert (blocker.code, blocker.steps) == ("empty_subject_settings", RENEW)
    assert blocker.message.startswith("vpxd.certmgmt.certs.cn.email, vpxd.certmgmt.certs.cn.state of vc1.example.com is empty")
    assert blocker.remedy == "Fill it in vCenter's advanced settings."
    assert steps_of(certificate_settings=settings) == NO_ISSUING


@pytest.mark.parametrize("state", ["STOPPED", "STARTING", "STOPPING", "odd"])
def test_sps_that_does_not_run_blocks_everything(state: str) -> None:
    blocker = only_blocker(sps_state=state)
    assert (blocker.code, blocker.steps) == ("sps_not_running", PROVIDER_STEPS)
    assert blocker.message == f"The storage profile service (SPS) of vc1.example.com is {state}"
    assert "vmware-sps" in blocker.remedy
    assert steps_of(sps_state=state) == NONE_TAKEN


def test_sps_that_could_not_be_read_could_not_be_restarted_either() -> None:
    unavailable = (Unavailable("sps", VCENTER, "403 Forbidden"),)
    blocker = only_blocker(sps_state=None, unavailable=unavailable)
    assert (blocker.code, blocker.steps) == ("sps_unavailable", PROVIDER_STEPS)
    assert blocker.message.endswith("so it could not be restarted either (403 Forbidden)")
    assert "SystemConfiguration.Administrators" in blocker.remedy
    assert steps_of(sps_state=None) == NONE_TAKEN


def test_providers_that_could_not_be_read_could_not_be_registered_again() -> None:
    unavailable = (Unavailable("providers", VCENTER, "503 Service Unavailable"),)
    blocker = only_blocker(unavailable=unavailable)
    assert (blocker.code, blocker.steps) == ("providers_unavailable", PROVIDER_STEPS)
    assert blocker.message.endswith("cannot be read (503 Service Unavailable), so that none could be registered again")
    assert "sps.log" in blocker.remedy
    assert steps_of(unavailable=unavailable) == NONE_TAKEN


@pytest.mark.parametrize("vsphere_fault", [{"sps_state": "STOPPED"}, {"missing_privileges": ("StorageViews.View",)}])
def test_the_cause_of_unavailable_providers_is_said_once(vsphere_fault: dict[str, Any]) -> None:
    blocker = only_blocker(unavailable=(Unavailable("providers", VCENTER, "503"),), **vsphere_fault)
    assert blocker.code in ("sps_not_running", "missing_privilege")


def test_a_host_whose_own_provider_cannot_be_read_is_not_renewed() -> None:
    unavailable = (Unavailable("provider", f"IOFILTER Provider {HOST}", "SMS gave no url for it"),)
    planned = host_plan(host(ends=20, provider=None), unavailable=unavailable)
    assert (planned.steps, codes(planned.blockers)) == ((), ["provider_unavailable"])
    assert planned.blockers[0].message.endswith("(SMS gave no url for it), so that it could not be registered again")


def test_sps_need_not_be_read_where_it_is_not_restarted() -> None:
    register = replace(POLICY, reregister_method="register")
    assert steps_of(register, sps_state=None) == ALL_TAKEN
    assert steps_of(register, sps_state="STOPPED") == NONE_TAKEN


@pytest.mark.parametrize("privilege", ["StorageViews.View", "StorageViews.ConfigureService", "Unheard.Of"])
def test_a_privilege_that_is_missing_on_the_vcenter_blocks_everything(privilege: str) -> None:
    blocker = only_blocker(missing_privileges=(privilege,))
    assert blocker == Blocker(
        "missing_privilege",
        ALL_STEPS if privilege == "Unheard.Of" else PROVIDER_STEPS,
        f"The account has no privilege {privilege} on vc1.example.com",
        f"Give its role {privilege}.",
    )
    assert steps_of(missing_privileges=(privilege,)) == NONE_TAKEN


@pytest.mark.parametrize(
    "changes",
    [
        {"sps_state": "STOPPED"},
        {"sps_state": None},
        {"unavailable": (Unavailable("providers", VCENTER, "503 Service Unavailable"),)},
        {"unavailable": (Unavailable("provider", f"IOFILTER Provider {HOST}", "SMS gave no url for it"),)},
        {"missing_privileges": ("StorageViews.View", "StorageViews.ConfigureService")},
        {"may_restart_sps": False},
        {"sps_startup_type": "DISABLED"},
    ],
)
def test_what_keeps_providers_from_being_registered_keeps_no_host_outside_of_clusters(changes: dict[str, Any]) -> None:
    alone: dict[str, Any] = {"cluster": None, "provider": None}
    made = plan(host(ends=20, **alone), host("lost", ends=-10, **LOST, **alone), **changes)
    assert {one.host.name: (one.steps, one.blockers) for one in made.hosts} == {
        HOST: (("renew", "reconnect"), ()),
        "lost": (("reconnect",), ()),
    }
    # Nor is it told as if it kept something from being done.
    assert (made.blockers, made.allowed) == ((), True)


def test_who_is_not_in_the_group_may_restart_nothing() -> None:
    blocker = only_blocker(may_restart_sps=False)
    assert (blocker.code, blocker.steps) == ("restart_not_permitted", PROVIDER_STEPS)
    assert "SystemConfiguration.Administrators of vc1.example.com" in blocker.message
    # Unproven is not forbidden: the run proves it before it unregisters anything.
    assert steps_of(may_restart_sps=None) == ALL_TAKEN


def test_an_sps_that_is_disabled_is_not_restarted() -> None:
    blocker = only_blocker(sps_startup_type="DISABLED")
    assert (blocker.code, blocker.steps) == ("sps_disabled", PROVIDER_STEPS)
    # One that does not run is told as that.
    assert only_blocker(sps_startup_type="DISABLED", sps_state="STOPPED").code == "sps_not_running"


def test_nothing_of_a_restart_matters_where_nothing_is_restarted() -> None:
    register = replace(POLICY, reregister_method="register")
    assert steps_of(register, may_restart_sps=False, sps_startup_type="DISABLED") == ALL_TAKEN


def test_privileges_that_could_not_be_looked_up_do_not_block() -> None:
    assert steps_of(missing_privileges=None) == ALL_TAKEN


@pytest.mark.parametrize(
    ("privilege", "one", "steps"),
    [
        ("Certificate.Manage", EXPIRING, ()),
        ("Certificate.Manage", OFFLINE, REREGISTER),
        ("Certificate.Manage", EXPIRED_AND_LOST, ("reconnect", "reregister")),
        ("Host.Config.Connection", EXPIRING, ()),
        ("Host.Config.Connection", OFFLINE, REREGISTER),
        ("Host.Config.Connection", EXPIRED_AND_LOST, ()),
    ],
)
def test_a_privilege_that_is_missing_on_a_host_blocks_what_needs_it(privilege: str, one: EsxiHost, steps: tuple[str, ...]) -> None:
    planned = host_plan(replace(one, missing_privileges=(privilege,)))
    assert planned.steps == steps
    assert codes(planned.blockers) == ([] if steps else ["missing_privilege"])
    for blocker in planned.blockers:
        assert blocker.message == f"The account has no privilege {privilege} on {one.name}"


@pytest.mark.parametrize("mode", ["custom", "thumbprint"])
def test_another_mode_than_vmca_blocks_issuing_only(mode: str) -> None:
    settings = replace(SETTINGS, mode=mode)
    policy = replace(POLICY, reregister_in_thumbprint_mode=True)
    assert steps_of(policy, certificate_settings=settings) == NO_ISSUING
    planned = host_plan(EXPIRING, policy, certificate_settings=settings)
    assert [(one.code, one.steps) for one in planned.blockers] == [(f"mode_{mode}", RENEW)]
    assert planned.blockers[0].message == (
        f"vc1.example.com is in certificate mode {mode}: VMCA's certificate would replace the own one of expiring"
    )
    assert planned.blockers[0].remedy.startswith("Renew it with the CA that issued it")
    lost = host_plan(EXPIRED_AND_LOST, policy, certificate_settings=settings)
    assert [(one.code, one.steps) for one in lost.blockers] == [(f"mode_{mode}", ("reconnect",))]


@pytest.mark.parametrize("settings", [None, replace(SETTINGS, mode=None)])
def test_a_mode_that_could_not_be_read_blocks_issuing_and_unregistering(settings: Any) -> None:
    unavailable = (Unavailable("certificate_settings", VCENTER, "NoPermission"),)
    assert steps_of(certificate_settings=settings, unavailable=unavailable) == {**NONE_TAKEN, "orphan": ("remove_orphan",)}
    [of_all] = plan(OFFLINE, certificate_settings=settings, unavailable=unavailable).blockers
    assert (of_all.code, of_all.steps) == ("mode_unavailable", REREGISTER)
    assert "cannot be read (NoPermission), so it is not known whether SPS would trust what hosts serve" in of_all.message
    vsphere_fault = replace(POLICY, reregister_in_thumbprint_mode=True)
    assert steps_of(vsphere_fault, certificate_settings=settings, unavailable=unavailable) == NO_ISSUING
    blocker = host_plan(EXPIRING, certificate_settings=settings, unavailable=unavailable).blockers[0]
    assert (blocker.code, blocker.steps) == ("mode_unavailable", RENEW)
    assert blocker.message == "It cannot be read whether vc1.example.com uses VMCA for its hosts (NoPermission)"
    assert "vpxd.certmgmt.mode" in blocker.remedy


def test_a_customers_certificate_is_not_renewed_though_the_mode_is_vmca() -> None:
    planned = host_plan(replace(EXPIRING, issuer="other"))
    assert planned.steps == ()
    assert [(one.code, one.steps) for one in planned.blockers] == [("issuer_not_vmca", RENEW)]
    assert planned.blockers[0].message == "The certificate of expiring was issued by CN=VMCA and not by VMCA"
    assert host_plan(replace(EXPIRED_AND_LOST, issuer="other")).blockers[0].steps == ("reconnect",)
    assert host_plan(replace(OFFLINE, issuer="other")).steps == REREGISTER


@pytest.mark.parametrize("issuer", ["unknown", "odd"])
def test_a_certificate_of_who_knows_whom_is_not_renewed(issuer: str) -> None:
    planned = host_plan(replace(EXPIRING, issuer=issuer))
    assert planned.steps == ()
    assert [(one.code, one.steps) for one in planned.blockers] == [("issuer_unknown", RENEW)]
    assert "certops_vmca_root_fingerprint" in planned.blockers[0].remedy


@pytest.mark.parametrize("roots", [None, ()])
def test_nothing_is_renewed_where_the_roots_cannot_be_read_to_tell_the_issuer(roots: Any) -> None:
    planned = host_plan(replace(EXPIRING, issuer="unknown"), trusted_roots=roots)
    assert planned.steps == ()
    assert [one.code for one in planned.blockers] == ["issuer_unknown", "roots_unavailable"]
    assert planned.blockers[0].message.endswith("because the trusted roots cannot be read")
    assert planned.blockers[0].remedy == "Use an account that may read vCenter's trusted root chains over REST."


@pytest.mark.parametrize("issuer", ["vmca", "self_signed"])
def test_any_other_issuer_does_not_block(issuer: str) -> None:
    assert host_plan(replace(EXPIRING, issuer=issuer)).steps == RENEWAL


@pytest.mark.parametrize("issuer", ["vmca", "self_signed"])
def test_nothing_is_renewed_by_a_vmca_that_is_missing_among_the_trusted_roots(issuer: str) -> None:
    missing = "VMCA is a subordinate CA, and its own certificate is missing"
    planned = host_plan(replace(EXPIRING, issuer=issuer, issuer_problem=missing))
    assert planned.steps == ()
    [blocker] = planned.blockers
    assert (blocker.code, blocker.steps, blocker.owner) == ("vmca_not_trusted", RENEW, "vcenter")
    assert blocker.message == f"Neither OpenSSL (vCenter) nor Java (SPS) would trust what VMCA issues for expiring: {missing}"
    assert blocker.remedy.startswith("Add VMCA's own certificate to vCenter's trusted roots")


def test_what_a_vmca_issued_that_is_missing_among_the_trusted_roots_is_not_registered() -> None:
    missing = "VMCA is a subordinate CA, and its own certificate is missing"
    planned = host_plan(replace(OFFLINE, issuer="vmca", issuer_problem=missing, served=BY_NONE))
    assert planned.steps == ()
    [blocker] = planned.blockers
    assert blocker.code == "issuer_untrusted"
    assert blocker.message == (
        f"Neither OpenSSL (vCenter) nor Java (SPS) would trust the certificate that offline serves on port 9080: {missing}"
    )
    assert blocker.remedy.startswith("Add VMCA's own certificate to vCenter's trusted roots")
    # What VMCA does not issue is judged without it.
    by_host = replace(OFFLINE, issuer="self_signed", issuer_problem=missing, served=BY_NONE)
    [blocker] = host_plan(by_host, certificate_settings=replace(SETTINGS, mode="custom")).blockers
    assert blocker.message.startswith("None of the trusted roots of")


def test_what_would_be_due_again_at_once_is_not_renewed() -> None:
    settings = replace(SETTINGS, days_valid=45)
    blocker = only_blocker(certificate_settings=settings)
    assert (blocker.code, blocker.steps) == ("renew_before_too_long", RENEW)
    assert "every run would renew every host" in blocker.message
    assert steps_of(certificate_settings=settings) == NO_ISSUING
    assert steps_of(certificate_settings=replace(settings, days_valid=61)) == ALL_TAKEN


def test_maintenance_mode_blocks_the_renewal_only() -> None:
    resting = replace(EXPIRING, in_maintenance_mode=True)
    planned = host_plan(resting)
    assert planned.steps == ()
    assert [(one.code, one.steps) for one in planned.blockers] == [("maintenance_mode", RENEW)]
    assert planned.blockers[0].remedy == "Take it out of maintenance mode and run again."
    assert host_plan(replace(OFFLINE, in_maintenance_mode=True)).steps == REREGISTER
    assert host_plan(replace(EXPIRED_AND_LOST, in_maintenance_mode=True)).steps == ("reconnect", "reregister")
    assert host_plan(replace(EXPIRING, in_maintenance_mode=None)).steps == RENEWAL


@pytest.mark.parametrize(("state", "shown"), [("disconnected", "disconnected"), (None, "in no known connection state")])
def test_a_host_without_connection_is_not_touched_while_its_certificate_is_sound(state: Optional[str], shown: str) -> None:
    for one in (EXPIRING, OFFLINE):
        planned = host_plan(replace(one, connection_state=state))
        assert planned.steps == ()
        assert set(codes(planned.blockers)) == {"not_connected"}
        assert planned.blockers[0].message == f"{one.name} is {shown}"
        assert planned.blockers[0].remedy == "Bring it back to vCenter and run again."


@pytest.mark.parametrize(
    ("served", "shown"),
    [
        (Served(error="Connection refused"), " (Connection refused)"),
        (Served(certificate=certificate(1), problems=("wrong name", "expired")), " (wrong name; expired)"),
    ],
)
def test_an_endpoint_that_cannot_be_believed_blocks_re_registering(served: Served, shown: str) -> None:
    planned = host_plan(replace(OFFLINE, served=served))
    assert planned.steps == ()
    assert [(one.code, one.steps) for one in planned.blockers] == [("endpoint_unsound", REREGISTER)]
    assert planned.blockers[0].message.endswith(f"with a certificate that can be trusted{shown}")
    assert "iofiltervpd" in planned.blockers[0].remedy


def test_an_endpoint_does_not_block_a_renewal_which_changes_it() -> None:
    assert host_plan(replace(EXPIRING, served=Served(problems=("it expired",)))).steps == RENEWAL
    assert host_plan(replace(EXPIRED_AND_LOST, served=Served(error="timed out"))).steps == ("reconnect", "reregister")


def test_an_endpoint_that_was_not_asked_does_not_block() -> None:
    assert host_plan(replace(OFFLINE, served=None)).steps == REREGISTER


@pytest.mark.parametrize(
    ("served", "shown"),
    [
        (None, ""),
        (Served(error="timed out"), " (timed out)"),
        (Served(certificate=certificate(1), problems=("stranger",)), " (stranger)"),
    ],
)
def test_a_host_whose_certificate_nobody_can_read_is_blocked(served: Optional[Served], shown: str) -> None:
    planned = host_plan(host(certificate=None, served=served, connection_state=None))
    assert (planned.verdict.rule, planned.verdict.steps, planned.steps) == ("certificate_unavailable", (), ())
    assert codes(planned.blockers) == ["certificate_unavailable"]
    assert planned.blockers[0].message == (
        f"The certificate of {HOST} (state unknown) can be read neither from vCenter nor, so that it could be trusted,"
        f" from port 9080{shown}"
    )
    assert planned.blockers[0].remedy.startswith("Bring the host back to vCenter")


def test_a_certificate_of_the_future_is_blocked() -> None:
    early = certificate(400, starts=1)
    planned = host_plan(host(certificate=early))
    assert (planned.verdict.rule, planned.steps) == ("certificate_not_yet_valid", ())
    assert planned.verdict.reason == "its certificate is not valid before 2026-03-02"
    assert [(one.code, one.steps) for one in planned.blockers] == [("certificate_not_yet_valid", ALL_STEPS)]
    assert "clocks" in planned.blockers[0].remedy


# Where the renewal is blocked, what is due for the provider by itself is still done.


BLOCKED_RENEWALS = [
    ({}, {"certificate_settings": replace(SETTINGS, mode="custom")}, "mode_custom"),
    ({"in_maintenance_mode": True}, {}, "maintenance_mode"),
    ({"issuer": "other"}, {}, "issuer_not_vmca"),
    ({"missing_privileges": ("Certificate.Manage",)}, {}, "missing_privilege"),
    ({}, {"vmca_root": certificate(10)}, "vmca_root_ends"),
]


@pytest.mark.parametrize(("changes", "vcenter", "code"), BLOCKED_RENEWALS)
def test_an_expired_record_is_renewed_though_the_hosts_renewal_is_blocked(
    changes: dict[str, Any], vcenter: dict[str, Any], code: str
) -> None:
    planned = host_plan(host(ends=20, remembered=-10, **changes), **vcenter)
    assert planned.verdict.steps == RENEWAL
    assert planned.steps == REREGISTER
    assert planned.verdict.rule == "expiring"
    assert planned.verdict.reason == (
        "its certificate expires in 20 days, on 2026-03-21; and SMS remembers a certificate that expired on 2026-02-19,"
        " while the host's lasts until 2026-03-21"
    )
    assert codes(planned.blockers) == [code]


@pytest.mark.parametrize(("changes", "vcenter", "code"), BLOCKED_RENEWALS)
def test_nothing_is_done_where_the_renewal_is_blocked_and_the_provider_is_well(
    changes: dict[str, Any], vcenter: dict[str, Any], code: str
) -> None:
    planned = host_plan(host(ends=20, **changes), **vcenter)
    assert planned.steps == ()
    assert planned.verdict.reason == "its certificate expires in 20 days, on 2026-03-21"
    assert codes(planned.blockers) == [code]


def test_in_mode_custom_a_missing_provider_is_registered() -> None:
    planned = host_plan(host(ends=20, provider=None), certificate_settings=replace(SETTINGS, mode="custom"))
    assert planned.steps == REREGISTER


def test_an_expired_host_whose_renewal_is_blocked_is_excluded() -> None:
    planned = host_plan(host(ends=-10, status="offline", in_maintenance_mode=True))
    assert planned.steps == ()
    assert codes(planned.blockers) == ["maintenance_mode"]


def test_the_blockers_of_the_other_way_are_told_too() -> None:
    unreachable = Served(error="Connection refused")
    planned = host_plan(host(ends=20, remembered=-10, in_maintenance_mode=True, served=unreachable))
    assert planned.steps == ()
    assert codes(planned.blockers) == ["maintenance_mode", "endpoint_unsound"]


def test_a_forced_renewal_that_is_blocked_leaves_what_the_provider_needs() -> None:
    forced = replace(POLICY, force=True)
    assert host_plan(replace(OFFLINE, in_maintenance_mode=True), forced).steps == REREGISTER
    assert host_plan(replace(HEALTHY, in_maintenance_mode=True), forced).steps == ()


def test_a_host_that_is_lost_has_each_blocker_once_with_the_steps_that_it_blocks() -> None:
    old = certificate(-1, subject="CN=Old")
    planned = host_plan(EXPIRED_AND_LOST, Policy(), trusted_roots=(old,), vmca_root=old)
    assert [(one.code, one.steps) for one in planned.blockers] == [
        ("protection_not_stated", ALL_STEPS),
        ("trusted_root_expired", ("renew", "reconnect")),
    ]


def test_a_lost_host_that_was_known_by_what_it_serves_is_judged_by_that() -> None:
    shown = Served(certificate=certificate(-10, issuer="CN=Customer CA"), trusted_by=BASIS_RECORD)
    planned = host_plan(host(certificate=None, served=shown, issuer="other", **LOST))
    assert planned.steps == ()
    assert "CN=Customer CA" in planned.blockers[0].message


def test_an_audit_need_not_know_whether_a_provider_would_come_back() -> None:
    audit = replace(POLICY, audit=True)
    assert plan(OFFLINE, policy=audit, trusted_roots=None, vmca_root=None).blockers == ()
    assert plan(OFFLINE, policy=audit, certificate_settings=None).blockers == ()
    own = host("own", issuer="self_signed")
    assert host_plan(own, audit, trusted_roots=None, vmca_root=None).blockers == ()
    # What is seen to be so is told all the same.
    assert codes(plan(OFFLINE, policy=audit, **THUMBPRINT).blockers) == ["thumbprint_trust"]
    assert codes(host_plan(own, audit, vmca_root=None).blockers) == ["issuer_unknown"]


LACKING = SmsTrust(False, "it lacks CN=sms (AA:01), which a trusts", ("AA:01",))
REPAIR = replace(POLICY, repair_host_trust=True)


def test_a_host_that_does_not_trust_sms_is_not_re_registered() -> None:
    planned = host_plan(replace(OFFLINE, sms_trust=LACKING))
    assert planned.steps == ()
    [blocker] = planned.blockers
    assert (blocker.code, blocker.steps, blocker.owner) == ("host_distrusts_sms", REREGISTER, "host")
    assert blocker.message.endswith("its provider would not come back: it lacks CN=sms (AA:01), which a trusts")
    assert "KB 402809" in blocker.remedy
    assert "certops_repair_host_trust" in blocker.remedy
    # To renew it would leave it as ill.
    assert host_plan(replace(EXPIRING, sms_trust=LACKING)).steps == ()


@pytest.mark.parametrize(
    "trust", [None, SmsTrust(True, "it trusts"), SmsTrust(None, "not known"), SmsTrust(None, "not known", ("AA:01",))]
)
def test_what_is_not_known_of_its_trust_blocks_nothing(trust: Optional[SmsTrust]) -> None:
    assert host_plan(replace(OFFLINE, sms_trust=trust)).steps == REREGISTER


@pytest.mark.parametrize("trust", [LACKING, SmsTrust(None, "not known", ("AA:01",))])
def test_with_the_option_its_list_is_completed_before(trust: SmsTrust) -> None:
    planned = host_plan(replace(OFFLINE, sms_trust=trust), REPAIR)
    assert (planned.steps, planned.blockers) == (("repair_trust", "reregister"), ())


def test_with_the_option_a_list_is_looked_at_where_it_may_lack_something_by_then() -> None:
    assert host_plan(OFFLINE, REPAIR).steps == REREGISTER
    assert host_plan(replace(OFFLINE, sms_trust=SmsTrust(True, "it trusts")), REPAIR).steps == REREGISTER
    assert host_plan(EXPIRING, REPAIR).steps == ("renew", "reconnect", "repair_trust", "reregister")
    assert host_plan(HEALTHY, REPAIR).steps == ()
    # One that may not be renewed is as ill, and its provider can be brought back.
    resting = replace(EXPIRING, in_maintenance_mode=True, provider=OFFLINE.provider, sms_trust=LACKING)
    assert host_plan(resting, REPAIR).steps == ("repair_trust", "reregister")


def test_to_complete_a_list_takes_a_privilege() -> None:
    planned = host_plan(replace(OFFLINE, sms_trust=LACKING, missing_privileges=("Certificate.Manage",)), REPAIR)
    assert (planned.steps, codes(planned.blockers)) == ((), ["missing_privilege"])
    assert host_plan(replace(OFFLINE, missing_privileges=("Certificate.Manage",)), REPAIR).steps == REREGISTER


def test_that_trust_is_not_known_is_remarked_once() -> None:
    untold = [host(name, status="offline", sms_trust=SmsTrust(None, "nobody to compare")) for name in ("a", "b")]
    [warning] = plan(*untold, HEALTHY).warnings
    assert warning == "it is not known whether 2 hosts whose providers are not online (a, b) trust SMS: nobody to compare"
