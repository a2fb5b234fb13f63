# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of faults: which call goes wrong and how, and what the run must make of it.

Faults are those of the SMS and vSphere API references that can come at the call. A row is read so: at this call, about this host, this goes
wrong once or always; the run then SUCCEEDS, or it STOPS, with these words in the failure and these hosts untouched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from crash_points import DISCONNECT, EVERYTHING, RECONNECT, RENEW, RESTART, UNREGISTER

SUCCEEDS, STOPS = "succeeds", "stops"
REGISTER = "RegisterProvider_Task"
SPS = "GET /api/vcenter/services/sps"
WITH_CREDENTIALS = {
    "certops_reregister_method": "register",
    "certops_provider_username": "root",
    "certops_provider_password": "wrong-or-right",
}
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
    def name(self) -> str:
        """The row in a word, for the test's name."""
        shown = {key: value for key, value in self.effect.items() if key not in ("properties", "delay_seconds")}
        what = "-".join(f"{key}-{value}" for key, value in shown.items())
        return f"{self.step}-{self.method.split('/')[-1]}-{self.target or 'any'}-{what}-{'always' if self.times is None else self.times}"


def _fault(name: str, **properties: Any) -> dict[str, Any]:
    return {"fault": name, "properties": properties}


def _task(name: str, **properties: Any) -> dict[str, Any]:
    return {"task_error": name, "properties": properties}


UNAVAILABLE: dict[str, Any] = {"http_status": 503}
LOST_BEFORE: dict[str, Any] = {"drop": "before"}
LOST_AFTER: dict[str, Any] = {"drop": "after"}

_READS = (
    ("observe", "GET /sdk/vimServiceVersions.xml"),
    ("observe", "RetrieveServiceContent"),
    ("observe", "Login"),
    ("observe", "QueryOptions"),
    ("observe", "HasPrivilegeOnEntities"),
    ("observe", "CreateContainerView"),
    ("observe", "RetrievePropertiesEx"),
    ("observe", "CurrentTime"),
    ("observe", "QueryStorageManager"),
    ("observe", "QueryProvider"),
    ("observe", "QueryProviderInfo"),
    ("observe", "POST /api/session"),
    ("observe", SPS),
    ("observe", "GET /api/vcenter/certificate-management/vcenter/*"),
    ("observe", "GET /api/vcenter/topology/nodes"),
    ("observe", "GET /api/appliance/recovery/backup/job/details"),
    ("reregister", "QuerySmsTaskInfo"),
)

READS = tuple(Row(step, method, effect, SUCCEEDS, retried=True) for step, method in _READS for effect in (UNAVAILABLE, LOST_BEFORE))

PASSING = (
    Row("observe", "QueryProvider", _fault("sms.fault.ServiceNotInitialized"), SUCCEEDS, retried=True),
    Row("observe", "QueryProvider", _fault("sms.fault.InvalidSession"), SUCCEEDS, retried=True),
    Row("observe", "QueryProvider", _fault("sms.fault.AuthConnectionFailed"), SUCCEEDS, retried=True),
    Row("observe", "QueryProviderInfo", _fault("sms.fault.ProviderBusy"), SUCCEEDS, retried=True),
    Row("observe", "QueryProviderInfo", _fault("sms.fault.ProviderUnavailable"), SUCCEEDS, retried=True),
    Row("observe", "RetrievePropertiesEx", _fault("vim.fault.NotAuthenticated"), SUCCEEDS, retried=True),
    Row("renew", RENEW, _fault("vim.fault.NotAuthenticated"), SUCCEEDS, "canary"),
    Row("reconnect", RECONNECT, _fault("vim.fault.NotAuthenticated"), SUCCEEDS, "expiring"),
    Row("reregister", UNREGISTER, _fault("sms.fault.InvalidSession"), SUCCEEDS),
    Row("reregister", UNREGISTER, _fault("sms.fault.ServiceNotInitialized"), SUCCEEDS),
    Row("reregister", UNREGISTER, _task("sms.fault.ProviderBusy"), SUCCEEDS, reduced=True),
    Row("reregister", UNREGISTER, _task("sms.fault.ProviderUnavailable"), SUCCEEDS),
    Row("reregister", UNREGISTER, _task("sms.fault.SyncInProgress"), SUCCEEDS),
    Row("reregister", UNREGISTER, UNAVAILABLE, SUCCEEDS),
    Row("reregister", UNREGISTER, LOST_BEFORE, SUCCEEDS),
    Row("reregister", UNREGISTER, LOST_AFTER, SUCCEEDS, reduced=True),
    Row("reregister", RESTART, UNAVAILABLE, SUCCEEDS),
    Row("reregister", RESTART, LOST_BEFORE, SUCCEEDS),
    Row("reregister", RESTART, LOST_AFTER, SUCCEEDS),
)


