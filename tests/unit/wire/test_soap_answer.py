# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An answer is an envelope with this method's response or with a fault; what else comes is none. With each pyVmomi that is supported."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import properties
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.faults import describe, translate
from ansible_collections.certops.vsphere.plugins.module_utils._wire.answer_errors import NotAnAnswer, UnreadableByPyvmomi
from ansible_collections.certops.vsphere.plugins.module_utils._wire.soap_answer import LONGEST_TEXT, parse
from pyVmomi import sms, vim, vmodl

PAGE = b"<html><head><title>Sorry</title></head><body><p>Back soon.</p></body></html>"
VIM = "urn:vim25"
SMS = "urn:sms"
# Each as this product calls it: a value that must be, one that may be missing, a list, none at all, a property.
METHODS = {
    "CurrentTime": vim.ServiceInstance.CurrentTime.info,
    "Login": vim.SessionManager.Login.info,
    "RetrievePropertiesEx": vmodl.query.PropertyCollector.RetrievePropertiesEx.info,
    "HasPrivilegeOnEntities": vim.AuthorizationManager.HasPrivilegeOnEntities.info,
    "QueryOptions": vim.option.OptionManager.QueryOptions.info,
    "QueryProvider": sms.StorageManager.QueryProvider.info,
    "QueryProviderInfo": sms.provider.VasaProvider.QueryProviderInfo.info,
    "Logout": vim.SessionManager.Logout.info,
    "DisconnectHost_Task": vim.HostSystem.DisconnectHost_Task.info,
    "UnregisterProvider_Task": sms.StorageManager.UnregisterProvider_Task.info,
    "Fetch": SimpleNamespace(wsdlName="Fetch", result=vim.option.OptionDef.Array, resultFlags=4),
}


class Stub:
    """What pyVmomi's parsing asks a stub for."""

    version = "vim.version.version12"
    server_version = "99.2.0.0"

    def SupportServerGUIDs(self) -> bool:
        return False


class SmsStub(Stub):
    version = "sms.version.version14"


def envelope(content: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"'
        ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<soapenv:Header><operationID>1</operationID></soapenv:Header>\n'
        f"<soapenv:Body>\n{content}\n</soapenv:Body>\n</soapenv:Envelope>"
    ).encode()


def response(method: str, content: str, namespace: str = VIM) -> bytes:
    return envelope(f'<{method}Response xmlns="{namespace}">{content}</{method}Response>')


def fault(kind: str, content: str = "", text: str = "The words.") -> bytes:
    return envelope(
        "<soapenv:Fault><faultcode>ServerFaultCode</faultcode>"
        f'<faultstring>{text}</faultstring><detail><{kind}Fault xmlns="{VIM}" xsi:type="{kind}">{content}</{kind}Fault></detail></soapenv:Fault>'
    )


def read(method: str, body: bytes, status: int = 200) -> Any:
    return parse(SmsStub() if "Provider" in method else Stub(), METHODS[method], status, body)


