# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates of a CA of the operator's: asked for, looked at, installed, taken up and read back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InputError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._operations.install_certificate import (
    given_orders,
    install_certificates,
)
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._operations.request_certificate import request_certificates
from ansible_collections.certops.vsphere.tests.unit.certificates import Authority, authority, key, key_pem, make, pem
from ansible_collections.certops.vsphere.tests.unit.fake_estate import HTTPS, IOFILTER, FakeEstate, fake_estate

NAME, OTHER = "esx01.example.com", "esx02.example.com"
SITE = authority("Site CA", number=6)
OPTIONS: dict[str, Any] = {"renew_before_days": 60, "concurrency": 1, "max_failures": 0, "timeout_seconds": 300}
LOST = TransientError("It was lost", code="broken", vsphere_fault="the answer was lost")


def custom(**more: Any) -> FakeEstate:
    """An estate of one host in mode custom, whose certificates a CA of the operator's issues."""
    return fake_estate(**{"hosts": 1, "mode": "custom", "vmca": SITE, "roots": (SITE.made,), **more})


def seen(world: FakeEstate, force: bool = False) -> Estate:
    """It, as the modules see it first."""
    return observe_for_renewal(world, ["*"], renew_before_days=60, force=force, probe=not force)


def asked(world: FakeEstate, estate: Optional[Estate] = None, **more: Any) -> list[StepResult]:
    """Ask for requests."""
    options = {**OPTIONS, "force": False, "check_mode": False, **more}
    return request_certificates(world, seen(world) if estate is None else estate, **options)


def signed(name: str = NAME, by: Authority = SITE, ends: float = 900) -> str:
    """What a CA makes of a host's request."""
    return pem(make(name, issuer=by, names=(name,), starts=-1, ends=ends, private=key("RSA 2048")))


def installed(world: FakeEstate, text: Optional[str] = None, **more: Any) -> StepResult:
    """Install a certificate on the only host, for a request that it made."""
    estate = seen(world, force=True)
    request = world.request_certificate(estate.hosts[0])
    world.changes.clear()
    orders = given_orders({NAME: signed() if text is None else text}, {NAME: request})
    [result] = install_certificates(world, estate, orders, **{**OPTIONS, "check_mode": False, **more})
    return result


def test_a_host_that_is_due_is_asked() -> None:
    world = custom()
    [result] = asked(world)
    assert (result.status, result.after["requested"]) == ("changed", True)
    assert "BEGIN CERTIFICATE REQUEST" in result.to_facts()["csr_pem"]


@pytest.mark.parametrize(
    ("mode", "shown"), [("vmca", "in certificate mode vmca"), (None, "in a certificate mode that cannot be read")]
)
def test_in_another_mode_none_is(mode: Optional[str], shown: str) -> None:
    world = custom(mode=mode)
    with pytest.raises(CertopsError, match=f"No host of vc01 was touched, because the vCenter is {shown}"):
        asked(world)
    with pytest.raises(CertopsError, match=shown):
        installed(world)


def test_check_mode_asks_for_none() -> None:
    world = custom()
    [result] = asked(world, check_mode=True)
    assert (result.status, result.after, world.changes) == ("changed", {"requested": True}, [])


def test_one_that_somebody_else_renewed_is_asked_for_none() -> None:
    world = custom()
    estate = seen(world)
    world.fakes[0].recorded = make(NAME, issuer=SITE, names=(NAME,), ends=800)
    [result] = asked(world, estate)
    assert (result.status, result.reason) == ("unchanged", "somebody else renewed its certificate meanwhile")


def test_one_that_was_renewed_since_the_plan_was_made_is_left() -> None:
    [result] = asked(custom(), planned_expires_at={NAME: "2020-01-01T00:00:00Z"})
    assert (result.status, result.reason) == ("unchanged", "somebody else renewed its certificate after the plan was made")


def test_one_that_is_not_due_is_left() -> None:
    [result] = asked(custom(ends=300))
    assert (result.status, result.reason) == ("unchanged", "its certificate does not expire within 60 days")


