# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy on the way to a vCenter: its account, what fails there, and which setting counts."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import (
    Definition,
    Result,
    carry_out,
    unread_proxy,
    whole_spec,
    without,
)
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import silent
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.module_utils._wire.proxy import ProxyError, through_proxy, tunnel_headers
from ansible_collections.certops.vsphere.plugins.module_utils._wire.timed_connection import TimedConnection
from ansible_collections.certops.vsphere.plugins.module_utils._wire.tls import client_context
from ansible_collections.certops.vsphere.tests.unit.connect_proxy import connect_proxy

DIRECT = Connection("vc01", "reader", "canary")
PROXIED = replace(DIRECT, proxy_host="proxy", proxy_port=3128)
KNOWN = replace(PROXIED, proxy_username="alice", proxy_password="pässword")


def test_an_account_is_sent_to_the_proxy_only_where_there_is_one() -> None:
    assert tunnel_headers(DIRECT) == tunnel_headers(PROXIED) == {}
    assert tunnel_headers(KNOWN) == {"Proxy-Authorization": "Basic YWxpY2U6cMOkc3N3b3Jk"}


def test_no_password_is_shown_by_what_holds_it() -> None:
    assert "canary" not in repr(KNOWN)
    assert "pässword" not in repr(KNOWN)


@pytest.mark.parametrize(
    ("account", "given", "status"),
    [("alice:pw", None, 407), ("alice:pw", ("alice", "another"), 407), ("alice:pw", ("alice", "pw"), 502), (None, None, 502)],
)
def test_a_connection_uses_the_proxys_account_and_tells_what_it_answered(
    account: Optional[str], given: Optional[tuple[str, str]], status: int
) -> None:
    with connect_proxy(account) as proxy:
        # Behind it nothing listens.
        connection = replace(
            DIRECT, hostname="127.0.0.1", port=1, validate_certs=False, proxy_host="127.0.0.1", proxy_port=proxy.port
        )
        if given is not None:
            connection = replace(connection, proxy_username=given[0], proxy_password=given[1])
        client = TimedConnection(connection, client_context(connection), Deadline(20))
        with pytest.raises(ProxyError) as caught:
            client.request("GET", "/sdk/vimServiceVersions.xml")
        assert (caught.value.status, caught.value.wants_account) == (status, status == 407)
        assert caught.value.proxy == f"127.0.0.1:{proxy.port}"
        assert proxy.asked[0].startswith("CONNECT 127.0.0.1:1 ")


def test_a_proxy_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    connection = replace(DIRECT, proxy_host="127.0.0.1", proxy_port=port)
    with pytest.raises(ProxyError, match="refused") as caught:
        TimedConnection(connection, client_context(connection), Deadline(20)).connect()
    assert caught.value.status is None


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (OSError("Tunnel connection failed: 407 Proxy Authentication Required"), 407, "HTTP 407 Proxy Authentication Required"),
        (OSError("Tunnel connection failed: 503"), 503, "HTTP 503"),
        (ConnectionRefusedError(111, "Connection refused"), None, "Connection refused"),
        (socket.gaierror(-2, "Name or service not known"), None, "Name or service not known"),
    ],
)
def test_what_fails_before_the_tunnel_is_there_is_the_proxys(raised: OSError, status: int, said: str) -> None:
    with pytest.raises(ProxyError) as caught, through_proxy(KNOWN):
        raise raised
    assert (caught.value.proxy, caught.value.status, caught.value.said) == ("proxy:3128", status, said)


@pytest.mark.parametrize("raised", [ssl.SSLError("x"), TimeoutError("x"), ValueError("x")])
def test_what_is_not_the_proxys_passes(raised: Exception) -> None:
    with pytest.raises(type(raised)) as caught, through_proxy(KNOWN):
        raise raised
    assert caught.value is raised


