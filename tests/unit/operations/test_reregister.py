# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Re-registering providers: what needs it is taken, what would not come back is left, and what is read back is what counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils.core.estate import EsxiHost, Served, Unread
from ansible_collections.certops.vsphere.plugins.module_utils.operations import reregister as operation
from ansible_collections.certops.vsphere.plugins.module_utils.operations.reregister import OUTSIDE_OF_CLUSTERS, Credentials
from ansible_collections.certops.vsphere.tests.unit.estates import (
    HOST,
    ROOT,
    SETTINGS,
    VCENTER,
    certificate,
    host,
    provider,
)
from ansible_collections.certops.vsphere.tests.unit.storage_monitoring import SILENT, StorageMonitoring, believed, run

THUMBPRINT = replace(SETTINGS, mode="thumbprint")
OWN = certificate(400)
UNTRUSTED = Served(certificate=OWN, trusted=True, basis="vcenter_record")
METHODS: dict[str, dict[str, Any]] = {
    "sps_restart": {},
    "register": {"method": "register", "credentials": Credentials("root", "secret")},
}


def only(world: StorageMonitoring, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[str, str, Optional[str]]:
    """Status, reason and error of the only host."""
    [result] = run(world, monkeypatch, **options).results
    return result.status, result.reason, result.error


def untouched(world: StorageMonitoring, monkeypatch: pytest.MonkeyPatch, **options: Any) -> str:
    """The error with which the only host is refused, after which nothing has been done."""
    before = dict(world.providers)
    status, _reason, error = only(world, monkeypatch, **options)
    assert (status, world.calls, world.providers) == ("failed", [], before)
    assert error is not None
    return error


@pytest.mark.parametrize("method", METHODS)
def test_an_offline_provider_comes_back(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = StorageMonitoring((host(status="offline"),))
    assert only(world, monkeypatch, **METHODS[method]) == (
        *("changed", "its provider is offline though its certificate is sound"),
        None,
    )
    back = next(iter(world.providers.values()))
    assert (back.online, back.certificate, world.calls[0]) == (True, OWN, f"unregister uid-{HOST}")


def test_a_provider_that_is_right_is_left_and_is_done_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    world = StorageMonitoring((host(),))
    assert only(world, monkeypatch)[:2] == ("unchanged", "its provider is online and remembers its certificate")
    assert world.calls == []
    assert only(world, monkeypatch, only_if_needed=False)[0] == "changed"


@pytest.mark.parametrize("ends", [40, -20])
def test_a_date_that_is_another_is_enough_where_sms_shows_no_certificate(ends: float, monkeypatch: pytest.MonkeyPatch) -> None:
    dated = replace(provider(None), certificate_expires_at=certificate(ends).expires_at)
    world = StorageMonitoring((host(provider=dated),), shows_pem=False)
    assert only(world, monkeypatch)[0] == "changed"
    # And is right afterwards by its date.
    again = StorageMonitoring((host(provider=next(iter(world.providers.values()))),), shows_pem=False)
    assert only(again, monkeypatch)[0] == "unchanged"


def test_what_shows_nothing_afterwards_is_not_called_right(monkeypatch: pytest.MonkeyPatch) -> None:
    world = StorageMonitoring((host(remembered=20),))
    made = provider(None)
    monkeypatch.setattr(
        *("ansible_collections.certops.vsphere.tests.unit.storage_monitoring.provider",),
        lambda _certificate, **more: replace(made, provider_uid=more["uid"]),
    )
    status, _reason, error = only(world, monkeypatch)
    assert status == "failed"
    assert "is online, but SMS shows neither the certificate that it remembers nor when it ends" in str(error)


@pytest.mark.parametrize(
    "changes",
    [{"status": "offline"}, {"provider": None}, {"remembered": -10}, {"duplicate_providers": (provider(None, uid="two"),)}, {}],
)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("only_if_needed", [True, False])
def test_the_provider_of_a_host_outside_of_clusters_is_never_touched(
    changes: dict[str, Any], method: str, only_if_needed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = StorageMonitoring((host(cluster=None, **changes), host("other", status="offline")))
    outside, inside = run(world, monkeypatch, only_if_needed=only_if_needed, **METHODS[method]).results
    assert (outside.status, outside.reason, outside.before) == ("unchanged", OUTSIDE_OF_CLUSTERS, outside.after)
    assert inside.status == "changed"
    assert not [call for call in world.calls if HOST in call or "two" in call]


def test_a_host_whose_place_is_not_known_counts_as_one_of_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    assert untouched(StorageMonitoring((host(cluster="", status="offline", served=SILENT),)), monkeypatch)


OLD_ROOT = certificate(-5, starts=-2000, subject="CN=Old")
CASES: dict[str, tuple[EsxiHost, dict[str, Any], str, str]] = {
    "issued by no trusted root": (
        host(status="offline", served=UNTRUSTED),
        {},
        "None of the trusted roots of vc1.example.com issued the certificate that esx01.example.com serves on port 9080",
        "Add the CA that issued it",
    ),
    "issued by a root that is none of them": (
        host(status="offline", served=replace(UNTRUSTED, root="AA:BB")),
        {},
        "None of the trusted roots",
        "Add the CA that issued it",
    ),
    "issued by a root that cannot be read": (
        host(
            status="offline",
            served=UNTRUSTED,
            issuer="unknown",
            issuer_problem="its issuer is a trusted root that cannot be read here",
        ),
        {},
        "It cannot be told whether SPS would believe the certificate that esx01.example.com serves on port 9080 (CN=VMCA): its issuer is",
        "have the trusted root that cannot be read reissued",
    ),
    "issued by a root that has expired": (
        host(status="offline", served=replace(UNTRUSTED, root=OLD_ROOT.sha256_fingerprint)),
        {"trusted_roots": (ROOT, OLD_ROOT)},
        "The trusted root CN=Old of vc1.example.com, which issued the certificate of esx01.example.com, expired on 2026-02-24",
        "Replace that root",
    ),
    "the roots cannot be read": (
        host(status="offline", served=UNTRUSTED),
        {"trusted_roots": None, "vmca_root": None, "unread": (Unread("trusted_roots", VCENTER, "403"),)},
        "cannot be read (403), so it could not be checked that SPS would believe what hosts serve, and nothing is unregistered",
        "may read vCenter's trusted root chains",
    ),
    "the mode cannot be read": (
        host(status="offline"),
        {"certificate_settings": None, "unread": (Unread("certificate_settings", VCENTER, "403"),)},
        "The certificate mode of vc1.example.com cannot be read (403)",
        "Let the account read",
    ),
    "mode thumbprint": (
        host(status="offline"),
        {"certificate_settings": THUMBPRINT},
        "is in certificate mode thumbprint",
        "certops_reregister_in_thumbprint_mode",
    ),
    "nobody answers": (host(status="offline", served=SILENT), {}, "nothing listens on port 9080", "Check iofiltervpd"),
    "lost": (host(status="offline", connection_state="notResponding"), {}, "the host is notResponding", "Reconnect the host"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_would_not_come_back_is_not_unregistered(
    name: str, method: str, check_mode: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, vcenter, says, cure = CASES[name]
    error = untouched(StorageMonitoring((one,), vcenter=vcenter), monkeypatch, check_mode=check_mode, **METHODS[method])
    assert error.startswith("The provider of esx01.example.com was not touched")
    assert says in error
    assert cure in error


def test_the_steps_before_make_it_another_certificate_but_no_other_vcenter(monkeypatch: pytest.MonkeyPatch) -> None:
    due = host(ends=20, served=UNTRUSTED)
    predicted = {"pending_renewal": (HOST,), "check_mode": True}
    assert only(StorageMonitoring((due,)), monkeypatch, **predicted)[0] == "changed"
    world = StorageMonitoring((due,), vcenter={"certificate_settings": THUMBPRINT})
    assert "certificate mode thumbprint" in untouched(world, monkeypatch, **predicted)


def test_in_mode_thumbprint_it_is_done_where_the_operator_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whether a root issued it does not matter then.
    settings = {"certificate_settings": THUMBPRINT, "trusted_roots": None, "vmca_root": None}
    world = StorageMonitoring((host(status="offline", served=UNTRUSTED),), vcenter=settings)
    run(world, monkeypatch, in_thumbprint_mode=True)
    assert world.calls[0] == f"unregister uid-{HOST}"


@pytest.mark.parametrize("when", [0, 1])
@pytest.mark.parametrize("method", METHODS)
def test_an_endpoint_that_closes_after_it_was_looked_at_keeps_its_provider(
    when: int, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was looked at, SPS was waited for, and then it closed."""
    world = StorageMonitoring((host(status="offline"),))
    world.before_unregistering[when] = lambda: world.served.update({HOST: SILENT})
    if when == 0 and method == "register":
        # Nothing is waited for there.
        world.before_unregistering = {1: world.before_unregistering[0]}
    assert "nothing listens on port 9080" in untouched(world, monkeypatch, **METHODS[method])


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_one_that_fell_asleep_since_it_was_read_is_passed_over(
    method: str, check_mode: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = StorageMonitoring((host("esx01", status="offline", served=SILENT), host("esx02", status="offline")), asleep={"esx01"})
    results = run(world, monkeypatch, check_mode=check_mode, **METHODS[method]).results
    assert [(one.status, one.error) for one in results] == [("asleep", None), ("changed", None)]
    assert "uid-esx01" in world.providers


@pytest.mark.parametrize("there", [True, False], ids=["registered", "missing"])
@pytest.mark.parametrize("method", METHODS)
def test_one_that_falls_asleep_right_before_its_unregistering_is_passed_over(
    method: str, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = host("esx01", status="offline") if there else host("esx01", provider=None)
    world = StorageMonitoring((first, host("esx02", status="offline")))

    def sleep() -> None:
        world.served["esx01"] = SILENT
        world.asleep.add("esx01")

    world.before_unregistering[1] = sleep
    results = run(world, monkeypatch, **METHODS[method]).results
    assert [(one.status, one.error) for one in results] == [("asleep", None), ("changed", None)]
    assert ("uid-esx01" in world.providers) is there


def test_one_that_falls_asleep_with_one_of_its_providers_gone_is_no_untouched_one(monkeypatch: pytest.MonkeyPatch) -> None:
    world = StorageMonitoring((host(status="offline", duplicate_providers=(provider(OWN, "offline", uid="two"),)),))

    def sleep() -> None:
        world.served[HOST] = SILENT
        world.asleep.add(HOST)

    world.before_unregistering[2] = sleep
    assert only(world, monkeypatch)[0] == "failed"


def test_one_whose_state_cannot_be_read_is_not_taken_for_asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    world = StorageMonitoring((host(status="offline", served=SILENT),), asleep={HOST}, unseen={HOST})
    assert "nothing listens on port 9080" in untouched(world, monkeypatch)


def test_each_host_is_looked_at_again_before_its_own_is_unregistered(monkeypatch: pytest.MonkeyPatch) -> None:
    world = StorageMonitoring(tuple(host(f"esx0{number}", status="offline") for number in (1, 2, 3)))
    # After the first was unregistered the second's port closes, and the third is given another certificate.
    world.before_unregistering[2] = lambda: world.served.update(
        esx02=SILENT, esx03=Served(certificate=certificate(10), problems=("it is not the one on record",))
    )
    results = run(world, monkeypatch).results
    assert [result.status for result in results] == ["changed", "failed", "failed"]
    assert world.calls == ["unregister uid-esx01", "restart SPS"]
    assert "nothing listens" in str(results[1].error)
    assert "it is not the one on record" in str(results[2].error)


def test_an_endpoint_that_closes_between_two_providers_of_a_host_keeps_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    more = provider(OWN, "offline", uid="two")
    world = StorageMonitoring((host(status="offline", duplicate_providers=(more,)),))
    world.before_unregistering[2] = lambda: world.served.update({HOST: SILENT})
    status, _reason, error = only(world, monkeypatch)
    assert status == "failed"
    assert "esx01.example.com" in str(error)
    assert world.calls == [f"unregister uid-{HOST}", "restart SPS"]
    assert "two" in world.providers


def test_sps_is_not_restarted_for_a_missing_provider_whose_host_does_not_answer_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    world = StorageMonitoring((host(provider=None),))
    world.before_unregistering[0] = lambda: world.served.update({HOST: SILENT})
    untouched(world, monkeypatch)


def test_where_vcenter_shows_no_certificate_what_the_host_serves_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan goes by that too."""
    shown = replace(believed(OWN), basis="trusted_root")
    dated = host(certificate=None, remembered=20, served=shown)
    world = StorageMonitoring((dated,))
    assert only(world, monkeypatch)[:2] == ("changed", "SMS shows another certificate (until 2026-03-21)")
    right = StorageMonitoring((host(certificate=None, served=shown),))
    assert only(right, monkeypatch)[0] == "unchanged"
    unknown = StorageMonitoring((host(certificate=None, served=SILENT),))
    assert only(unknown, monkeypatch)[0] == "unchanged"
    missing = StorageMonitoring((host(certificate=None, served=SILENT, provider=None),))
    assert "nothing listens" in untouched(missing, monkeypatch)


def test_what_somebody_else_brought_back_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    world = StorageMonitoring((host(status="offline"),))

    def brought_back() -> None:
        world.providers = {"theirs": provider(OWN, uid="theirs")}

    world.before_unregistering[0] = brought_back
    assert only(world, monkeypatch)[:2] == ("unchanged", "somebody else brought its provider back meanwhile")
    assert world.calls == []


def test_without_credentials_nothing_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    world = StorageMonitoring((host(status="offline"),))
    with pytest.raises(operation.CertopsError, match="needs credentials"):
        run(world, monkeypatch, method="register")
    assert world.calls == []


def test_where_providers_could_not_be_read_nothing_is_unregistered(monkeypatch: pytest.MonkeyPatch) -> None:
    world = StorageMonitoring((host(status="offline"),), vcenter={"unread": (Unread("providers", VCENTER, "503"),)})
    with pytest.raises(operation.CertopsError, match="so nothing was unregistered"):
        run(world, monkeypatch)
    assert world.calls == []
