# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What vCenter says in words with a fault."""

from __future__ import annotations

from typing import Any

_TEXTS = {
    "NotAuthenticated": "The session is not authenticated.",
    "InvalidLogin": "Cannot complete login due to an incorrect user name or password.",
    "NoPermission": "Permission to perform this operation was denied.",
    "InvalidState": "The operation is not allowed in the current state.",
    "InvalidArgument": "A specified parameter was not correct: ",
    "InvalidName": "The name is not valid.",
    "NotSupported": "The operation is not supported on the object.",
    "NotFound": "The object or item referred to could not be found.",
    "HostNotConnected": "Unable to communicate with the remote host, since it is disconnected.",
    "HostNotReachable": "Unable to communicate with the remote host, since it is not reachable.",
    "SSLVerifyFault": "Authenticity of the host's SSL certificate is not verified.",
    "InvalidCollectorVersion": "Invalid collector version.",
    "TaskInProgress": "Another task is already in progress.",
    "RequestCanceled": "The task was canceled by a user.",
    "InvalidSession": "The session is not valid.",
    "ServiceNotInitialized": "The service is not initialized.",
    "CertificateNotTrusted": "The certificate of the provider is not trusted.",
    "InvalidCertificate": "The certificate of the provider is not valid.",
    "ProviderUnregistrationFault": "The provider could not be unregistered.",
    "ProviderRegistrationFault": "The provider could not be registered.",
    "AlreadyExists": "The specified key, name, or identifier already exists.",
    "IncorrectUsernamePassword": "The user name or the password is not correct.",
    "InvalidUrl": "The URL is not valid.",
}


def text_of(fault: Any) -> str:
    """The words for a fault that has none of its own."""
    name = type(fault).__name__.rsplit(".", 1)[-1]
    text = _TEXTS.get(name, name)
    if name == "InvalidArgument":
        text += str(getattr(fault, "invalidProperty", "") or "")
    elif name == "ManagedObjectNotFound":
        obj = fault.obj
        text = f"The object '{type(obj).__name__}:{obj._GetMoId()}' has already been deleted or has not been completely created"
    elif name == "InvalidProperty":
        text = f"The property {fault.name} is not valid."
    return text
