# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The security token service, asked as the collection asks it, and by hand."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, NotOffered
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest.appliance import Appliance
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.module_utils._wire.tls import client_context
from vsphere_sim.testing import RunningEstate

EVERY_GROUP = {"administrators", "everyone", "systemconfiguration.administrators"}


def rest(running: RunningEstate, **account: str) -> Appliance:
    """The REST API of its vCenter, for an account."""
    vcenter = running.vcenter("vc01")
    given = {"username": vcenter.username, "password": vcenter.password, **account}
    connection = Connection(vcenter.address, port=vcenter.port, ca_path=str(running.ca_path), **given)
    return Appliance(connection, client_context(connection), lambda: None)


def test_an_account_has_its_groups(demo: RunningEstate) -> None:
    assert rest(demo).groups() == EVERY_GROUP
    demo.set("account", vcenter="vc01", username="few@vsphere.local", privileges=["StorageViews.View"])
    few = {"username": "few@vsphere.local", "password": demo.vcenter("vc01").password}
    assert rest(demo, **few).groups() == {"everyone"}
    demo.set("account", vcenter="vc01", username="few@vsphere.local", privileges=[], groups=["A & B <c>"])
    assert rest(demo, **few).groups() == {"a & b <c>"}


def test_a_wrong_password_is_told_as_that(demo: RunningEstate) -> None:
    with pytest.raises(CertopsError, match="FailedAuthentication Invalid credentials") as caught:
        rest(demo, password="<wrong> & so").groups()
    assert "wrong" not in str(caught.value)


def test_where_there_is_none_or_it_names_none_they_are_not_told(demo: RunningEstate) -> None:
    try:
        for kind, told in (("missing", "there is no security token service"), ("no_groups", "names no groups")):
            demo.set("vcenter", vcenter="vc01", sts=kind)
            with pytest.raises(NotOffered, match=told):
                rest(demo).groups()
    finally:
        demo.set("vcenter", vcenter="vc01", sts="groups")


def test_what_is_no_request_is_refused(demo: RunningEstate) -> None:
    vcenter = demo.vcenter("vc01")
    context = ssl.create_default_context(cafile=str(demo.ca_path))
    url = f"https://{vcenter.address}:{vcenter.port}/sts/STSService/vsphere.local"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(url, b"<a/>", {"Content-Type": "text/xml"}), context=context)  # noqa: S310
    assert caught.value.code == 500
    assert b"InvalidRequest" in caught.value.read()
