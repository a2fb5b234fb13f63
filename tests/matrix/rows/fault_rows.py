# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of faults: which call goes wrong and how, and what the run must make of it.

Faults are those of the SMS and vSphere API references that can come at the call. A row is read so: at this call, about this host, this goes
wrong once or always; the run then SUCCEEDS, or it STOPS, with these words in the failure and these hosts untouched.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ansible_collections.certops.vsphere.tests.unit.certificates import make, parsed, pem
from crash_points import DISCONNECT, EVERYTHING, RECONNECT, RENEW, RESTART, UNREGISTER
from small_estates import FEW, FEW_IN_PLACE
from vsphere_sim.scenario.schema import HostSpec

SUCCEEDS, STOPS = "succeeds", "stops"
REGISTER = "RegisterProvider_Task"
SPS = "GET /api/vcenter/services/sps"
WITH_CREDENTIALS = {
    "certops_reregister_method": "register",
    "certops_provider_username": "root",
}
# The certificate that somebody shows in a host's place.
_SHOWN = make("stranger")
STRANGER_PEM, STRANGER_FINGERPRINT = pem(_SHOWN), parsed(_SHOWN).sha256_fingerprint
# What the canary does not reach is untouched.
AFTER_CANARY = ("expiring", "remembers_expired")


@dataclass(frozen=True)
class Row:
    """A fault at a step. target is a host's label; times: how often, None for always."""

    step: str
    method: str
    effect: dict[str, Any]
    then: str
    target: Optional[str] = None
    times: Optional[int] = 1
    says: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    retried: bool = False
    variables: dict[str, Any] = field(default_factory=dict)
    reduced: bool = False

    @property
    def hosts(self) -> dict[str, HostSpec]:
        """The estate's hosts: the fewest that have the one it is about."""
        return FEW if self.target is None or self.target in FEW else FEW_IN_PLACE

    @property
    def name(self) -> str:
        """The row in a word, for the test's name."""
        shown = {key: value for key, value in self.effect.items() if key not in ("properties", "delay_seconds")}
        shown.update({key: "given" for key in self.effect.get("properties", {}) if key in ("thumbprint", "certificate")})
        what = "-".join(f"{key}-{value}" for key, value in shown.items())
        return f"{self.step}-{self.method.split('/')[-1]}-{self.target or 'any'}-{what}-{'always' if self.times is None else self.times}"


def _fault(name: str, **properties: Any) -> dict[str, Any]:
    return {"fault": name, "properties": properties}


def _task(name: str, **properties: Any) -> dict[str, Any]:
    return {"task_error": name, "properties": properties}


UNAVAILABLE: dict[str, Any] = {"http_status": 503}
LOST_BEFORE: dict[str, Any] = {"drop": "before"}
LOST_AFTER: dict[str, Any] = {"drop": "after"}
# With status 200 in the place of an answer, whether or not the call was executed.
PAGE: dict[str, Any] = {"page": "before"}
PAGE_AFTER: dict[str, Any] = {"page": "after"}
EMPTY: dict[str, Any] = {"empty": "before"}
EMPTY_AFTER: dict[str, Any] = {"empty": "after"}
NO_ANSWER = (PAGE, PAGE_AFTER, EMPTY, EMPTY_AFTER)

_READS = (
    ("observe", "GET /sdk/vimServiceVersions.xml"),
    ("observe", "RetrieveServiceContent"),
    ("observe", "Login"),
    ("observe", "QueryOptions"),
    ("observe", "HasPrivilegeOnEntities"),
    ("observe", "CreateContainerView"),
    ("observe", "RetrievePropertiesEx"),
    ("observe", "CurrentTime"),
    ("observe", "ListCACertificates"),
    ("observe", "QueryStorageManager"),
    ("observe", "QueryProvider"),
    ("observe", "QueryProviderInfo"),
    ("observe", "POST /api/session"),
    ("observe", "GET /api/session"),
    ("observe", "Issue"),
    ("observe", SPS),
    ("observe", "GET /api/vcenter/certificate-management/vcenter/*"),
    ("observe", "GET /api/vcenter/topology/nodes"),
    ("observe", "GET /api/appliance/recovery/backup/job/details"),
    ("reregister", "QuerySmsTaskInfo"),
)

# The last is a fault that passes, with the status of success.
_LOST_READS = (UNAVAILABLE, LOST_BEFORE, PAGE, EMPTY, {**_fault("vim.fault.Timedout"), "status": 200})

READS = tuple(Row(step, method, effect, SUCCEEDS, retried=True) for step, method in _READS for effect in _LOST_READS)

