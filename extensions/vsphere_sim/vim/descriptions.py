# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What EventManager and TaskManager say of the events and methods that there are."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

# Events of classes of their own, with their category and text.
_EVENTS = (
    ("BadUsernameSessionEvent", "error", "Cannot login {userName}@{ipAddress}"),
    ("GeneralUserEvent", "user", "User logged event: {message}"),
    ("HostConnectedEvent", "info", "Connected to {host.name} in {datacenter.name}"),
    ("HostDisconnectedEvent", "info", "Disconnected from {host.name} in {datacenter.name}. Reason: {reason}"),
    ("UserLoginSessionEvent", "info", "User {userName}@{ipAddress} logged in as {userAgent}"),
    ("UserLogoutSessionEvent", "info", "User {userName}@{ipAddress} logged out"),
)
# By a real vCenter's own list (8.0 U3): what certificate management says of hosts, and SMS of providers. Not all of them end with Event.
_EXPIRY = (("Expiring", "warning"), ("ExpiringShortly", "warning"), ("ExpirationImminent", "warning"), ("Revoked", "warning"))
_SMS = (
    ("EsxiVasaClientCertificateProvisionFailure", "error"),
    ("EsxiVasaClientCertificateProvisionSuccess", "info"),
    ("EsxiVasaClientCertificateRegisterFailure", "error"),
    ("EsxiVasaClientCertificateRegisterSuccess", "info"),
    ("RegisterVcClientCertOnRenewalFailure", "error"),
    ("RegisterVcClientCertOnRenewalSuccess", "info"),
    ("VasaProviderCertificateHardLimitReachedEvent", "error"),
    ("VasaProviderCertificateRenewalEvent", "info"),
    ("VasaProviderCertificateSoftLimitReachedEvent", "warning"),
    ("VasaProviderCertificateValidEvent", "info"),
    ("VasaProviderConnectedEvent", "info"),
    ("VasaProviderDisconnectedEvent", "error"),
    ("VasaProviderRefreshCACertsAndCRLsFailure", "error"),
    ("VasaProviderRefreshCACertsAndCRLsSuccess", "info"),
    ("VcClientAndVpCertRefreshOnVmcaRootCertRotationFailure", "error"),
    ("VcClientAndVpCertRefreshOnVmcaRootCertRotationSuccess", "info"),
)
# Extended events: all of them have the key EventEx, and their id before the text.
_EXTENDED = (
    ("com.vmware.vc.certmgr.HostCertUpdatedEvent", "info", "Host Certificate for {host.name} is updated."),
    ("com.vmware.vc.certmgr.HostCertManagementModeChangedEvent", "info", "Host Certificate Management Mode changed."),
    (
        "com.vmware.vc.iofilter.HostVendorProviderRegistrationSuccessEvent",
        "info",
        "vSphere APIs for I/O Filters vendor provider registered.",
    ),
    ("com.vmware.vc.iofilter.HostVendorProviderRegistrationFailedEvent", "error", "Failed to register the vendor provider."),
    ("com.vmware.vc.iofilter.HostVendorProviderUnregistrationSuccessEvent", "info", "Vendor provider unregistered."),
    ("com.vmware.vc.iofilter.HostVendorProviderUnregistrationFailedEvent", "error", "Failed to unregister the vendor provider."),
    ("com.vmware.vc.certmgr.HostCaCertsAndCrlsUpdatedEvent", "info", "CA certificates were updated on {host.name}."),
    *(
        (f"com.vmware.vc.certmgr.HostCert{name}Event", severity, f"The certificate of {{host.name}}: {name}.")
        for name, severity in _EXPIRY
    ),
    *((f"com.vmware.vc.sms.{name}", severity, f"Storage provider: {name}.") for name, severity in _SMS),
)
_METHODS = {
    "CertificateManager.refreshCertificates": "Refresh certificates",
    "CertificateManager.refreshCACertificatesAndCRLs": "Refresh CA certificates and CRLs",
    "ClusterComputeResource.reconfigureEx": "Reconfigure cluster",
    "DasConfig.ConfigureHost": "Configuring vSphere HA",
    "HostSystem.disconnect": "Disconnect host",
    "HostSystem.enterMaintenanceMode": "Enter maintenance mode",
    "HostSystem.exitMaintenanceMode": "Exit maintenance mode",
    "HostSystem.powerDownToStandBy": "Power down host to standby mode",
    "HostSystem.powerUpFromStandBy": "Power up host from standby mode",
    "HostSystem.reconfigureDAS": "Reconfigure host for vSphere HA",
    "HostSystem.reconnect": "Reconnect host",
    "VirtualMachine.createSnapshot": "Create virtual machine snapshot",
    "VirtualMachine.removeAllSnapshots": "Remove all snapshots",
}


def events() -> Any:
    """EventDescription."""
    own = [_detail(getattr(vim.event, name), severity, text) for name, severity, text in _EVENTS]
    extended = [_detail(vim.event.EventEx, severity, f"{name}|{text}") for name, severity, text in _EXTENDED]
    categories = ("info", "warning", "error", "user")
    return vim.event.EventDescription(category=[_element(one, one.capitalize()) for one in categories], eventInfo=own + extended)


def tasks() -> Any:
    """TaskDescription."""
    reasons = (
        ("TaskReasonUser", "user"),
        ("TaskReasonSystem", "system"),
        ("TaskReasonAlarm", "alarm"),
        ("TaskReasonSchedule", "schedule"),
    )
    return vim.TaskDescription(
        methodInfo=[_element(key, label) for key, label in _METHODS.items()],
        state=[_element(one, one.capitalize()) for one in ("queued", "running", "success", "error")],
        reason=[vim.TypeDescription(key=getattr(vim, name), label=label, summary=label) for name, label in reasons],
    )


def _detail(kind: Any, severity: str, text: str) -> Any:
    return vim.event.EventDescription.EventDetail(
        key=kind,
        description=text,
        category=severity,
        formatOnDatacenter=text,
        formatOnComputeResource=text,
        formatOnHost=text,
        formatOnVm=text,
        fullFormat=text,
    )


def _element(key: str, label: str) -> Any:
    return vim.ElementDescription(key=key, label=label, summary=label)
