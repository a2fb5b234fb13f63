# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the logs of SPS and vpxd say of a provider that is broken: the pattern, its cause and its remedy.

The patterns stand on the lines that Broadcom's KB 320568 and 402809 show, and on field reports; the faults are those of the SMS API reference.
A record is a line with the stack trace that follows it. It is told by the first pattern of PATTERNS that it holds: the more exact go first.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

from .._common import names

# How soon somebody has to look at it: a cause, something that passes or is told better elsewhere, or a consequence whose cause is unknown.
CAUSE, PASSING, CONSEQUENCE = range(3)

_LEGACY = rb"isLegacyProvider\][^\n]{0,1024}"
_UNTRUSTED = "The root that issued the certificate of the host is missing among the trusted roots of the vCenter, or of SPS."
_IMPORT_ROOT = (
    "Compare the issuer of the host's certificate with the vCenter's trusted roots (TRUSTED_ROOTS); add the missing root, or renew the host's "
    "certificate through VMCA, then re-register the provider (KB 402809)."
)
_RENEW = "Renew the host's certificate, disconnect and reconnect the host, then unregister and register the provider (KB 320568)."


class Pattern(NamedTuple):
    """One thing that can be wrong. kb: the numbers of Broadcom's knowledge base; urgency: CAUSE, PASSING or CONSEQUENCE."""

    name: str
    urgency: int
    matches: str
    cause: str
    remedy: str
    kb: tuple[int, ...] = ()

    def found_in(self, text: bytes) -> bool:
        """Whether a record holds it."""
        return _compiled(self.matches).search(text) is not None


def _compiled(pattern: str) -> re.Pattern[bytes]:
    # re keeps what it compiled, and fewer patterns than it keeps are here.
    return re.compile(pattern.encode("ascii"))