def test_without_a_proxy_all_passes() -> None:
    with pytest.raises(ConnectionRefusedError), through_proxy(DIRECT):
        raise ConnectionRefusedError


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"proxy_username": "alice", "proxy_password": "canary"},
            "certops_vcenter_proxy_username (the option proxy_username) is set without certops_vcenter_proxy_host",
        ),
        ({"proxy_host": "p", "proxy_port": 1, "proxy_username": "alice"}, "proxy_username and proxy_password) need each other"),
        ({"proxy_host": "p", "proxy_port": 1, "proxy_password": "canary"}, "proxy_username and proxy_password) need each other"),
        ({"proxy_host": "p", "proxy_port": 1, "proxy_username": "a:b", "proxy_password": "canary"}, "contains a colon"),
        (
            {"proxy_host": "http://alice:canary@proxy:3128", "proxy_port": 3128},
            "certops_vcenter_proxy_host (the option proxy_host) contains an account",
        ),
        (
            {"proxy_host": "alice:canary@proxy", "proxy_port": 3128},
            "Give the name or the address alone, and the account as proxy_username",
        ),
        ({"hostname": "https://alice:canary@vc01"}, "certops_vcenter_hostname (the option hostname) contains an account"),
    ],
)
def test_an_account_that_cannot_be_used_is_refused_and_not_shown(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=re.escape(told)) as caught:
        replace(DIRECT, **changed).check()
    assert "canary" not in str(caught.value)


def test_an_account_in_a_proxys_name_is_hidden_wherever_the_options_are_shown() -> None:
    definition = Definition({}, lambda *_given: Result())
    options: dict[str, Any] = dict.fromkeys(whole_spec({}), None)
    options.update(hostname="vc01", username="u", password="p", port=443, request_timeout_seconds=60.0, validate_certs=False)
    options.update(proxy_host="http://alice:canary@proxy", proxy_port=3128)
    secrets = {"p"}
    answer = carry_out(definition, options, secrets, check_mode=False, diff=False, tell=silent)
    assert "contains an account" in str(answer.failure)
    assert {"http://alice:canary@proxy", "alice:canary"} <= secrets


def test_the_proxys_account_is_hidden_as_http_writes_it() -> None:
    account = tunnel_headers(KNOWN)["Proxy-Authorization"]

    def work(*_given: Any) -> Result:
        raise AssertionError("unreachable")

    def check(_options: Any) -> None:
        raise InputError(f"The proxy says that {account} is nobody", code="broken")

    options: dict[str, Any] = dict.fromkeys(whole_spec({}), None)
    options.update(
        hostname="vc01", username="reader", password="canary", port=443, request_timeout_seconds=60.0, validate_certs=False
    )
    options.update(proxy_host="proxy", proxy_port=3128, proxy_username="alice", proxy_password="pässword")
    secrets = {"canary", "pässword"}
    answer = carry_out(Definition({}, work, check=check), options, secrets, check_mode=False, diff=False, tell=silent)
    assert account in str(answer.failure)
    assert "YWxpY2U6cMOkc3N3b3Jk" not in str(without(secrets, str(answer.failure)))


@pytest.mark.parametrize(
    ("environment", "options", "named"),
    [
        ({"HTTPS_PROXY": "http://proxy:3128"}, {}, "HTTPS_PROXY"),
        ({"https_proxy": "http://user:canary@proxy:3128"}, {}, "HTTPS_PROXY"),
        ({"ALL_PROXY": "http://proxy:3128"}, {}, "ALL_PROXY"),
        ({"HTTP_PROXY": "http://proxy:3128"}, {}, ""),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": ".example.com"}, {}, ""),
        ({"HTTPS_PROXY": "http://proxy:3128"}, {"proxy_host": "proxy"}, ""),
        ({}, {}, ""),
    ],
)
def test_a_proxy_of_the_environment_is_said_not_to_be_read(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], options: dict[str, Any], named: str
) -> None:
    for kind in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{kind}_proxy", raising=False)
        monkeypatch.delenv(f"{kind}_proxy".upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    warnings = unread_proxy({"hostname": "vc01.example.com", "proxy_host": None, **options})
    assert [text.partition(" ")[0] for text in warnings] == ([named] if named else [])
    # The same for all vCenters, so that Ansible shows it once.
    assert not any("vc01" in text or "canary" in text for text in warnings)
