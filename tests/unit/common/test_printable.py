# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of others is shown as it is and does nothing: where it is made printable, and that it enters nowhere without."""

from __future__ import annotations

import json
import unicodedata
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import CertificateError, parse
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, reason
from ansible_collections.certops.vsphere.plugins.module_utils._common.printable import (
    is_printable,
    on_one_line,
    printable,
    printable_parts,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import Output
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import faults, hosts, providers
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.properties import ObjectProperties
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest import answers, shapes
from ansible_collections.certops.vsphere.plugins.module_utils._wire.pyvmomi_library import vim
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW, make, pem
from hypothesis import given
from hypothesis import strategies as st

# A line of its own, colours by ESC and by C1, and a name that is shown backwards.
HOSTILE = "x\x1b[32m\x9b32m\r\nok: [vc01]\u2028\u202emoc\x00"
SHOWN = "x\\x1b[32m\\x9b32m\\r\\nok: [vc01]\\u2028\\u202emoc\\x00"


def test_control_characters_are_escapes_that_can_be_read() -> None:
    assert printable(HOSTILE) == SHOWN
    assert on_one_line(" a \n b\t\x1b ") == "a b \\x1b"


@given(st.text())
def test_nothing_that_acts_is_left_and_nothing_else_is_changed(text: str) -> None:
    shown = printable(text)
    assert is_printable(shown)
    shown.encode("utf-8")
    assert printable(shown) == shown
    acting = {"Cc", "Zl", "Zp", "Cs"}
    kept = [letter for letter in text if unicodedata.category(letter) not in acting and is_printable(letter)]
    assert [letter for letter in kept if letter not in shown] == []
    assert not any(unicodedata.category(letter) in acting for letter in shown)
    assert not any(
        unicodedata.bidirectional(letter) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"} for letter in shown
    )


@pytest.mark.parametrize(
    "text", ["esx01.example.com", "Düsseldorf", "東京\u3000一", "a\u00a0b", "\U0001f468\u200d\U0001f469", "\\x1b", ""]
)
def test_what_can_be_shown_stays(text: str) -> None:
    assert printable(text) == text


def test_parts_of_a_value_are_made_printable_its_keys_too() -> None:
    assert printable_parts({"a\x1b": ["b\x9b", ("c", 1, None, True, 2.5)]}) == {"a\\x1b": ["b\\x9b", ["c", 1, None, True, 2.5]]}


# Where it enters.


def test_an_error_is_one_line_whatever_is_told_in_it() -> None:
    assert is_printable(str(CertopsError(HOSTILE, code="broken", vsphere_fault=HOSTILE, remedy=HOSTILE)))
    assert is_printable(reason(KeyError(HOSTILE)))
    assert is_printable(reason(ValueError(HOSTILE)))


def test_a_certificate_says_what_can_be_printed() -> None:
    shown = parse(pem(make(HOSTILE, names=()))).to_facts(NOW)
    assert shown["subject"].startswith(r"CN=x\x1b[32m\x9b32m")
    assert shown["names"] == [SHOWN]
    assert all(is_printable(str(value)) for value in shown.values())


def test_what_is_no_certificate_is_told_printably() -> None:
    with pytest.raises(CertificateError) as caught:
        parse(f"-----BEGIN CERTIFICATE-----\n{HOSTILE}\n-----END CERTIFICATE-----")
    assert is_printable(str(caught.value))


def test_a_fault_is_told_printably() -> None:
    fault = vim.fault.InvalidState(msg=HOSTILE)
    assert faults.describe(fault).startswith(r"InvalidState: x\x1b[32m\x9b32m ok: [vc01]")
    assert is_printable(faults.describe(fault))
    assert is_printable(str(faults.translate(fault, "Trying")))


def test_a_rest_answer_is_told_printably() -> None:
    body = json.dumps({"messages": [{"default_message": HOSTILE}]}).encode()
    assert is_printable(str(answers.error_of(500, body, "Reading", ())))
    assert is_printable(str(shapes.shown({"state": HOSTILE}, "state")))


def test_what_a_host_said_over_ssh_is_told_printably() -> None:
    assert is_printable(Output(1, "", HOSTILE).said)


class _Managed(vim.HostSystem):
    def __init__(self) -> None:
        super().__init__("host-7", None)


def _host(**values: Any) -> EsxiHost:
    return hosts.host_seen(ObjectProperties(_Managed(), values), {})[0]


def test_a_host_is_shown_by_a_name_that_can_be_printed_and_known_by_the_one_it_has() -> None:
    found = _host(name=HOSTILE)
    assert (found.name, found.moid) == (SHOWN, "host-7")
    assert found.exact_name is not None
    assert json.loads(found.exact_name) == HOSTILE
    assert found.exact_name.isascii()
    assert EsxiHost.from_facts(found.to_facts(NOW)) == found
    assert _host(name="esx01").exact_name is None


def test_all_texts_of_a_host_can_be_printed() -> None:
    found = hosts.host_seen(
        ObjectProperties(
            _Managed(),
            {
                "name": "esx01",
                "runtime.connectionState": HOSTILE,
                "config.lockdownMode": HOSTILE,
                "summary.config.sslThumbprint": HOSTILE,
                "summary.config.product.version": HOSTILE,
                "config.network.vnic": [
                    SimpleNamespace(device="vmk0", spec=SimpleNamespace(ip=SimpleNamespace(ipAddress=HOSTILE)))
                ],
                "parent": vim.ClusterComputeResource("domain-c1", None),
            },
        ),
        {
            "domain-c1": ObjectProperties(None, {"name": HOSTILE, "parent": vim.Datacenter("datacenter-1", None)}),
            "datacenter-1": ObjectProperties(None, {"name": HOSTILE}),
        },
    )[0]
    assert (found.cluster, found.datacenter, found.version, found.addresses) == (SHOWN, SHOWN, SHOWN, (SHOWN,))
    assert all(is_printable(str(value)) for value in found.to_facts(NOW).values())


PROVIDER = {
    "uid": "uid-1",
    "name": "IOFILTER Provider esx01",
    "url": "https://esx01.example.com:9080/version.xml",
    "namespace": "IOFILTERS",
}


class _Sms:
    """A session whose SMS tells this of its one provider."""

    sms_instance = SimpleNamespace(_stub=None)

    def __init__(self, **info: Any) -> None:
        self._info = SimpleNamespace(**{**PROVIDER, **info})

    def read(self, _what: str, _call: Any) -> Any:
        return self._info


REFERENCE = SimpleNamespace(_GetMoId=lambda: "p-1")


def test_a_provider_is_told_printably() -> None:
    texts = dict.fromkeys(("status", "certificateStatus", "vasaVersion", "lastSyncTime"), HOSTILE)
    found = providers._read_one(_Sms(name=f"IOFILTER Provider {HOSTILE}", **texts), REFERENCE, providers._Patience())
    assert found.provider.name == f"IOFILTER Provider {SHOWN}"
    assert all(is_printable(str(value)) for value in found.provider.to_facts(NOW).values())


@pytest.mark.parametrize("key", ["uid", "url"])
def test_a_provider_that_is_identified_by_what_cannot_be_shown_is_not_touched(key: str) -> None:
    found = providers._read_one(_Sms(**{key: PROVIDER[key].replace("1", "\x1b1", 1)}), REFERENCE, providers._Patience())
    assert (found.what, found.subject, found.reason) == (
        "provider",
        PROVIDER["name"],
        "its uid or its url holds control characters",
    )
