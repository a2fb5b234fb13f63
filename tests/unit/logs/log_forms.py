# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines for each pattern in the forms that public reports show for vCenter 6.7 to 9, with other times, hosts and threads.

The prefixes: 6.7 as in reports of vVols (a thread of a pool, an operation of the client, DEBUG and ERROR), KB 320568 and 402809 (7.0 and 8.0), KB
303166, 403980 and 442815 (vpxd, with and without Originator), and each as a syslog
server has it that vCenter forwards its logs to.
"""

from __future__ import annotations

from typing import NamedTuple

VASA = "com.vmware.vim.sms.provider.vasa."
CLIENT = "com.vmware.vim.sms.client."
HOST = "{host}"
URL = "https://{host}:9080/version.xml"
LEGACY = f"[isLegacyProvider] Failed to retrieve version information from provider - {URL}: "
AT = "\tat com.vmware.vim.sms.provider.vasa.VersionHandler.isLegacyProvider(VersionHandler.java:409)"
FAULT = "com.vmware.vim.binding.sms.fault."


class Message(NamedTuple):
    """What is written after the prefix: the pattern that it is told by, the class that writes it, the message and its stack trace."""

    pattern: str
    source: str
    text: str
    below: tuple[str, ...] = ()


# Each names its host itself, but for the last ones, which are told of the url that the line before of the same thread has.
SPS = (
    Message("version_unread_certificate_unknown", f"{VASA}VersionHandler", f"{LEGACY}certificate_unknown(46)"),
    Message("version_unread_certificate_unknown", f"{VASA}VersionHandler", f"{LEGACY}Received fatal alert: certificate_unknown"),
    Message("version_unread_certificate_expired", f"{VASA}VersionHandler", f"{LEGACY}certificate_expired(45)"),
    Message("version_unread_bad_certificate", f"{VASA}VersionHandler", f"{LEGACY}Received fatal alert: bad_certificate"),
    Message("version_unread_unknown_ca", f"{VASA}VersionHandler", f"{LEGACY}unknown_ca(48)"),
    Message("version_unread_connection_refused", f"{VASA}VersionHandler", f"{LEGACY}Connection refused (Connection refused)"),
    Message("version_unread_connection_refused", f"{VASA}VersionHandler", f"{LEGACY}Connection refused"),
    Message("version_unread_timed_out", f"{VASA}VersionHandler", f"{LEGACY}connect timed out"),
    Message("version_unread_timed_out", f"{VASA}VersionHandler", f"{LEGACY}Connect timed out"),
    Message("version_unread_timed_out", f"{VASA}VersionHandler", f"{LEGACY}No route to host (Host unreachable)"),
    Message("version_unread_unknown_host", f"{VASA}VersionHandler", f"{LEGACY}{HOST}"),
    Message("version_unread_unknown_host", f"{VASA}VersionHandler", f"{LEGACY}{HOST}: Name or service not known"),
    Message("version_unread_other", f"{VASA}VersionHandler", f"{LEGACY}Remote host terminated the handshake"),
    Message(
        "certificate_not_trusted",
        f"{VASA}VersionHandler",
        f"Exception while retrieving version info for provider {URL}",
        (f"{FAULT}CertificateNotTrusted: null", f"{AT} ~[sms-1.0.jar:?]"),
    ),
    Message(
        "certificate_not_trusted",
        f"{VASA}VasaProviderUtils",
        f"Could not connect to {URL}",
        (
            "javax.net.ssl.SSLHandshakeException: sun.security.validator.ValidatorException: PKIX path building failed:"
            " sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target",
            AT,
        ),
    ),
    Message(
        "certificate_expired",
        f"{VASA}VasaProviderUtils",
        f"Could not connect to {URL}",
        (
            "javax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check"
            " failed",
            AT,
            "Caused by: java.security.cert.CertificateExpiredException: NotAfter: Sun Nov 22 23:59:59 UTC 2026",
            "\t... 23 more",
        ),
    ),
    Message(
        "certificate_invalid",
        f"{VASA}VasaProviderImpl",
        f"Provider IOFILTER Provider {HOST} cannot be registered",
        (f"{FAULT}InvalidCertificate: null", AT),
    ),
    Message(
        "self_signed_certificate",
        f"{CLIENT}VasaClientImpl",
        f"Setcontext() was interrupted {URL}",
        (
            "java.lang.InterruptedException: org.apache.axis2.AxisFault: self signed certificate",
            "\tat com.vmware.vim.sms.client.VasaClientImpl.executeWithTimeout(VasaClientImpl.java:240)",
            "\tat com.sun.proxy.$Proxy114.setContext(Unknown Source)",
        ),
    ),
    Message("set_context_interrupted", f"{CLIENT}VasaClientImpl", f"Setcontext() was interrupted {URL}"),
    Message(
        "provider_cache_entry_kept",
        "com.vmware.vim.sms.StorageManagerImpl",
        f"Error while removing an entry for the provider in the providerCache: IOFILTER Provider {HOST}",
    ),
    Message("sps_starting", f"{VASA}VasaProviderImpl", f"{URL} {FAULT}ServiceNotInitialized"),
    Message(
        "set_context_failed",
        f"{VASA}VasaProviderImpl",
        f"SetContext failed! {URL}",
        ("com.vmware.vim.sms.fault.VasaServiceException", AT),
    ),
    Message(
        "provider_loading_failed",
        f"{VASA}VasaProviderImpl",
        f"[load] Provider loading failed {URL}",
        ("com.vmware.vim.sms.fault.VasaServiceException", "\tat sun.reflect.NativeMethodAccessorImpl.invoke0(Native Method)"),
    ),
)

_START = "Error: Start Time Error (70034)"
_TASK = "[VpxLRO] -- ERROR task-{number} -- host-{number} -- vim.CertificateManager.refreshCertificates: vmodl.fault.SystemError:"
_RESULT = ("--> Result:", "--> (vmodl.fault.SystemError) {{", "-->    faultCause = (vmodl.MethodFault) null, ")
VPXD = (
    Message(
        "vmca_root_too_young",
        "Default",
        f"A general system error occurred: Unable to get signed certificate for host: {HOST}. {_START}",
    ),
    Message(
        "vmca_root_too_young",
        "vpxLro",
        _TASK,
        (
            *_RESULT,
            f"-->    reason = \"Unable to get signed certificate for host name '{HOST}' ip '192.0.2.3': {_START}\"",
            '-->    msg = ""',
            "--> }}",
        ),
    ),
    Message(
        "vmca_access_denied",
        "Default",
        _TASK,
        (
            *_RESULT,
            "-->    faultMessage = <unset>,",
            f"-->    reason = \"Unable to get signed certificate forhost name '{HOST}' ip '192.0.2.3': Error: Operation failed with error ="
            ' ERROR_ACCESS_DENIED (5) (5)"',
            "--> }}",
        ),
    ),
    Message(
        "vmca_refused",
        "CertificateManager",
        f"Unable to get signed certificate for host '{HOST}': Error: Failed to connect to the remote host, reason = rpc_s_connect_rejected (0x16c9a041)",
    ),
)


class Form(NamedTuple):
    """How a line begins: of sps.log and of vpxd.log. header: what a syslog server puts before each line of a message."""

    sps: str
    vpxd: str
    header: str = ""


FORMS = {
    "6.7": Form(
        "2026-11-{day}T13:{minute}:47.967Z [pool-22-thread-{number}] ERROR opId=StorageProvidersViewMediator-sync-3298{number}-ngc:7003{number} {source} - ",
        "2026-11-{day}T15:{minute}:58.251Z info vpxd[7F23C54257{number}] [Originator@6876 sub={source} opID=AddHostWizard-add-6826{number}-ngc-15] ",
    ),
    "7.0": Form(
        "2026-11-{day}T00:{minute}:34.197Z [Thread-{number}] ERROR opId=sps-Main-605481-{number} {source} - ",
        "2026-11-{day}T15:{minute}:58.251Z error vpxd[0{number}24] [Originator@6876 sub={source} opID=CheckCertificateExpiry-7460ee{number}] ",
    ),
    "8.0": Form(
        "2026-11-{day}T00:{minute}:34.198Z [pool-29-thread-{number}] WARN  opId=sps-Main-1-{number} {source} - ",
        "2026-11-{day}T15:{minute}:58.251Z error vpxd[0{number}24] [Originator@6876 sub={source} opID=m1-{number}-auto-4c-h5:7001-{number}] ",
    ),
    "9.0": Form(
        "2026-11-{day}T00:{minute}:34.198+00:00 [sps-worker-{number}] ERROR opId=sps-Main-1-{number} {source} - ",
        "2026-11-{day}T15:{minute}:58.251Z error vpxd[{number}2853] [sub={source} opID=x-{number}] ",
    ),
    "no operation": Form(
        "2026-11-{day} 00:{minute}:34,198 [Thread-{number}] ERROR {source} - ",
        "2026-11-{day}T15:{minute}:58Z warning vpxd[{number}] ",
    ),
    "a syslog server's, without a year": Form(
        "[Thread-{number}] ERROR opId=sps-Main-1-{number} {source} - ",
        "[Originator@6876 sub={source} opID=x-{number}] ",
        "Nov {day} 00:{minute}:34 vc01 sps[{number}]: ",
    ),
    "a syslog server's, with a year": Form(
        "[Thread-{number}] ERROR opId=sps-Main-1-{number} {source} - ",
        "info [Originator@6876 sub={source} opID=x-{number}] ",
        "<11>1 2026-11-{day}T00:{minute}:34.198Z vc01.example.net sps {number} - - ",
    ),
    "a syslog server's, before the line as it is": Form(
        "2026-11-{day}T00:{minute}:34.198Z [Thread-{number}] ERROR opId=sps-Main-1-{number} {source} - ",
        "2026-11-{day}T15:{minute}:58.251Z error vpxd[{number}2853] [Originator@6876 sub={source} opID=x-{number}] ",
        "2026-11-{day}T00:{minute}:34.198+00:00 vc01 vmware[{number}]: ",
    ),
}


def host_of(number: int) -> str:
    """The host of a message."""
    return f"esx{number:02d}.example.net"


def log(form: Form, service: str) -> str:
    """A log that has all messages of a service in a form, each of another host, some minutes apart."""
    messages, prefix = (SPS, form.sps) if service == "sps" else (VPXD, form.vpxd)
    lines = []
    for number, message in enumerate(messages):
        shown = {
            "day": "23",
            "minute": f"{2 * number:02d}",
            "number": number + 10,
            "source": message.source,
            "host": host_of(number),
        }
        told = [prefix + message.text, *message.below]
        lines += [(form.header + line).format(**shown) for line in told]
    return "\n".join([*lines, ""])


def findings_of(service: str) -> set[tuple[str, str]]:
    """What is right to say of it."""
    return {(message.pattern, host_of(number)) for number, message in enumerate(SPS if service == "sps" else VPXD)}