def test_one_that_may_have_none_says_why() -> None:
    world = custom(missing=("Certificate.Manage",))
    [result] = asked(world)
    assert result.status == "failed"
    assert "Certificate.Manage" in str(result.error)


def test_a_lost_request_is_asked_for_again() -> None:
    world = custom()
    world.spoil("request_certificate", LOST, done=True)
    [result] = asked(world)
    assert result.status == "changed"
    assert world.count("request_certificate") == 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [(lambda: "nonsense", "cannot be used"), (CertopsError("It was refused", code="broken"), "It was refused")],
)
def test_what_is_no_request_is_told(answer: Any, told: str) -> None:
    world = custom()
    world.spoil("request_certificate", answer)
    [result] = asked(world)
    assert told in str(result.error)


def test_a_request_for_another_name_is_not_handed_on() -> None:
    world = custom()
    world.fakes[0].requested = "localhost.localdomain"
    [result] = asked(world)
    assert f"The certificate request of {NAME} was not handed on, because" in str(result.error)


def not_taken_up(**more: Any) -> FakeEstate:
    """An estate in which a run was ended between installing a certificate and telling the services."""
    world = custom(**more)
    fake = world.fakes[0]
    fake.notifiable = True
    fake.recorded = make(NAME, issuer=SITE, names=(NAME,), starts=-1, ends=800)
    fake.serves = {**fake.serves, HTTPS: fake.recorded}
    return world


def test_one_that_has_a_new_certificate_that_it_does_not_serve_is_told_to() -> None:
    world = not_taken_up()
    [result] = asked(world)
    assert (result.status, result.after["renewed"]) == ("changed", True)
    assert world.changes == [f"notify_services {NAME}"]
    assert world.fakes[0].serves[IOFILTER] == world.fakes[0].recorded


def test_one_that_goes_on_serving_the_old_one_fails() -> None:
    world = not_taken_up()
    world.fakes[0].serves = dict.fromkeys(world.fakes[0].serves, world.fakes[0].serves[IOFILTER])
    world.spoil("notify_services", lambda: None)
    [result] = asked(world)
    assert "was installed, and the host goes on serving another on port 443" in str(result.error)


# Installing.


def test_a_certificate_is_installed_and_read_back() -> None:
    world = custom()
    result = installed(world)
    assert result.status == "changed"
    assert "BEGIN CERTIFICATE" in result.to_facts()["certificate_pem"]
    assert world.changes == [f"install_certificate {NAME}"]


def test_where_services_can_be_told_they_are() -> None:
    world = custom()
    world.fakes[0].notifiable = True
    result = installed(world)
    assert (result.status, result.notes) == ("changed", ())
    assert world.fakes[0].serves[IOFILTER] == world.fakes[0].recorded


def test_services_that_refuse_go_on_with_the_old_one() -> None:
    world = custom()
    world.fakes[0].notifiable = True
    world.spoil("notify_services", CertopsError("NotifyAffectedServices was refused", code="broken"), times=9)
    assert "goes on serving another on port 443" in str(installed(world).error)


def test_a_refusal_that_came_too_late_is_a_notice() -> None:
    world = custom()
    world.fakes[0].notifiable = True
    world.spoil("notify_services", CertopsError("NotifyAffectedServices was refused", code="broken"), done=True)
    result = installed(world)
    assert (result.status, result.notes) == ("changed", ("NotifyAffectedServices was refused.",))


def test_check_mode_installs_none() -> None:
    world = custom()
    result = installed(world, check_mode=True)
    assert (result.status, result.after, world.changes) == ("changed", {"renewed": True}, [])


def test_one_that_the_host_has_is_not_installed_twice() -> None:
    world = custom()
    text = signed()
    assert installed(world, text).status == "changed"
    world.spoil("install_certificate", CertopsError("It would be installed twice", code="broken"))
    again = installed(world, text)
    # It is known, and as fit as before: the host's record says that it is there.
    assert (again.status, again.reason) == ("unchanged", "it has this certificate")


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_a_lost_answer_is_looked_up(done: bool) -> None:
    world = custom()
    world.spoil("install_certificate", LOST, done=done)
    assert installed(world).status == "changed"
    assert world.count("install_certificate") == (1 if done else 2)