# At a call that changes a host, and about which of them: a few at each, so that each fault meets more than one call.
_CHANGES = (("renew", RENEW, "canary"), ("reconnect", DISCONNECT, "expiring"), ("reconnect", RECONNECT, "canary"))
# Faults that need not come again; the words that the failure has where they do.
_PERHAPS_PASSING: dict[str, tuple[str, ...]] = {
    "vim.fault.InvalidState": ("InvalidState", "state of the host"),
    "vim.fault.HostConnectFault": ("HostConnectFault", "task in vCenter"),
    "vim.fault.NoHost": ("NoHost", "reaches the host's address"),
    "vim.fault.Timedout": ("Timedout", "Run again"),
    "vmodl.fault.HostNotConnected": ("HostNotConnected", "KB 415250"),
    "vmodl.fault.SystemError": ("SystemError", "task in vCenter"),
}
_SMS_BUSY = ("ProviderBusy", "ProviderUnavailable", "SyncInProgress", "ServiceNotInitialized")
_PROVIDER_CALLS = (
    ("VasaProviderReconnect_Task", "disconnected"),
    ("VasaProviderSync_Task", "unsynchronised"),
    ("VasaProviderRefreshCertificate_Task", "expiring9"),
)
_EVERY_LOSS = (UNAVAILABLE, LOST_BEFORE, LOST_AFTER, *NO_ANSWER)


def _passes(step: str, method: str, effect: dict[str, Any], target: Optional[str] = None, **more: Any) -> Row:
    return Row(step, method, effect, SUCCEEDS, target, **{"retried": True, **more})


PASSING = (
    _passes("reregister", RESTART, {"http_status": 500}),
    *(
        _passes("observe", "QueryProvider", _fault(f"sms.fault.{name}"))
        for name in (*_SMS_BUSY, "InvalidSession", "AuthConnectionFailed")
    ),
    *(_passes("observe", "QueryProviderInfo", _fault(f"sms.fault.{name}")) for name in ("ProviderBusy", "ProviderUnavailable")),
    _passes("observe", "RetrievePropertiesEx", _fault("vim.fault.NotAuthenticated")),
    # A session that ended is opened anew: that is no fault, and not told.
    _passes("renew", RENEW, _fault("vim.fault.NotAuthenticated"), "canary", retried=False),
    _passes("reconnect", RECONNECT, _fault("vim.fault.NotAuthenticated"), "expiring", retried=False),
    _passes("reregister", UNREGISTER, _fault("sms.fault.InvalidSession"), retried=False),
    # Losing what ends a session harms nobody.
    *(_passes("observe", method, loss, retried=False) for method in ("Logout", "DELETE /api/session") for loss in _EVERY_LOSS),
    *(
        _passes(step, method, loss, target, reduced=loss in (LOST_AFTER, PAGE_AFTER))
        for step, method, target in _CHANGES
        for loss in _EVERY_LOSS
    ),
    *(
        _passes(step, method, form(name), target, reduced=(method, name, form) == (RECONNECT, "vim.fault.InvalidState", _task))
        for step, method, target in _CHANGES
        for name in _PERHAPS_PASSING
        for form in (_task, _fault)
    ),
    # A fault is one whatever the status, also with that of success.
    *(
        _passes(step, method, {**_fault(name), "status": 200}, target, reduced=(method, name) == (RECONNECT, "vim.fault.NoHost"))
        for step, method, target in _CHANGES
        for name in ("vim.fault.InvalidState", "vim.fault.NoHost")
    ),
    _passes("reregister", UNREGISTER, {**_fault("sms.fault.ServiceNotInitialized"), "status": 200}),
    _passes("observe", "RetrievePropertiesEx", {**_fault("vim.fault.NotAuthenticated"), "status": 200}),
    # However often the answer is lost: what the call did is seen.
    *(_passes(step, method, loss, target, times=None) for step, method, target in _CHANGES for loss in (LOST_AFTER, PAGE_AFTER)),
    *(_passes("reregister", UNREGISTER, _task(f"sms.fault.{name}")) for name in (*_SMS_BUSY, "ProviderUnregistrationFault")),
    _passes("reregister", UNREGISTER, _fault("sms.fault.ServiceNotInitialized")),
    *(_passes("reregister", method, loss) for method in (UNREGISTER, RESTART) for loss in _EVERY_LOSS),
    # SMS says that it does not know a provider that it lists.
    *(_passes("reregister", UNREGISTER, form("vim.fault.NotFound"), "canary") for form in (_task, _fault)),
    # What does not help is not insisted on: the provider is unregistered instead.
    *(
        _passes("reregister", method, effect, target, retried=False, times=times)
        for method, target in _PROVIDER_CALLS
        for effect in (UNAVAILABLE, LOST_BEFORE, PAGE, EMPTY, _task("sms.fault.ProviderBusy"), _task("vmodl.fault.NotSupported"))
        for times in (1, None)
    ),
    *(_passes("reregister", REGISTER, loss, variables=WITH_CREDENTIALS) for loss in _EVERY_LOSS),
    *(
        _passes("reregister", REGISTER, _task(name), variables=WITH_CREDENTIALS)
        for name in (
            "vim.fault.AlreadyExists",
            "sms.fault.ProviderRegistrationFault",
            "sms.fault.CertificateAuthorityFault",
            "sms.fault.InvalidUrl",
            "sms.fault.ProviderBusy",
            "sms.fault.ServiceNotInitialized",
        )
    ),
)


