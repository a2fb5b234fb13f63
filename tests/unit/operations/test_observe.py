# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at a whole vCenter: nothing is changed, and what cannot be read is said and spoils nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import (
    AccessDenied,
    CertopsError,
    InputError,
    NotOffered,
    TransientError,
)
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Unavailable
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import Findings, observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.tests.unit.certificates import authority, make
from ansible_collections.certops.vsphere.tests.unit.fake_estate import RESTART_SECONDS, FakeEstate, fake_estate

REFUSED = AccessDenied("Reading it was refused", code="broken", vsphere_fault="NoPermission", remedy="Ask for it.")
NOT_OFFERED = NotOffered("Reading it is not offered", code="broken", vsphere_fault="HTTP 404", remedy="Update it.")


def unavailable(findings: Findings) -> dict[str, str]:
    """What was not read, and why."""
    return {one.what: one.reason for one in findings.estate.unavailable}


def test_everything_is_read_and_nothing_changed() -> None:
    world = fake_estate()
    found = observe(world)
    vcenter, (first, second) = found.estate.vcenter, found.estate.hosts
    assert (vcenter.hostname, vcenter.version, vcenter.certificate_mode) == ("vc01", "8.0.3", "vmca")
    assert (vcenter.sps_state, vcenter.linked_nodes, vcenter.clock_offset_seconds) == ("STARTED", ("vc01",), 0.0)
    assert vcenter.vmca_root == world.vmca.certificate
    assert (first.issuer, first.served is not None and first.served.trusted, first.missing_privileges) == ("vmca", True, ())
    assert second.provider is not None
    assert second.provider.provider_uid in found.providers
    assert (world.changes, found.estate.unavailable) == ([], ())


def test_client_certificates_are_read_only_where_somebody_wants_them() -> None:
    world = fake_estate()
    assert [host.client_certificate for host in observe(world).estate.hosts] == [None, None]
    assert "client_certificates" not in world.calls
    found = observe(world, with_client_certificates=True)
    assert [host.client_certificate for host in found.estate.hosts] == [fake.client for fake in world.fakes]
    world.spoil("client_certificates", REFUSED)
    refused = observe(world, with_client_certificates=True)
    assert [host.client_certificate for host in refused.estate.hosts] == [None, None]
    assert unavailable(refused) == {"client_certificates": str(REFUSED)}
    world.spoil("client_certificates", lambda: ({}, [Unavailable("client_certificates", "esx01.example.com", "no right")]))
    assert unavailable(observe(world, with_client_certificates=True)) == {"client_certificates": "no right"}


def test_only_hosts_that_a_policy_chooses_are_asked_themselves() -> None:
    world = fake_estate()
    told: list[Progress] = []
    found = observe(world, chosen_by=Policy(hosts=("esx02*",)), with_client_certificates=True, tell=told.append)
    first, second = found.estate.hosts
    assert (first.served, first.client_certificate, first.issuer) == (None, None, "vmca")
    assert (second.served is not None, second.client_certificate) == (True, world.fakes[1].client)
    assert [one.doing for one in told if "9080" in one.doing] == [
        "asking port 9080, 0 of 1 hosts",
        "asking port 9080, 1 of 1 hosts",
    ]
    assert [host.served for host in observe(world, chosen_by=Policy(hosts=()), tell=told.append).estate.hosts] == [None, None]


def test_a_host_that_is_not_chosen_is_not_asked_whom_it_trusts() -> None:
    world = fake_estate(hosts=2)
    trust = [host.sms_trust is None for host in observe(world, chosen_by=Policy(skip=("esx01*",))).estate.hosts]
    assert trust == [True, False]


def test_a_look_for_one_step_leaves_out_what_it_has_no_use_for() -> None:
    world = fake_estate()
    found = observe(world, esxi_hosts=["esx02*"], probe=False, whole=False)
    assert [host.served for host in found.estate.hosts] == [None]
    assert not {"sps", "backups", "machine_ssl", "linked_nodes", "missing_privileges"} & set(world.calls)


@pytest.mark.parametrize(
    "method",
    [
        *("server_time", "certificate_settings", "trusted_roots", "signing_chain", "missing_privileges"),
        *("own_name", "machine_ssl", "linked_nodes", "backups", "sps", "may_restart_sps"),
    ],
)
def test_what_may_not_be_read_is_said_and_the_rest_is_read(method: str) -> None:
    world = fake_estate()
    world.spoil(method, REFUSED)
    found = observe(world)
    assert list(unavailable(found).values()) == ["Reading it was refused: vSphere said NoPermission. Ask for it."]
    assert len(found.estate.hosts) == 2