NONE = {
    "a page": PAGE,
    "a page of HTML 5": b"<!DOCTYPE html>\n<html><body><br>Back soon.</body></html>",
    "other XML": b"<a/>",
    "nothing": b"",
    "blanks": b" \r\n",
    "text": b"Bad gateway",
    "an empty envelope": envelope(""),
    "an envelope of another kind": envelope("").replace(b"schemas.xmlsoap.org/soap/envelope", b"www.w3.org/2003/05/soap-envelope"),
    "another encoding": envelope("").replace(b'"UTF-8"', b'"EUC-JP"'),
    "an encoding that is none": envelope("").replace(b'"UTF-8"', b'"klingon"'),
    "an envelope without a body": b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/>',
    "the answer to another call": response("RetrieveServiceContent", "<returnval/>"),
    "an answer in a header": envelope("").replace(b"operationID", b"QueryProviderResponse"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", NONE.values(), ids=NONE)
@pytest.mark.parametrize("status", [200, 500])
def test_what_holds_no_answer_is_as_a_lost_answer(method: str, body: bytes, status: int) -> None:
    with pytest.raises(NotAnAnswer) as caught:
        read(method, body, status)
    assert isinstance(translate(caught.value, "Reading"), TransientError)
    assert ("HTTP 500" in str(caught.value)) == (status == 500)


@pytest.mark.parametrize("method", METHODS)
def test_an_answer_that_breaks_off_is_none_wherever_it_does(method: str) -> None:
    body = fault("InvalidState")
    for end in range(len(body) - 1):
        with pytest.raises(NotAnAnswer):
            read(method, body[:end])


@pytest.mark.parametrize("method", ["CurrentTime", "Login", "QueryProviderInfo", "DisconnectHost_Task", "UnregisterProvider_Task"])
def test_a_value_that_must_be_there_is(method: str) -> None:
    with pytest.raises(NotAnAnswer, match="without the value"):
        read(method, response(method, ""))


@pytest.mark.parametrize(
    ("method", "value"), [("QueryProvider", []), ("HasPrivilegeOnEntities", []), ("RetrievePropertiesEx", None), ("Logout", None)]
)
def test_nothing_may_be_the_answer(method: str, value: Any) -> None:
    assert read(method, response(method, "")) == value


def test_an_answer_is_read_whoever_writes_its_namespaces() -> None:
    body = response("QueryProvider", '<returnval type="VasaProvider">provider-1</returnval>', SMS)
    assert [one._GetMoId() for one in read("QueryProvider", body)] == ["provider-1"]
    assert [one._GetMoId() for one in read("QueryProvider", body.replace(b"soapenv", b"SOAP-ENV"))] == ["provider-1"]


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("method", METHODS)
def test_a_fault_is_a_fault_whatever_the_status(method: str, status: int) -> None:
    with pytest.raises(vim.fault.InvalidState, match="The words") as caught:
        read(method, fault("InvalidState"), status)
    assert describe(caught.value) == "InvalidState: The words."


def test_a_fault_without_a_detail_is_one() -> None:
    body = envelope("<soapenv:Fault><faultcode>x</faultcode><faultstring>Out of order</faultstring></soapenv:Fault>")
    with pytest.raises(vmodl.RuntimeFault) as caught:
        read("Login", body, 500)
    assert describe(caught.value) == "RuntimeFault: Out of order"


def test_a_fault_of_a_type_that_pyvmomi_does_not_know_is_one_by_its_name() -> None:
    body = fault("QuantumStateMismatch", "<depth>3</depth><faultCause><fault xsi:type='AlsoNew'/></faultCause>")
    with pytest.raises(vmodl.MethodFault) as caught:
        read("DisconnectHost_Task", body, 500)
    assert describe(caught.value) == "QuantumStateMismatch: The words."


def test_a_status_of_failure_with_an_answer_is_none() -> None:
    with pytest.raises(NotAnAnswer, match="HTTP 500 with an answer that is no fault"):
        read("QueryProvider", response("QueryProvider", "", SMS), 500)


INFO = (
    '<returnval xsi:type="VasaProviderInfo"><uid>u1</uid><name>n</name><url>https://h:9080/version.xml</url>'
    "<status>%s</status><certificateStatus>valid</certificateStatus>%s</returnval>"
)


def test_a_type_that_pyvmomi_does_not_know_makes_an_answer_unreadable_by_name() -> None:
    option = "<returnval xsi:type='OptionValue'><key>k</key><value xsi:type='%s'>1</value></returnval>"
    with pytest.raises(UnreadableByPyvmomi) as caught:
        read("QueryOptions", response("QueryOptions", option % "xsd:int" + option % "Quantity"))
    assert str(caught.value) == "the type 'Quantity' in the answer to QueryOptions"
    told = str(translate(caught.value, "Reading the settings", server="vc01"))
    assert "is older than vc01 (API version 99.2.0.0) and does not know the type 'Quantity'" in told
    assert "pip install 'pyvmomi>=99.2'" in told


@pytest.mark.parametrize("field", ["<novelty>1</novelty>", "<novelty xsi:type='New'><a><b>1</b></a></novelty>"])
def test_a_field_that_pyvmomi_does_not_know_is_passed_over(field: str) -> None:
    info = read("QueryProviderInfo", response("QueryProviderInfo", INFO % ("online", field), SMS))
    assert (info.uid, info.status, info.certificateStatus) == ("u1", "online", "valid")


def one_host(number: int, state: str, more: str = "") -> str:
    return (
        f'<objects><obj type="HostSystem">host-{number}</obj>'
        f'<propSet><name>name</name><val xsi:type="xsd:string">esx0{number}</val></propSet>'
        f'<propSet><name>runtime.connectionState</name><val xsi:type="HostSystemConnectionState">{state}</val></propSet>{more}</objects>'
    )


def hosts(*objects: str) -> list[properties.ObjectProperties]:
    body = response("RetrievePropertiesEx", f"<returnval><token>t</token>{''.join(objects)}</returnval>")
    answer = read("RetrievePropertiesEx", body)
    assert answer.token == "t"
    return [properties._reduce(content) for content in answer.objects]


UNKNOWN = {
    "value": (
        "runtime.standbyMode",
        "<val xsi:type='HostStandbyMode'>hibernating</val>",
        "the value 'hibernating' of HostStandbyMode",
    ),
    "type": ("config.lockdownMode", "<val xsi:type='HostLockdownModeTwo'>strict</val>", "the type 'HostLockdownModeTwo'"),
    "number": ("summary.quickStats.uptime", "<val xsi:type='xsd:int'>many</val>", "the value 'many'"),
    "inner value": (
        "config.network.vnic",
        "<val xsi:type='ArrayOfHostVirtualNic'><HostVirtualNic><device>vmk0</device><spec><ip><dhcp>perhaps</dhcp></ip></spec>"
        "</HostVirtualNic></val>",
        "the value 'perhaps'",
    ),
    "reference": (
        "parent",
        "<val type='VirtualFolder' xsi:type='ManagedObjectReference'>f-1</val>",
        "the type 'ManagedObjectReference'",
    ),
}


@pytest.mark.parametrize(("path", "value", "named"), UNKNOWN.values(), ids=UNKNOWN)
def test_one_property_that_pyvmomi_does_not_know_is_unavailable_and_named_and_no_other_is_lost(
    path: str, value: str, named: str
) -> None:
    odd = one_host(2, "connected", f"<propSet><name>{path}</name>{value}</propSet>")
    found = hosts(one_host(1, "connected"), odd, one_host(3, "notResponding"))
    assert [one.values for one in found] == [
        {"name": f"esx0{number}", "runtime.connectionState": state}
        for number, state in ((1, "connected"), (2, "connected"), (3, "notResponding"))
    ]
    assert [list(one.unreadable) for one in found] == [[], [path], []]
    reason = found[1].unreadable[path]
    assert f"does not know {named}; install pyvmomi 99.2 or newer" in reason
    assert "older than the vCenter (API version 99.2.0.0)" in reason


def test_a_missing_property_with_a_fault_that_pyvmomi_does_not_know_is_unavailable_by_that_name() -> None:
    missing = (
        "<missingSet><path>config</path><fault><fault xsi:type='HostAsleep'><since>1</since></fault>"
        "<localizedMessage>It sleeps.</localizedMessage></fault></missingSet>"
    )
    (found,) = hosts(one_host(1, "connected", missing))
    assert found.values["runtime.connectionState"] == "connected"
    assert found.unreadable == {"config": "HostAsleep: It sleeps."}


def test_a_property_whose_value_is_a_fault_is_unavailable() -> None:
    value = (
        "<propSet><name>config.certificate</name><val xsi:type='LocalizedMethodFault'><fault xsi:type='NoPermission'>"
        "<object type='Folder'>group-d1</object><privilegeId>System.Read</privilegeId></fault></val></propSet>"
    )
    (found,) = hosts(one_host(1, "connected", value))
    assert "config.certificate" not in found.values
    assert found.unreadable == {"config.certificate": "NoPermission (privilege System.Read)"}


def test_the_error_of_a_task_is_a_value() -> None:
    value = (
        "<propSet><name>info.error</name><val xsi:type='LocalizedMethodFault'><fault xsi:type='TaskUnheardOf'/>"
        "<localizedMessage>No.</localizedMessage></val></propSet>"
    )
    (found,) = hosts(one_host(1, "connected", value))
    assert describe(found.values["info.error"]) == "TaskUnheardOf: No."


@pytest.mark.parametrize("before", ["", "<!-- x -->"])
def test_a_text_without_end_is_refused(before: str) -> None:
    text = before.join(["x" * (LONGEST_TEXT // 2 + 1)] * 2)
    with pytest.raises(NotAnAnswer, match="a text without end"):
        read("QueryProviderInfo", response("QueryProviderInfo", (INFO % ("online", "")).replace("u1", text), SMS))
    with pytest.raises(NotAnAnswer, match="a text without end"):
        read("QueryProviderInfo", fault("InvalidState", text=text))