def _stops(step: str, method: str, effect: dict[str, Any], target: str, *says: str, **more: Any) -> Row:
    untouched = AFTER_CANARY if target == "canary" else ("remembers_expired",)
    return Row(step, method, effect, STOPS, target, says=says, **{"untouched": untouched, "times": None, **more})


_THREE_TIMES = "in each of 3 attempts"
_AWAY = ("is now disconnected",)
_REGISTERING: dict[str, str] = {
    "vim.fault.AlreadyExists": "has this name or url",
    "sms.fault.CertificateNotTrusted": "trusted roots",
    "sms.fault.CertificateNotImported": "trusted roots",
    "sms.fault.CertificateAuthorityFault": "vmcad",
    "sms.fault.DuplicateEntry": "Please report it",
    "sms.fault.IncorrectUsernamePassword": "username and password",
    "sms.fault.InvalidCertificate": "its name and its clock",
    "sms.fault.InvalidUrl": "its port 9080 answers",
    "sms.fault.ProviderRegistrationFault": "sps_restart",
    "vim.fault.NoPermission": "role",
}
# Trust, an account and a privilege are asked for once: to repeat it could lock the account, or take a stranger for the host.
_ONCE = (
    "CertificateNotTrusted",
    "CertificateNotImported",
    "DuplicateEntry",
    "IncorrectUsernamePassword",
    "InvalidCertificate",
    "NoPermission",
)

STOPPING = (
    *(
        _stops(step, method, effect, target, *says, _THREE_TIMES, *(_AWAY if method == RECONNECT else ()))
        for step, method, target in _CHANGES
        for effect, says in (
            (UNAVAILABLE, ("HTTP 503",)),
            (LOST_BEFORE, ("broke the connection", "Run again")),
            (PAGE, ("unexpected response", "a page of HTML", "load balancer")),
            (EMPTY, ("unexpected response", "nothing", "load balancer")),
            *((_task(name), says) for name, says in _PERHAPS_PASSING.items()),
        )
    ),
    _stops(
        "renew",
        RENEW,
        _task("vmodl.fault.SystemError", reason="Start Time Error (70034)", msg="A general system error occurred"),
        "canary",
        "SystemError",
        "70034",
        "minutesBefore",
        reduced=True,
    ),
    *(
        _stops(step, method, form("vim.fault.NoPermission", privilegeId=privilege), target, "NoPermission", "role", times=times)
        for step, method, privilege, target, often in (
            ("renew", RENEW, "Certificate.Manage", "expiring", (1, None)),
            ("reconnect", DISCONNECT, "Host.Config.Connection", "canary", (None,)),
            ("reregister", UNREGISTER, "StorageViews.ConfigureService", "canary", (None,)),
        )
        for form in (_task, _fault)
        for times in often
    ),
    # Who answers is not asked twice, and nothing that it offers is taken.
    *(
        _stops(
            "reconnect",
            RECONNECT,
            _task("vim.fault.SSLVerifyFault", selfSigned=True, **offered),
            "canary",
            "SSLVerifyFault",
            vsphere_fault,
            "expected thumbprint",
            "Nothing was accepted",
            *_AWAY,
            times=times,
        )
        for offered, vsphere_fault in (
            ({"thumbprint": "AA:BB"}, "offered thumbprint AA:BB"),
            ({"certificate": STRANGER_PEM}, f"offered certificate {STRANGER_FINGERPRINT}"),
            ({}, "SSLVerifyFault"),
        )
        for times in (1, None)
    ),
    *(
        _stops("reconnect", RECONNECT, _task("vim.fault.InvalidLogin"), "canary", "InvalidLogin", "password", times=times)
        for times in (1, None)
    ),
    _stops(
        "reregister",
        UNREGISTER,
        _task("sms.fault.ProviderUnregistrationFault"),
        "canary",
        "ProviderUnregistrationFault",
        "port 9080",
    ),
    *(
        Row("reregister", RESTART, effect, STOPS, says=(*says, "canary", "is unregistered"), untouched=AFTER_CANARY, times=times)
        for effect, says, times in (
            # An error of vCenter's own that no restart came of is asked again a few times.
            ({"http_status": 500}, ("HTTP 500", "Running again"), None),
            ({"http_status": 403}, ("HTTP 403", "role"), 1),
        )
    ),
    *(
        _stops(
            "reregister",
            REGISTER,
            _task(name),
            "canary",
            kind,
            remedy,
            *(() if kind in _ONCE else (_THREE_TIMES,)),
            variables=WITH_CREDENTIALS,
        )
        for name, remedy in _REGISTERING.items()
        for kind in [name.rsplit(".", 1)[-1]]
    ),
    *(
        _stops("reregister", REGISTER, loss, "canary", _THREE_TIMES, variables=WITH_CREDENTIALS)
        for loss in (UNAVAILABLE, LOST_BEFORE, PAGE)
    ),
)

