# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""POST /sdk and POST /sms/sdk: who calls, what, on which object; and the answer."""

from __future__ import annotations

import logging
import re
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Callable, Optional

from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import GuessWsdlType, ManagedObject

from ..estate.accounts import ANONYMOUS
from ..estate.sessions import Session
from ..journal import Entry, session_label
from ..server.gate import pass_through
from ..server.http import Request, Response
from .answer import SERVER_FAULT, VERSION_MISMATCH, fault_answer, result_answer
from .request import SoapRequest, read_request
from .servant import Call, Servant, property_type
from .texts import text_of
from .versions import ServiceVersions

if TYPE_CHECKING:
    from ..estate.vcenter import VCenter

log = logging.getLogger(__name__)
XML = "text/xml; charset=utf-8"
# A vCenter answers a client that announces a version which it does not know by what it has; only this refuses it (a remark in govc's login).
_STRICT_ABOUT_VERSIONS = frozenset({"LoginByToken"})
_READ_ONLY = re.compile(
    r"^(Retrieve|Query|VsanQuery|VSANVcGet|VSANVcIs|Find|Fetch$|Has|CurrentTime"
    r"|Create(Filter|ContainerView|ListView|InventoryView|PropertyCollector|CollectorFor)"
    r"|Destroy(PropertyFilter|PropertyCollector|View|Collector)|Log(in|out)|SessionIsActive|WaitFor|CheckFor|Continue"
    r"|Cancel(Retrieve|WaitFor)|Validate|Read|Rewind|ResetCollector|SetCollectorPageSize|Pbm(Retrieve|Query)|List|Acquire|FetchUserPrivilege|SetLocale)"
)


