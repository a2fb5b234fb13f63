# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VASA providers: which are IOFilter providers, and what their status means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import Provider, is_iofilter
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, PROVIDERS, TEXTS, certificate, provider
from hypothesis import given
from hypothesis import strategies as st

IOFILTER: dict[str, Any] = {
    "url": "https://esx01.example.com:9080/version.xml",
    "name": "IOFILTER Provider esx01.example.com",
    "namespace": None,
    "array_ids": (),
    "category": "internal",
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"category": None},
        {"url": "https://[2001:db8::1]:9080/VERSION.XML?x=1#y"},
        {"url": "https://esx01:9080/version.xml/"},
        {"name": "iofilter provider ESX"},
        {"name": None, "namespace": "IOFILTERS"},
        {"name": "renamed", "namespace": "iofilters"},
        {"name": "", "array_ids": ("other", "IOFILTERS:5000-1")},
    ],
)
def test_an_iofilter_provider_is_known_by_its_url_and_one_more_mark(changes: dict[str, Any]) -> None:
    assert is_iofilter(**{**IOFILTER, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"category": "external"},
        {"url": None},
        {"url": ""},
        {"url": "https://esx01:8443/version.xml"},
        {"url": "https://esx01/version.xml"},
        {"url": "https://esx01:9080/vasa.xml"},
        {"url": "https://esx01:broken/version.xml"},
        {"name": "Vendor array"},
        {"name": None},
        {"name": "VSAN Provider", "namespace": "VSAN", "array_ids": ("VSAN:1",)},
        {"name": "my IOFILTER Provider"},
    ],
)
def test_another_provider_is_never_taken_for_one(changes: dict[str, Any]) -> None:
    assert not is_iofilter(**{**IOFILTER, **changes})


@pytest.mark.parametrize(
    ("status", "online"),
    [
        *(("online", True), ("connected", True)),
        *(("offline", False), ("syncError", False), ("unknown", False), ("disconnected", False)),
        *((None, None), ("", None), ("ONLINE", None), ("somethingNew", None)),
    ],
)
def test_only_a_listed_status_says_whether_it_is_online(status: Optional[str], online: Optional[bool]) -> None:
    assert provider(None, status).online is online


def test_facts_show_it() -> None:
    remembered = certificate(10)
    assert provider(remembered).to_facts(NOW) == {
        "provider_uid": "uid-1",
        "name": "IOFILTER Provider esx01.example.com",
        "url": "https://esx01.example.com:9080/version.xml",
        "status": "online",
        "status_fault": None,
        "certificate": remembered.to_facts(NOW),
        "certificate_expires_at": "2026-03-11T02:00:00Z",
        "certificate_status": "valid",
        "vasa_version": None,
        "last_sync": None,
        "retains_certificate": None,
    }


@given(PROVIDERS)
def test_facts_are_read_as_they_were_shown(one: Provider) -> None:
    assert Provider.from_facts(one.to_facts(NOW)) == one


def test_facts_with_a_uid_alone_are_a_provider() -> None:
    assert Provider.from_facts({"provider_uid": "u"}) == Provider("u", "", "")
    assert Provider.from_facts({"provider_uid": 7, "status": 1, "certificate": {}}) == replace(Provider("7", "", ""), status="1")


@pytest.mark.parametrize("facts", [{}, {"provider_uid": None}, {"provider_uid": "u", "certificate_expires_at": "soon"}])
def test_facts_that_are_no_provider_are_refused(facts: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Provider.from_facts(facts)


OPTIONAL = st.none() | TEXTS | st.text(max_size=40)


@given(OPTIONAL, OPTIONAL, OPTIONAL, st.lists(TEXTS, max_size=2).map(tuple), st.sampled_from(["internal", "external", "", None]))
def test_no_provider_info_makes_it_raise(url: Any, name: Any, namespace: Any, array_ids: Any, category: Any) -> None:
    is_iofilter(url=url, name=name, namespace=namespace, array_ids=array_ids, category=category)
    is_iofilter(url=f"https://{url}:9080/version.xml", name=name, namespace=namespace, array_ids=array_ids, category=category)