def _alert(name: str, ends: str, cause: str, remedy: str, *kb: int) -> Pattern:
    """A variety of `[isLegacyProvider] Failed to retrieve version information from provider - URL: REASON`."""
    return Pattern(f"version_unread_{name}", CAUSE, f"{_LEGACY.decode('ascii')}(?:{ends})", cause, remedy, kb)


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "vmca_root_too_young",
        CAUSE,
        r"Start Time Error|\(70034\)",
        "VMCA's root is younger than vpxd.certmgmt.certs.minutesBefore, so the certificate would begin before its root (error 70034).",
        "Set vpxd.certmgmt.certs.minutesBefore to 10, renew the host's certificate, and set it back.",
    ),
    Pattern(
        "vmca_access_denied",
        CAUSE,
        r"signed certificate for[^\n]{0,1024}ERROR_ACCESS_DENIED|ERROR_ACCESS_DENIED[^\n]{0,1024}signed certificate for",
        "VMCA refused to sign a certificate, because the account by which vCenter asked it is not one of its administrators (ERROR_ACCESS_DENIED).",
        "Look into the log of vmcad on the vCenter for the account, have it be a member of the group CAAdmins (KB 303166), and renew the host's certificate.",
        (303166,),
    ),
    Pattern(
        "vmca_refused",
        CAUSE,
        r"Unable to get signed certificate",
        "VMCA did not sign a certificate for the host, for the reason that the line gives.",
        "Look at the service vmcad and its log on the vCenter, and renew the host's certificate.",
        (303166,),
    ),
    Pattern(
        "self_signed_certificate",
        CAUSE,
        r"AxisFault: [^\n]{0,256}self[- ]signed certificate",
        "The certificate of the host, or the one that SPS itself presents, is self-signed and the other side does not trust it.",
        _RENEW,
        (320568,),
    ),
    _alert(
        "certificate_unknown",
        r"certificate_unknown|\(46\)",
        "SPS and the host do not trust each other: the TLS handshake ended with certificate_unknown(46).",
        f"{_IMPORT_ROOT} Where the provider stays offline all the same, the host's list of trusted CAs lacks what SPS presents: esxi_trust_repair in"
        " check mode tells, and certops_repair_host_trust completes the list.",
        402809,
    ),
    _alert(
        "certificate_expired",
        r"certificate_expired|\(45\)",
        "The certificate of the host, or the one that SPS presents, has expired: the TLS handshake ended with certificate_expired(45).",
        _RENEW,
        320568,
        402809,
    ),
    _alert(
        "bad_certificate",
        r"bad_certificate|\(42\)",
        "A certificate is malformed or its signature is wrong: the TLS handshake ended with bad_certificate(42).",
        _RENEW,
        320568,
        402809,
    ),
    _alert("unknown_ca", r"unknown_ca|\(48\)", f"{_UNTRUSTED} The TLS handshake ended with unknown_ca(48).", _IMPORT_ROOT, 402809),
    _alert(
        "connection_refused",
        r"Connection refused",
        "Nothing answers on the provider's port of the host: iofiltervpd is not running there.",
        "Start iofiltervpd on the host (/etc/init.d/iofiltervpd restart), and look into /var/run/log/iofiltervpd.log.",
    ),
    _alert(
        "timed_out",
        r"[Tt]imed out|No route to host|Network is unreachable",
        "The host does not answer on the provider's port within the time: a firewall or the network is between.",
        "Allow TCP 9080 between vCenter and host: the host's firewall ruleset iofiltervp, and the firewalls between.",
    ),
    _alert(
        "unknown_host",
        # Java's UnknownHostException has no other message than the host's name where the resolver gave no reason.
        r"UnknownHost|[Uu]nknown host|Name or service not known|nodename nor servname|://([^\s/:]{1,255})\S{0,512}:[ ]{1,8}\1[ ]{0,8}(?:\n|$)",
        "The vCenter cannot resolve the name of the host.",
        "Correct the DNS records of the host, or the resolver of the vCenter.",
    ),
    Pattern(
        "certificate_expired",
        CAUSE,
        r"CertificateExpiredException",
        "The certificate of the peer, or SPS's own sms_self_signed, has expired.",
        f"{_RENEW} If all providers show it at once, SPS's own certificate has expired: KB 440183.",
        (320568, 440183),
    ),
    Pattern(
        "certificate_invalid",
        CAUSE,
        r"sms\.fault\.InvalidCertificate",
        "The certificate has expired, is not valid yet, is malformed, or does not have the name by which the host is registered.",
        "Compare the names in the certificate with the name in the provider's url, and the clocks of host and vCenter.",
        (320568,),
    ),
    Pattern(
        "certificate_not_trusted",
        CAUSE,
        r"sms\.fault\.CertificateNotTrusted|PKIX path building failed|CertPathValidatorException",
        _UNTRUSTED,
        _IMPORT_ROOT,
        (402809,),
    ),
    _alert(
        "other",
        r"Failed to retrieve version information",
        "SPS could not read the provider's version.xml for the reason that the line gives.",
        "Read that url from the vCenter, and look at iofiltervpd on the host.",
    ),
    Pattern(
        "provider_cache_entry_kept",
        PASSING,
        r"Error while removing an entry for the provider in the providerCache",
        "A provider was unregistered while it was offline, and SPS could not remove all that it knew of it.",
        "Make the provider reachable, and unregister it again after a restart of SPS.",
    ),
    Pattern(
        "set_context_interrupted",
        PASSING,
        r"Set[Cc]ontext\(\) was interrupted",
        "SPS could not open a session with the provider, for the reason that the line gives.",
        "Look up the exception that the example shows.",
    ),
    Pattern(
        "sps_starting",
        PASSING,
        r"ServiceNotInitialized",
        "SPS is starting, and does not answer yet.",
        "Wait. If it goes on for longer than fifteen minutes, look into the state of the service sps.",
    ),
    Pattern(
        "set_context_failed",
        CONSEQUENCE,
        r"SetContext failed",
        "A consequence: SPS could not open a session with the provider. No line before it says why in words that are known.",
        "Read the line before it of the same thread.",
    ),
    Pattern(
        "provider_loading_failed",
        CONSEQUENCE,
        r"Provider loading failed",
        "A consequence: SPS could not load the provider. No line before it says why in words that are known.",
        "Read the line before it of the same thread.",
    ),
)