def _stops(step: str, method: str, effect: dict[str, Any], target: str, *says: str, **more: Any) -> Row:
    untouched = AFTER_CANARY if target == "canary" else ("remembers_expired",)
    return Row(step, method, effect, STOPS, target, says=says, **{"untouched": untouched, **more})


_CONNECTION_LOST = ("broke the connection", "Run again")

STOPPING = (
    # A call that changes something is sent once: its answer may be lost and not the call.
    _stops("renew", RENEW, UNAVAILABLE, "canary", "HTTP 503"),
    _stops("renew", RENEW, LOST_BEFORE, "canary", *_CONNECTION_LOST),
    _stops("renew", RENEW, LOST_AFTER, "expiring", *_CONNECTION_LOST, reduced=True),
    _stops("reconnect", DISCONNECT, UNAVAILABLE, "canary", "HTTP 503"),
    _stops("reconnect", DISCONNECT, LOST_BEFORE, "expiring", *_CONNECTION_LOST),
    _stops("reconnect", DISCONNECT, LOST_AFTER, "canary", *_CONNECTION_LOST),
    _stops("reconnect", RECONNECT, UNAVAILABLE, "expiring", "HTTP 503", "is now disconnected"),
    _stops("reconnect", RECONNECT, LOST_BEFORE, "canary", *_CONNECTION_LOST, "is now disconnected"),
    _stops("reconnect", RECONNECT, LOST_AFTER, "canary", *_CONNECTION_LOST),
    # Faults of the tasks themselves.
    _stops(
        "renew",
        RENEW,
        _task("vmodl.fault.SystemError", reason="Start Time Error (70034)", msg="A general system error occurred"),
        "canary",
        "SystemError",
        "70034",
        "minutesBefore",
        times=None,
        reduced=True,
    ),
    _stops("renew", RENEW, _task("vim.fault.InvalidState"), "expiring", "InvalidState", "state of the host", times=None),
    _stops("renew", RENEW, _task("vim.fault.HostConnectFault"), "canary", "HostConnectFault", "task in vCenter", times=None),
    _stops("renew", RENEW, _task("vim.fault.Timedout"), "canary", "Timedout", "Run again"),
    _stops("renew", RENEW, _fault("vim.fault.NoPermission", privilegeId="Certificate.Manage"), "expiring", "NoPermission", "role"),
    _stops("reconnect", DISCONNECT, _task("vim.fault.InvalidState"), "canary", "InvalidState", "state of the host", times=None),
    _stops("reconnect", DISCONNECT, _task("vim.fault.Timedout"), "expiring", "Timedout", "Run again"),
    _stops(
        "reconnect",
        RECONNECT,
        _task("vim.fault.SSLVerifyFault", selfSigned=True, thumbprint="AA:BB"),
        "canary",
        "SSLVerifyFault",
        "offered thumbprint AA:BB",
        "Nothing was accepted",
        "is now disconnected",
        times=None,
    ),
    _stops("reconnect", RECONNECT, _task("vim.fault.NoHost"), "expiring", "NoHost", "is now disconnected", times=None),
    _stops("reconnect", RECONNECT, _task("vim.fault.InvalidLogin"), "canary", "InvalidLogin", "password", times=None),
    _stops("reconnect", RECONNECT, _task("vim.fault.InvalidState"), "canary", "InvalidState", "state of the host", times=None),
    _stops(
        "reregister",
        UNREGISTER,
        _task("sms.fault.ProviderUnregistrationFault"),
        "canary",
        "ProviderUnregistrationFault",
        "port 9080",
        times=None,
    ),
    _stops(
        "reregister",
        UNREGISTER,
        _fault("vim.fault.NoPermission", privilegeId="StorageViews.ConfigureService"),
        "canary",
        "NoPermission",
        "role",
    ),
    *(
        Row("reregister", RESTART, effect, STOPS, says=(*says, "canary", "is unregistered"), untouched=AFTER_CANARY)
        for effect, says in (
            ({"http_status": 500}, ("HTTP 500", "Running again")),
            ({"http_status": 403}, ("HTTP 403", "role")),
        )
    ),
    *(
        _stops("reregister", REGISTER, _task(name), "canary", name.rsplit(".", 1)[-1], cure, times=None, variables=WITH_CREDENTIALS)
        for name, cure in (
            ("sms.fault.CertificateNotTrusted", "trusted roots"),
            ("sms.fault.CertificateNotImported", ""),
            ("sms.fault.CertificateAuthorityFault", ""),
            ("sms.fault.IncorrectUsernamePassword", "username and password"),
            ("sms.fault.InvalidCertificate", "its name and its clock"),
            ("sms.fault.InvalidUrl", ""),
            ("sms.fault.ProviderRegistrationFault", ""),
        )
    ),
)

EVERY_ROW = READS + PASSING + STOPPING
ROWS = EVERY_ROW if EVERYTHING else tuple(row for row in EVERY_ROW if row.reduced)