def test_a_certificate_that_is_unfit_changes_nothing() -> None:
    world = custom()
    result = installed(world, signed(by=authority("Nobody", number=7)))
    assert "The certificate that was signed for esx01.example.com was not installed, because" in str(result.error)
    assert world.changes == []
    assert "was not installed, because" in str(installed(world, "nonsense").error)


def test_a_host_that_may_not_have_one_says_why() -> None:
    world = custom(missing=("Certificate.Manage",))
    result = installed(world)
    assert (result.status, world.changes) == ("failed", [])


def test_one_that_is_asleep_is_passed_over() -> None:
    world = custom()
    world.fakes[0].asleep = True
    assert installed(world).status == "asleep"


def test_one_that_refuses_has_what_it_had() -> None:
    world = custom()
    world.spoil("install_certificate", CertopsError("The host refused", code="broken"))
    result = installed(world)
    assert (result.status, result.before) == ("failed", result.after)


def nothing_taken_up(world: FakeEstate) -> None:
    """Have the host take a certificate, and show it nowhere."""
    world.spoil("install_certificate", lambda: None)


def test_one_that_shows_the_old_one_on_its_port_fails() -> None:
    world = custom()
    nothing_taken_up(world)
    assert "goes on serving another on port 443" in str(installed(world).error)


def test_one_that_neither_vcenter_nor_the_port_shows_fails() -> None:
    world = custom()
    nothing_taken_up(world)
    world.fakes[0].serves = {}
    assert "neither vCenter nor its port 443 shows it" in str(installed(world).error)


def test_one_that_vcenter_shows_later_is_done_with_a_notice() -> None:
    world = custom()
    new = signed()
    world.spoil("install_certificate", lambda: on_the_port(world, new))
    result = installed(world, new)
    assert result.status == "changed"
    assert any("vCenter" in note for note in result.notes)


def on_the_port(world: FakeEstate, text: str) -> None:
    """Have the host show a certificate that vCenter does not know of."""
    host = world.hosts()[0][0]
    before = world.fakes[0].recorded
    world.install_certificate(host, text)
    world.fakes[0].recorded = before


def test_a_defect_shows_what_the_host_has_now() -> None:
    world = custom()
    world.spoil("install_certificate", AttributeError("no value"), done=True)
    result = installed(world)
    assert "An internal error in certops.vsphere stopped the step renew_custom_ca" in str(result.error)
    assert result.after != result.before


def test_a_host_without_a_certificate_is_the_users_to_mend() -> None:
    world = custom(hosts=2)
    estate = seen(world, force=True)
    orders = given_orders({NAME: signed()}, {NAME: world.request_certificate(estate.hosts[0])})
    with pytest.raises(InputError, match=f"No certificate was given for {OTHER}"):
        install_certificates(world, estate, orders, **OPTIONS, check_mode=False)


@pytest.mark.parametrize(
    ("certificate", "request_", "told"),
    [
        (key_pem().decode(), "x", "as the certificate of esx01.example.com holds a private key"),
        ("x", key_pem().decode(), "as the request of esx01.example.com holds a private key"),
        ("x", None, "was given without the request that it is for"),
        ("x", "nonsense", "The request that was given for esx01.example.com cannot be used"),
    ],
)
def test_what_cannot_be_an_order_is_refused(certificate: str, request_: Optional[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        given_orders({NAME: certificate}, {} if request_ is None else {NAME: request_})


def test_the_estate_is_only_a_view() -> None:
    # A host that is due for another reason than a date is found by the same look.
    world = custom(ends=300)
    estate = seen(world)
    due = replace(estate, hosts=tuple(replace(host, issuer="self_signed") for host in estate.hosts))
    assert asked(world, due)[0].status == "changed"