class SoapEndpoint(ABC):
    """One SOAP service of a vCenter."""

    protocol: str
    namespace: str

    def __init__(self, vcenter: VCenter, versions: ServiceVersions) -> None:
        self.vcenter = vcenter
        self.versions = versions

    @abstractmethod
    def session_of(self, http: Request, soap: SoapRequest) -> Optional[Session]:
        """Who calls, if they are logged in."""

    @abstractmethod
    def find(self, moid: str, session: Optional[Session]) -> Optional[Servant]:
        """An object by its id."""

    @abstractmethod
    def not_logged_in(self, servant: Servant, privilege: str, http: Request, soap: SoapRequest) -> Any:
        """The fault for somebody who has to log in first."""

    def answer(self, http: Request) -> Response:
        """Answer a POST. Raises ConnectionDropped."""
        action = http.headers.get("SOAPAction")
        version = self.versions.chosen_by(action)
        soap: Optional[SoapRequest] = None
        problem: Any = None
        code = SERVER_FAULT
        try:
            soap = read_request(http.body, self.namespace)
        except vmodl.MethodFault as fault:
            problem = fault
        if soap is not None and soap.method_name in _STRICT_ABOUT_VERSIONS and self.versions.unsupported(action):
            problem = vmodl.fault.InvalidRequest(msg=f'Unsupported version URI "{self.versions.unsupported(action)}"')
            soap, code = None, VERSION_MISMATCH
        if soap is None:
            entry = Entry(self.vcenter.name, self.protocol, "?", client=http.client, outcome="InvalidRequest", detail=problem.msg)
            return pass_through(
                self.vcenter.surroundings,
                entry,
                lambda _error: (self._faulty(problem, version, code), "InvalidRequest"),
                self._oldest_faulty,
            )
        return self._answer(http, soap, version)

    def _answer(self, http: Request, soap: SoapRequest, version: str) -> Response:
        session = self.session_of(http, soap)
        servant = self.find(soap.this_moid, session)
        call = Call(
            method_name=soap.method_name,
            arguments=soap.arguments,
            session=session,
            version=version,
            cookie=session.secret if session else None,
            client=http.client,
            user_agent=http.headers.get("User-Agent") or "",
            token_id=soap.token_id,
        )
        entry = Entry(
            vcenter=self.vcenter.name,
            protocol=self.protocol,
            method=soap.method_name,
            object=soap.this_moid,
            target=self._target(servant, soap),
            session=session_label(session.secret if session else None),
            username=session.account.username if session else None,
            client=http.client,
            mutating=not _READ_ONLY.match(soap.method_name),
        )
        if soap.method_name == "Fetch":
            entry.detail = str(soap.arguments.get("prop"))

        def execute(task_effect: Any) -> tuple[Response, str]:
            if isinstance(task_effect, threading.Event):
                call.task_held = task_effect
            else:
                call.task_error = task_effect
            answered = self._answered(call, lambda: self._invoke(servant, http, soap, call))
            if call.session is not None and session is None:
                entry.session = session_label(call.session.secret)
                entry.username = call.session.account.username
            entry.detail = call.detail or entry.detail
            return answered

        return pass_through(self.vcenter.surroundings, entry, execute, lambda fault: self._faulty(fault, version))

    def _answered(self, call: Call, run: Callable[[], tuple[Any, Any]]) -> tuple[Response, str]:
        """The answer to a call and its outcome in a word, whatever happens."""
        try:
            kind, value = run()
            body = result_answer(call.method_name, self.namespace, call.version, kind, value)
        except vmodl.MethodFault as fault:
            return self._faulty(fault, call.version), type(fault).__name__.rsplit(".", 1)[-1]
        except Exception as error:  # A defect here must be an answer there, as it is on a vCenter.
            log.exception("%s failed", call.method_name)
            defect = vmodl.fault.SystemError(msg=f"A general system error occurred: {error}", reason=str(error))
            return self._faulty(defect, call.version), "SystemError"
        return Response(200, body, XML, call.answer_headers), "ok"

    def _invoke(self, servant: Optional[Servant], http: Request, soap: SoapRequest, call: Call) -> tuple[Any, Any]:
        if servant is None:
            raise vmodl.fault.ManagedObjectNotFound(obj=_reference(soap))
        if soap.method_name == "Fetch":
            name = str(call.require("prop"))
            kind = property_type(servant.kind, name)
            self._admit(servant, servant.kind._GetPropertyInfo(name).privId or "System.View", http, soap, call)
            return kind, servant.read(name, call.session)
        info = soap.method.info
        self._admit(servant, info.privId or "System.View", http, soap, call)
        if not servant.answers(soap.method_name):
            if not issubclass(servant.kind, info.type) and not hasattr(servant.kind, soap.method_name):
                raise vmodl.fault.MethodNotFound(receiver=servant.reference, method=soap.method_name)
            raise vmodl.fault.NotSupported()
        for parameter in info.params:
            if not parameter.flags & 4 and not issubclass(parameter.type, list):
                call.require(parameter.name)
        return info.methodResult, servant.invoke(call)

    def _admit(self, servant: Servant, privilege: str, http: Request, soap: SoapRequest, call: Call) -> None:
        if privilege == ANONYMOUS:
            return
        if call.session is None:
            raise self.not_logged_in(servant, privilege, http, soap)
        if not call.session.account.may(privilege):
            raise no_permission(self.entity_of(servant), privilege)

    def entity_of(self, servant: Servant) -> Any:
        """The entity that a privilege is missing on: the object, or the root folder for what is none."""
        if issubclass(servant.kind, vim.ManagedEntity):
            return servant.reference
        return vim.Folder("group-d1")

    def _target(self, servant: Optional[Servant], soap: SoapRequest) -> Optional[str]:
        hosts = soap.arguments.get("host")
        if isinstance(hosts, list):
            found = (self.vcenter.objects.get(str(host._GetMoId())) for host in hosts)
            return ",".join(str(one.label) for one in found if one is not None) or None
        provider = soap.arguments.get("providerId")
        if isinstance(provider, str):
            known = self.vcenter.storage.providers.get(provider)
            return known.name if known else provider
        specification = soap.arguments.get("providerSpec")
        if specification is not None:
            return str(getattr(specification, "url", ""))
        return servant.label if servant is not None else None

    def _faulty(self, fault: Any, version: str, code: str = SERVER_FAULT) -> Response:
        fault.msg = fault.msg or text_of(fault)
        return Response(500, fault_answer(fault, self.namespace, version, code), XML)

    def _oldest_faulty(self, fault: Any) -> Response:
        return self._faulty(fault, self.versions.newest)


def no_permission(entity: Any, privilege: str) -> Any:
    """The fault for a privilege that somebody does not have."""
    return vim.fault.NoPermission(object=entity, privilegeId=privilege, msg="Permission to perform this operation was denied.")


def _reference(soap: SoapRequest) -> Any:
    """The object that is not there, as the client named it."""
    try:
        kind = GuessWsdlType((soap.this_type or "").rpartition(":")[2])
    except KeyError:
        kind = ManagedObject
    return kind(soap.this_moid)