def test_a_defect_in_one_reading_spoils_no_other() -> None:
    world = fake_estate()
    world.spoil("backups", AttributeError("no value"))
    assert "An internal error in certops.vsphere stopped reading backups of vc01" in unavailable(observe(world))["backups"]


def test_without_the_inventory_there_is_nothing_to_tell() -> None:
    world = fake_estate()
    world.spoil("hosts", REFUSED)
    with pytest.raises(AccessDenied):
        observe(world)


def test_a_root_that_is_not_there_is_the_users_to_mend() -> None:
    with pytest.raises(InputError, match=r"vc01 has no trusted root with the fingerprint AA:BB"):
        observe(fake_estate(), vmca_root_fingerprint="AA:BB")


def test_the_root_that_is_named_counts() -> None:
    other = authority("Other", number=5)
    world = fake_estate(roots=(other.made, fake_estate().vmca.made))
    found = observe(world, vmca_root_fingerprint=other.certificate.sha256_fingerprint.lower())
    assert found.estate.vcenter.vmca_root == other.certificate
    assert [host.issuer for host in found.estate.hosts] == ["other", "other"]


def test_without_trusted_roots_the_root_that_is_named_counts_where_the_vcenter_publishes_it() -> None:
    world = fake_estate()
    world.spoil("trusted_roots", NOT_OFFERED, times=9)
    vmca = world.vmca.certificate
    found = observe(world, vmca_root_fingerprint=vmca.sha256_fingerprint)
    assert found.estate.vcenter.trusted_roots == (vmca,)
    assert found.estate.vcenter.vmca_root == vmca
    assert [host.issuer for host in found.estate.hosts] == ["vmca", "vmca"]
    assert "all but the one that was named" in str(found.estate.unavailable)
    with pytest.raises(InputError, match=r"publishes .* are not the one with the fingerprint AA:BB"):
        observe(world, vmca_root_fingerprint="AA:BB")


def test_without_trusted_roots_those_count_that_it_publishes_and_two_hosts_trust() -> None:
    world = fake_estate()
    world.spoil("trusted_roots", NOT_OFFERED)
    found = observe(world)
    assert found.estate.vcenter.trusted_roots == (world.vmca.certificate,)
    assert found.estate.vcenter.vmca_root == world.vmca.certificate
    assert "all but those that it publishes and its hosts trust" in str(found.estate.unavailable)


def test_of_several_that_it_publishes_none_is_known_to_be_vmcas() -> None:
    world = fake_estate()
    for method in ("trusted_roots", "signing_chain"):
        world.spoil(method, NOT_OFFERED)
    world.spoil("published_roots", lambda: [world.vmca.certificate, authority("Other", number=5).certificate])
    found = observe(world)
    assert found.estate.vcenter.trusted_roots == (world.vmca.certificate,)
    assert found.estate.vcenter.vmca_root is None


def test_a_right_that_is_missing_is_made_up_for_by_nothing() -> None:
    world = fake_estate()
    world.spoil("trusted_roots", REFUSED)
    assert observe(world, vmca_root_fingerprint=world.vmca.certificate.sha256_fingerprint).estate.vcenter.trusted_roots is None


def test_what_another_ca_issued_there_is_not_known_to_be_untrusted() -> None:
    other = authority("Other", number=5)
    world = fake_estate()
    world.spoil("trusted_roots", NOT_OFFERED, times=9)
    world.fakes[0].recorded = make(world.fakes[0].name, issuer=other, names=(world.fakes[0].name,))
    [first, _second] = observe(world, vmca_root_fingerprint=world.vmca.certificate.sha256_fingerprint).estate.hosts
    assert first.issuer == "unknown"
    assert "could not be read" in str(first.issuer_problem)


def test_privileges_that_are_missing_are_the_hosts() -> None:
    world = fake_estate(missing=("Certificate.Manage",))
    assert [host.missing_privileges for host in observe(world).estate.hosts] == [("Certificate.Manage",)] * 2


# Providers that SPS keeps from being read.


def with_reading(world: FakeEstate, *answers: Any) -> None:
    """Have the readings of the providers end so, one after another."""
    for answer in answers:
        world.spoil("providers", answer)


def test_without_patience_a_restart_hides_the_providers() -> None:
    world = fake_estate(sps_state="STARTING")
    found = observe(world)
    assert "ServiceNotInitialized" in unavailable(found)["providers"]
    assert world.clock.seconds == 0


