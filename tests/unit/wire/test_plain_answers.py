# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An answer that is read without pyVmomi's parser has the values that pyVmomi gives, field by field; whatever is unusual is left to it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Optional
from xml.sax.saxutils import escape

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._wire import plain_answers, soap_answer
from ansible_collections.certops.vsphere.plugins.module_utils._wire.pyvmomi_library import DataObject, ManagedObject, sms, vmodl
from ansible_collections.certops.vsphere.plugins.module_utils._wire.soap_answer import _Deserializer, _Reader
from hypothesis import given
from hypothesis import strategies as st

from .test_soap_answer import METHODS, SmsStub, Stub, response

STUBS = {"QueryProviderInfo": SmsStub(), "RetrievePropertiesEx": Stub(), "ContinueRetrievePropertiesEx": Stub()}
CONTINUE = "ContinueRetrievePropertiesEx"
KNOWN = {**METHODS, CONTINUE: vmodl.query.PropertyCollector.ContinueRetrievePropertiesEx.info}
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff\r"), max_size=12)
BOOL = st.sampled_from(["true", "false", "1", "0"])
TIME = st.datetimes().map(lambda one: one.isoformat() + "Z")


def by_pyvmomi(method: str, body: bytes) -> Any:
    """What its parser makes of an answer."""
    stub = STUBS[method]
    return _Reader(stub, method, _Deserializer(stub)).read(body, KNOWN[method].result)


def plain(method: str, body: bytes, status: int = 200) -> Optional[Any]:
    """What is read without it."""
    return plain_answers.read(STUBS[method], method, status, body)


def assert_same(ours: Any, theirs: Any) -> None:
    """Field by field; a field that ours lacks is missed where it has a value."""
    if isinstance(theirs, DataObject):
        assert isinstance(ours, SimpleNamespace)
        names = [info.name for info in theirs._GetPropertyList()]
        for name in names:
            if hasattr(ours, name):
                assert_same(getattr(ours, name), getattr(theirs, name))
            else:
                assert not getattr(theirs, name), name
        assert set(vars(ours)) <= set(names)
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_same(one, other)
    elif isinstance(theirs, str):
        # Names of properties are of a type of their own.
        assert (ours, isinstance(ours, str)) == (theirs, True)
    elif isinstance(theirs, ManagedObject):
        assert (ours, ours._stub) == (theirs, theirs._stub)
    else:
        assert (ours, type(ours)) == (theirs, type(theirs))


def element(name: str, text: Optional[str], attributes: str = "") -> str:
    return "" if text is None else f"<{name}{attributes}>{escape(text)}</{name}>"


@st.composite
def provider_infos(draw: st.DrawFn) -> str:
    """A VasaProviderInfo as SMS writes it, with any of its fields."""
    texts = (
        "uid",
        "name",
        "description",
        "version",
        "url",
        "certificate",
        "vasaVersion",
        "namespace",
        "certificateExpiryDate",
        "providerId",
    )
    fields = [element(name, draw(st.none() | TEXT)) for name in texts]
    statuses = [
        one for one in vars(sms.provider.VasaProviderInfo.VasaProviderStatus).values() if isinstance(one, str) and one.isalpha()
    ]
    fields.append(element("status", draw(st.none() | st.sampled_from(["online", "offline", *statuses]))))
    fields.append(element("lastSyncTime", draw(st.none() | TIME)))
    fields.append(element("retainVasaProviderCertificate", draw(st.none() | BOOL)))
    for array in draw(st.lists(TEXT, max_size=2)):
        inside = (
            element("arrayId", array) + element("active", draw(BOOL)) + element("manageable", draw(BOOL)) + element("priority", "1")
        )
        fields.append(f"<relatedStorageArray>{inside}</relatedStorageArray>")
    return "".join(draw(st.permutations(fields)))


@given(provider_infos())
def test_the_information_on_a_provider_is_as_pyvmomi_reads_it(fields: str) -> None:
    body = response("QueryProviderInfo", f'<returnval xsi:type="VasaProviderInfo">{fields}</returnval>', "urn:sms")
    try:
        theirs = by_pyvmomi("QueryProviderInfo", body)
    except (AttributeError, TypeError):
        assert plain("QueryProviderInfo", body) is None
        return
    assert_same(plain("QueryProviderInfo", body), theirs)