# A line that holds none of these is not looked at: each is part of a pattern, and searching for them is all that most of a log costs.
NEEDLES: tuple[bytes, ...] = (
    b"isLegacyProvider]",
    b"AxisFault",
    b"CertificateExpiredException",
    b"fault.InvalidCertificate",
    b"fault.CertificateNotTrusted",
    b"PKIX path building",
    b"CertPathValidatorException",
    b"ServiceNotInitialized",
    b"in the providerCache",
    b"ontext() was interrupted",
    b"SetContext failed",
    b"Provider loading failed",
    b"Unable to get signed certificate",
    b"Start Time Error",
    b"(70034)",
)
# Lines that may name the host or the provider that other lines of the same thread are about.
NAMING_NEEDLES: tuple[bytes, ...] = (b"/version.xml", b"IOFILTER Provider ", b":9080")
CONSEQUENCE_NEEDLES: tuple[bytes, ...] = (b"SetContext failed", b"Provider loading failed")

# Where the port of an ESXi host's provider stands in a url.
_IOFILTER_PORT = re.compile(r":9080(?!\d)")
_ACCOUNT = re.compile(r"://[^/@]{1,512}@")
_URL = re.compile(rb"\bhttps?://[^\s/\"'<>\x00-\x1f]{1,255}(?:/[^\s\"'<>()\[\],;]{0,512})?")
_IOFILTER_NAME = re.compile(rb"IOFILTER Provider ([A-Za-z0-9_.:%-]{1,255})")
# "for host: X.", "for host name 'X' ip 'Y'", "for(host) name 'X'", "forhost name 'X'": name and ip are words of vpxd's and no hosts. What follows
# the first of them in quotes is one, and a host without a name is known by its address.
_SIGNING_HOST = re.compile(
    rb"signed certificate for\s{0,4}\(?host\)?[\s:'\"]{0,8}(?:name[\s:'\"]{1,8}(?:ip[\s:'\"]{1,8})?)?(\[?[A-Za-z0-9_.:%-]{1,255}\]?)"
)
# A stack trace is about one thing; whoever fills a record with more is not read further.
_LONGEST_NAMED = 8192


class Named(NamedTuple):
    """Whom a text is about: the ESXi host, where it is one's, and the provider as the text names it."""

    esxi_host: Optional[str]
    provider: Optional[str]


NOBODY = Named(None, None)


def pattern_of(text: bytes) -> Optional[Pattern]:
    """The first pattern that a record holds."""
    return next((pattern for pattern in PATTERNS if pattern.found_in(text)), None)


def named_in(text: bytes) -> Named:
    """Whom a text names first: an IOFILTER provider by its url or name, the host of a certificate, or another provider by its url."""
    text = text[:_LONGEST_NAMED]
    other = NOBODY
    for found in _URL.finditer(text):
        url = _ACCOUNT.sub("://", found.group().decode("ascii", "replace").rstrip(":."))
        host = names.host_of_url(url)
        if host and _IOFILTER_PORT.search(url):
            return Named(host, url)
        if host and other is NOBODY and url.endswith("/version.xml"):
            other = Named(None, url)
    by_name = _IOFILTER_NAME.search(text) or _SIGNING_HOST.search(text)
    if by_name:
        host = names.normalise(by_name.group(1).decode("ascii").rstrip(":.-"))
        return Named(host, f"IOFILTER Provider {host}" if by_name.re is _IOFILTER_NAME else None) if host else other
    return other
