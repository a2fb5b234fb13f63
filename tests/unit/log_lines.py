# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of sps.log as Broadcom's KB 320568 and 402809 show them, with other times, hosts and threads."""

from __future__ import annotations

from typing import Optional

from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_findings import Findings
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_scan import LogScan

CLASS = "com.vmware.vim.sms.provider.vasa.VasaProviderImpl"
URL = "https://{}:9080/version.xml"
STACK = "        at com.vmware.vim.sms.client.VasaClientImpl.setContext(VasaClientImpl.java:191)"
SELF_SIGNED = (
    "Setcontext() was interrupted",
    "java.lang.InterruptedException: org.apache.axis2.AxisFault: self signed certificate",
    STACK,
)
FAILED = ("SetContext failed!", "com.vmware.vim.sms.fault.VasaServiceException", STACK)
LOADING = ("[load] Provider loading failed", "com.vmware.vim.sms.fault.VasaServiceException", STACK)


def line(message: str, second: float = 0, thread: Optional[str] = "Thread-17", operation: Optional[str] = "sps-Main-1-2") -> str:
    """One line with its prefix, so many seconds after ten o'clock."""
    minute, rest = divmod(second, 60)
    op = f"opId={operation} " if operation else ""
    return f"2026-11-23T10:{int(minute):02d}:{rest:06.3f}Z [{thread}] ERROR {op}{CLASS} - {message}"


def record(
    message: tuple[str, ...], second: float = 0, thread: str = "Thread-17", operation: Optional[str] = "sps-Main-1-2"
) -> str:
    """A line with its stack trace."""
    return "\n".join((line(message[0], second, thread, operation), *message[1:]))


def legacy(host: str, reason: str, second: float = 0, thread: str = "Thread-17") -> str:
    """What SPS says of a version.xml that it could not read."""
    url = URL.format(host)
    return line(f"[isLegacyProvider] Failed to retrieve version information from provider - {url}: {reason}", second, thread)


def scan_into(findings: Findings, text: bytes, sizes: int = 0, longest_line: int = 32768, path: str = "sps.log") -> LogScan:
    """Read a whole log in pieces of so many bytes, or in one."""
    scan = LogScan(longest_line)
    size = sizes or max(1, len(text))
    for at in range(0, len(text), size):
        for found in scan.feed(text[at : at + size]):
            findings.add(found, path)
    for found in scan.finish():
        findings.add(found, path)
    findings.end_of_log()
    return scan


def found_in(*lines: str, **wanted: object) -> dict[tuple[str, Optional[str]], dict[str, object]]:
    """The findings of a log of these lines, by pattern and host."""
    findings = Findings(**wanted)  # type: ignore[arg-type]
    scan_into(findings, "\n".join(lines).encode())
    return {(one.pattern.name, one.named.esxi_host): one.to_facts() for one in findings.sorted()}
