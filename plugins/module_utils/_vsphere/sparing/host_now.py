# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host as it is now: its connection and its certificate, and its recent tasks, whoever began them."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

from ..._estate.estate import CONNECTED, EsxiHost
from ..._estate.host_now import HostNow, HostState, HostTask
from ..._wire.pyvmomi_library import vim
from ..hosts import CERTIFICATE, reference, state_of, state_properties
from ..properties import ObjectProperties, read_object, read_with_linked
from ..session import VSphereSession
from .known_certificates import KnownCertificates

# The method that a task names need not be one that pyVmomi knows; its description is a plain text.
TASK_PROPERTIES = ("info.state", "info.descriptionId", "info.startTime")


def read_state(session: VSphereSession, host: EsxiHost, known: KnownCertificates, *, anew: bool = False) -> HostState:
    """A host's connection and certificate now. anew: the certificate is read whatever its thumbprint. Raises CertopsError."""
    if not anew and known.has(host.moid):
        state = _completed(_read(session, host, _without_certificate(session)), host, known)
        if state is not None:
            return state
    return _noted(state_of(_read(session, host, state_properties(session))), host, known)


def read_now(session: VSphereSession, host: EsxiHost, known: KnownCertificates, *, sparing: bool = False) -> HostNow:
    """The same with its tasks, in one call where its certificate is the one that was seen, or was not seen yet.

    sparing: without a certificate where it is another. What may not be read of the tasks is passed over. Raises CertopsError.
    """
    light = sparing or known.has(host.moid)
    found = read_with_linked(
        session,
        reference(session, host),
        _without_certificate(session) if light else state_properties(session),
        "recentTask",
        (vim.Task, TASK_PROPERTIES),
        f"Reading the state and the tasks of {host.name}",
    )
    item = next((one for one in found if isinstance(one.managed_object, vim.HostSystem)), None) or ObjectProperties(None)
    tasks = tuple(sorted((_task(one) for one in found if isinstance(one.managed_object, vim.Task)), key=lambda task: task.begun))
    if not light:
        return HostNow(_noted(state_of(item), host, known), tasks)
    state = _completed(item, host, known)
    if state is None and sparing:
        state = replace(state_of(item), certificate=None)
    # The tasks were read before: one that began meanwhile is seen by whoever looks again, as it would be after any reading.
    return HostNow(state or read_state(session, host, known, anew=True), tasks)


def _without_certificate(session: VSphereSession) -> tuple[str, ...]:
    return tuple(path for path in state_properties(session) if path != CERTIFICATE)


def _read(session: VSphereSession, host: EsxiHost, paths: tuple[str, ...]) -> ObjectProperties:
    found = read_object(session, [reference(session, host)], paths, f"Reading the state of {host.name}")
    return found[0] if found else ObjectProperties(None)


def _completed(item: ObjectProperties, host: EsxiHost, known: KnownCertificates) -> Optional[HostState]:
    """A state that was read without its certificate, with the one that was seen; None where vCenter has the thumbprint of another on record, or has no
    connection to the host, of which it shows no certificate then."""
    state = state_of(item)
    certificate = known.of(host.moid, state.record_thumbprint) if state.connection_state == CONNECTED else None
    return None if certificate is None else replace(state, certificate=certificate)


def _noted(state: HostState, host: EsxiHost, known: KnownCertificates) -> HostState:
    known.note(host.moid, state.record_thumbprint, state.certificate)
    return state


def _task(item: ObjectProperties) -> HostTask:
    begun = item.get("info.startTime")
    return HostTask(
        moid=item.moid,
        kind=item.text("info.descriptionId") or "",
        state=item.text("info.state") or "",
        begun=begun.isoformat() if begun is not None else "",
    )