def test_a_restart_of_somebody_else_is_outlasted() -> None:
    world = fake_estate()
    world.restart_sps(60)
    told: list[str] = []
    found = observe(world, sps_patience_seconds=180, tell=lambda progress: told.append(progress.doing))
    assert len(found.providers) == 2
    assert RESTART_SECONDS <= world.clock.seconds < RESTART_SECONDS + 10
    assert "waiting for SPS, which is STARTING, to finish its restart" in told


def test_a_restart_that_takes_longer_is_told_as_it_is() -> None:
    world = fake_estate(sps_state="STARTING")
    found = observe(world, sps_patience_seconds=60)
    assert "ServiceNotInitialized" in unavailable(found)["providers"]
    assert 60 <= world.clock.seconds < 65
    assert found.estate.vcenter.sps_state == "STARTING"


def test_a_stopped_sps_is_not_waited_for() -> None:
    world = fake_estate(sps_state="STOPPED")
    assert "providers" in unavailable(observe(world, sps_patience_seconds=180))
    assert world.clock.seconds == 0


def test_sms_that_does_not_answer_though_sps_runs_is_told() -> None:
    world = fake_estate()
    lost = TransientError("SMS was lost", code="broken")
    world.spoil("providers", lost, times=9)
    assert "SMS was lost" in unavailable(observe(world, sps_patience_seconds=180))["providers"]
    # It answers otherwise, so that there is no restart to wait for.
    assert world.clock.seconds == 0


def test_an_sms_that_comes_up_a_little_later_than_sps_is_waited_for() -> None:
    world = fake_estate()
    lost = TransientError("SMS is starting", code="broken")
    world.spoil("providers", lost)
    world.spoil("ask_sms", lost, times=3)
    assert len(observe(world, sps_patience_seconds=180).providers) == 2
    assert 0 < world.clock.seconds < 20


def test_an_sms_that_stays_away_ends_the_patience() -> None:
    world = fake_estate()
    lost = TransientError("SMS is starting", code="broken")
    world.spoil("providers", lost, times=99)
    world.spoil("ask_sms", lost, times=99)
    assert "SMS is starting" in unavailable(observe(world, sps_patience_seconds=180))["providers"]
    assert world.clock.seconds < 60


def test_one_provider_that_is_broken_spoils_no_other_and_all_of_them_are_sms() -> None:
    world = fake_estate()
    broken = Unavailable("provider", "provider-9", "SMS gave no information on it")
    some, _unavailable = world.providers()
    with_reading(world, lambda: (some[:1], [broken]))
    found = observe(world)
    assert (len(found.providers), unavailable(found)) == (1, {"provider": "SMS gave no information on it"})
    with_reading(world, lambda: ([], [broken]))
    assert "None of the storage providers of vc01 can be read: SMS gave" in unavailable(observe(world))["providers"]


def test_who_may_not_read_providers_is_told_so() -> None:
    world = fake_estate()
    world.spoil("providers", CertopsError("It was refused", code="broken"))
    assert unavailable(observe(world)) == {"providers": "It was refused."}


# What a renewal has to know.


def test_where_none_may_be_due_nothing_but_the_hosts_is_read() -> None:
    world = fake_estate(ends=300)
    seen = observe_for_renewal(world, ["*"], renew_before_days=60, force=False)
    assert world.calls == ["hosts"]
    assert len(seen.hosts) == 2
    assert seen.vcenter.trusted_roots is None


def test_where_one_may_be_due_what_bears_on_issuing_is() -> None:
    world = fake_estate(ends=20)
    seen = observe_for_renewal(world, ["*"], renew_before_days=60, force=False)
    assert seen.vcenter.vmca_root == world.vmca.certificate
    assert [host.issuer for host in seen.hosts] == ["vmca", "vmca"]
    assert "backups" not in world.calls


def test_a_certificate_that_a_host_made_itself_may_be_due_whenever_it_ends() -> None:
    world = fake_estate(ends=300)
    world.fakes[0].recorded = make(world.fakes[0].name, names=(world.fakes[0].name,), ends=3000)
    assert observe_for_renewal(world, ["*"], renew_before_days=60, force=False).hosts[0].issuer == "self_signed"


def test_with_a_probe_each_port_is_asked_due_or_not() -> None:
    seen = observe_for_renewal(fake_estate(ends=300), ["*"], renew_before_days=60, force=False, probe=True)
    assert [host.served is not None and host.served.trusted for host in seen.hosts] == [True, True]