VALUES = {
    "xsd:string": TEXT,
    "xsd:boolean": BOOL,
    "xsd:int": st.integers(-(2**31), 2**31 - 1).map(str),
    "xsd:long": st.integers(-(2**63), 2**63 - 1).map(str),
    "xsd:dateTime": TIME,
    "xsd:base64Binary": st.sampled_from(["", "QUJD", "AAEC/w=="]),
    "HostSystemConnectionState": st.sampled_from(["connected", "disconnected", "notResponding"]),
}


@st.composite
def properties(draw: st.DrawFn) -> str:
    """A property of any of the kinds that are read."""
    name = element("name", draw(TEXT))
    kind = draw(st.sampled_from([*VALUES, "reference", "vnics", "alarms", "summary"]))
    if kind == "reference":
        value = '<val type="ClusterComputeResource" xsi:type="ManagedObjectReference">domain-c1</val>'
    elif kind == "vnics":
        inside = "".join(
            f"<HostVirtualNic>{element('device', draw(TEXT))}<key>k</key><portgroup/><spec><ip>{element('dhcp', draw(BOOL))}"
            f"{element('ipAddress', draw(st.none() | TEXT))}</ip>{element('mtu', draw(st.none() | st.just('1500')))}</spec></HostVirtualNic>"
            for _nic in range(draw(st.integers(0, 2)))
        )
        value = f'<val xsi:type="ArrayOfHostVirtualNic">{inside}</val>'
    elif kind == "alarms":
        inside = (
            '<AlarmState><key>k</key><entity type="HostSystem">host-1</entity><alarm type="Alarm">alarm-1</alarm><overallStatus>red</overallStatus>'
            f"{element('time', draw(TIME))}{element('acknowledged', draw(st.none() | BOOL))}</AlarmState>"
        )
        value = f'<val xsi:type="ArrayOfAlarmState">{inside}</val>'
    elif kind == "summary":
        value = f'<val xsi:type="HostListSummaryQuickStats">{element("uptime", draw(st.none() | st.just("77")))}</val>'
    else:
        value = element("val", draw(VALUES[kind]), f' xsi:type="{kind}"')
    return f"<propSet>{name}{value}</propSet>"


@given(
    st.lists(st.lists(properties(), max_size=3), max_size=3), st.none() | TEXT, st.sampled_from(["RetrievePropertiesEx", CONTINUE])
)
def test_a_page_of_properties_is_as_pyvmomi_reads_it(objects: list[list[str]], token: Optional[str], method: str) -> None:
    shown = "".join(f'<objects><obj type="HostSystem">host-{n}</obj>{"".join(own)}</objects>' for n, own in enumerate(objects))
    body = response(method, f"<returnval>{element('token', token)}{shown}</returnval>")
    assert_same(plain(method, body), by_pyvmomi(method, body))


