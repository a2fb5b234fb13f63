# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the programs of hosts ask the simulator to do their work."""

from __future__ import annotations

import socket
from typing import Mapping

from ..estate.esxi_host import EsxiHost
from ..estate.vcenter import VCenter
from .commands.invocation import Answer, Invocation
from .commands.registry import find, is_mutating, method_of
from .files import HostFiles
from .gate import Gate, Passage
from .running import Running, RunningExecs

LARGEST_REQUEST_BYTES = 1024 * 1024
PATIENCE_SECONDS = 30.0
SEPARATOR = "\037"
NOT_FOUND_STATUS = 127


class HostCalls:
    """Answers the scripts of a host's /bin, /sbin and /etc/init.d."""

    def __init__(self, hosts: Mapping[str, tuple[VCenter, EsxiHost, HostFiles, Gate]], running: RunningExecs) -> None:
        self._hosts = hosts
        self._running = running

    def serve(self, connection: socket.socket) -> None:
        """Serve one call: who asks, in which exec, which program, with which arguments."""
        connection.settimeout(PATIENCE_SECONDS)
        request = bytearray()
        while chunk := connection.recv(65536):
            request += chunk
            if len(request) > LARGEST_REQUEST_BYTES:
                return
        words = request.decode("utf-8", "replace").split(SEPARATOR)[:-1]
        if len(words) < 3 or words[0] not in self._hosts:
            return
        address, number, program, *arguments = words
        answer = self._answer(address, self._running.find(number), program, arguments)
        if answer is not None:
            connection.settimeout(PATIENCE_SECONDS)
            connection.sendall(_encoded(answer))

    def _answer(self, address: str, running: Running | None, program: str, arguments: list[str]) -> Answer | None:
        vcenter, host, files, gate = self._hosts[address]
        run = find(program)
        if run is None:
            return Answer(NOT_FOUND_STATUS, error=f"sh: {program}: not found\n")
        mutating = is_mutating(program, arguments)
        session, username = (running.session, running.username) if running else (None, "root")
        passage = gate.enter(method_of(program, arguments), None, session, username, mutating)
        answer = self._before(vcenter, gate, passage, running)
        if answer is None:
            if running is not None and mutating:
                running.changed = True
            answer = run(Invocation(vcenter, host, files, program, arguments))
            gate.leave(passage, "ok" if answer.status == 0 else f"exit {answer.status}")
            if passage.effect.get("drop") == "after" and running is not None:
                running.drop()
        return answer

    def _before(self, vcenter: VCenter, gate: Gate, passage: Passage, running: Running | None) -> Answer | None:
        """What a rule makes of it instead; None where it is to be done."""
        effect, mutating = passage.effect, passage.entry.mutating
        vcenter.clock.rest(float(effect.get("delay_seconds") or 0))
        if "hang_seconds" in effect:
            vcenter.clock.rest(float(effect["hang_seconds"]))
        passage.entry.mutating = False
        if "hang_seconds" in effect or effect.get("drop") == "before":
            gate.leave(passage, "hung" if "hang_seconds" in effect else "dropped before")
            if running is not None:
                running.drop()
            return Answer(255)
        if passage.refusal is None:
            passage.entry.mutating = mutating
            return None
        status, error = passage.refusal
        gate.leave(passage, f"exit {status}")
        return Answer(status, error=error)


def _encoded(answer: Answer) -> bytes:
    lines = [f"{mark}{line}" for mark, text in (("1", answer.output), ("2", answer.error)) for line in text.splitlines()]
    return "\n".join([str(answer.status), *lines, ""]).encode()