# What becomes of a run while something cannot be read for good. Nothing begins where a run could not finish it.
UNREACHABLE, NOTHING_DONE, ALL_DONE = "unreachable", "nothing is done", "all is done"


@dataclass(frozen=True)
class Unreadable:
    """A call that reads, and fails whenever it is made. codes: the blockers that say so."""

    method: str
    then: str
    codes: tuple[str, ...] = ()
    effect: dict[str, Any] = field(default_factory=lambda: UNAVAILABLE)
    reduced: bool = False

    @property
    def name(self) -> str:
        """The row in a word, for the test's name."""
        what = (key if key in ("page", "empty") else str(value) for key, value in self.effect.items())
        return "-".join([self.method.rsplit("/", 1)[-1], *what])


_EVERY_UNREADABLE = (
    *(Unreadable(method, UNREACHABLE) for method in ("GET /sdk/vimServiceVersions.xml", "RetrieveServiceContent", "Login")),
    *(Unreadable(method, UNREACHABLE) for method in ("CreateContainerView", "RetrievePropertiesEx")),
    Unreadable("Login", UNREACHABLE, effect=LOST_BEFORE, reduced=True),
    Unreadable("QueryOptions", NOTHING_DONE, ("mode_unavailable",)),
    Unreadable("GET /api/vcenter/certificate-management/vcenter/*", NOTHING_DONE, ("issuer_unknown", "roots_unavailable")),
    *(
        Unreadable(method, NOTHING_DONE, ("providers_unavailable",))
        for method in ("QueryStorageManager", "QueryProvider", "QueryProviderInfo")
    ),
    Unreadable("QueryProvider", NOTHING_DONE, ("providers_unavailable",), effect=LOST_BEFORE, reduced=True),
    *(
        Unreadable("QueryProvider", NOTHING_DONE, ("providers_unavailable",), effect=_fault(f"sms.fault.{name}"))
        for name in ("ServiceNotInitialized", "ProviderBusy")
    ),
    # Without REST nothing of the three can be read.
    Unreadable("POST /api/session", NOTHING_DONE, ("sps_unavailable", "linked_unavailable", "issuer_unknown", "roots_unavailable")),
    Unreadable(SPS, NOTHING_DONE, ("sps_unavailable",)),
    Unreadable("GET /api/vcenter/topology/nodes", NOTHING_DONE, ("linked_unavailable",)),
    *(Unreadable(method, ALL_DONE) for method in ("HasPrivilegeOnEntities", "CurrentTime")),
    Unreadable("GET /api/appliance/recovery/backup/job/details", ALL_DONE),
    # Where the account's groups are not told, a write that changes nothing proves the right to restart SPS.
    *(Unreadable(method, ALL_DONE) for method in ("GET /api/session", "Issue")),
)
# Nothing that comes in the place of an answer is taken for "none". Without a list of versions an old one is spoken.
_EVERY_UNREADABLE += tuple(
    replace(row, then=ALL_DONE if "Versions" in row.method else row.then, effect=effect, reduced=row.method == "QueryProvider")
    for row in _EVERY_UNREADABLE
    if row.effect is UNAVAILABLE
    for effect in (PAGE, EMPTY)
)
# In the reduced form each call has one at least.
_FIRST_UNREADABLE = tuple({row.method: row for row in reversed(_EVERY_UNREADABLE)}.values())
UNREADABLE = tuple(row for row in _EVERY_UNREADABLE if EVERYTHING or row.reduced or row in _FIRST_UNREADABLE)

EVERY_ROW = PASSING + STOPPING
# The run after one that stopped goes on from where that was, whatever stopped it: it is played for the first row of each call.
FINISHED = tuple({(row.method, row.target): row for row in reversed(STOPPING)}.values())
_FIRST_PASSING = tuple({(row.method, row.target): row for row in reversed(PASSING)}.values())
ROWS = EVERY_ROW if EVERYTHING else tuple(row for row in EVERY_ROW if row.reduced or row in FINISHED or row in _FIRST_PASSING)