HOST = '<obj type="HostSystem">host-1</obj>'
NAME = '<propSet><name>name</name><val xsi:type="xsd:string">a</val></propSet>'
UNUSUAL = {
    "a property that could not be read": f"{HOST}<missingSet><path>name</path><fault><fault xsi:type='NoPermission'/></fault></missingSet>",
    "a type that is not known": f"{HOST}{NAME.replace('xsd:string', 'HostThing')}",
    "a type of another prefix": f"{HOST}{NAME.replace('xsd:string', 'vim25:HostSystemConnectionState')}",
    "no type": f"{HOST}{NAME.replace(' xsi:type=', ' about=')}",
    "another attribute": f"{HOST}{NAME.replace('<val', '<val id=' + chr(34) + '1' + chr(34))}",
    "text beside elements": f"{HOST}{NAME.replace('<val', 'text<val')}",
    "text in an object": f"text{HOST}{NAME}",
    "an element in a text": f"{HOST}{NAME.replace('>a<', '><b/><')}",
    "a value of an enumeration that is not known": f"{HOST}{NAME.replace('xsd:string', 'HostSystemConnectionState')}",
    "a number that is none": f"{HOST}{NAME.replace('xsd:string', 'xsd:int')}",
    "a moment that is none": f"{HOST}{NAME.replace('xsd:string', 'xsd:dateTime')}",
    "a flag that is none": f"{HOST}{NAME.replace('xsd:string', 'xsd:boolean')}",
    "a value of no type": f"{HOST}{NAME.replace('xsd:string', 'xsd:anyType')}",
    "a fault": f"{HOST}{NAME.replace('xsd:string', 'NoPermission').replace('>a<', '><')}",
    "a list as a whole": HOST
    + NAME.replace("xsd:string", "HostNetworkInfo").replace(">a<", '><vnic xsi:type="ArrayOfHostVirtualNic"/><'),
    "two of one": f"{HOST}{NAME.replace('xsd:string', 'HostListSummaryQuickStats').replace('>a<', '><uptime>1</uptime><uptime>2</uptime><')}",
    "two references": f"{HOST}{HOST}{NAME}",
    "no reference": NAME,
    "a reference of an unknown type": f'<obj type="HostThing">host-1</obj>{NAME}',
    "a reference of another server": f'<obj type="HostSystem" serverGuid="1">host-1</obj>{NAME}',
    "a long text": f"{HOST}{NAME.replace('>a<', '>' + 'a' * (plain_answers.LONGEST_TEXT + 1) + '<')}",
}


@pytest.mark.parametrize("content", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_is_left_to_pyvmomi(content: str) -> None:
    assert (
        plain("RetrievePropertiesEx", response("RetrievePropertiesEx", f"<returnval><objects>{content}</objects></returnval>"))
        is None
    )


PAGE = f"<returnval><objects>{HOST}{NAME}</objects></returnval>"
BODY = response("RetrievePropertiesEx", PAGE)
OUTSIDE = {
    "a status": (BODY, 500),
    "a comment": (BODY.replace(b"<name>", b"<!-- --><name>"), 200),
    "a declaration": (BODY.replace(b"\n<soapenv", b"<!DOCTYPE a>\n<soapenv", 1), 200),
    "another meaning of a prefix": (BODY.replace(b'/XMLSchema"', b'/OtherSchema"'), 200),
    "another envelope": (BODY.replace(b"schemas.xmlsoap.org/soap/envelope", b"www.w3.org/2003/05/soap-envelope"), 200),
    "something before the body": (BODY.replace(b"soapenv:Header", b"soapenv:Foot"), 200),
    "another namespace": (BODY.replace(b"urn:vim25", b"urn:vim26"), 200),
    "no value": (response("RetrievePropertiesEx", ""), 200),
    "two values": (response("RetrievePropertiesEx", PAGE * 2), 200),
    "XML that breaks off": (BODY[:-20], 200),
    "a second token": (response("RetrievePropertiesEx", "<returnval><token>a</token><token>b</token></returnval>"), 200),
    "something else in a page": (response("RetrievePropertiesEx", "<returnval><more/></returnval>"), 200),
    "something else in an object": (
        response("RetrievePropertiesEx", f"<returnval><objects>{HOST}<more/></objects></returnval>"),
        200,
    ),
}


@pytest.mark.parametrize(("body", "status"), OUTSIDE.values(), ids=OUTSIDE)
def test_an_envelope_that_is_unusual_is_left_to_pyvmomi(body: bytes, status: int) -> None:
    assert plain("RetrievePropertiesEx", BODY) is not None
    assert plain("RetrievePropertiesEx", body, status) is None


def test_other_methods_are_left_to_pyvmomi() -> None:
    assert plain_answers.read(SmsStub(), "QueryProvider", 200, response("QueryProvider", "<returnval/>", "urn:sms")) is None


def test_an_answer_goes_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soap_answer, "_Reader", None)
    found = soap_answer.parse(Stub(), KNOWN["RetrievePropertiesEx"], 200, BODY)
    assert found.objects[0].propSet[0].val == "a"
