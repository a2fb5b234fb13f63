# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server: it has imported all that a run needs, and forks a child for each piece of work. `python -m player.server KIND SOCKET`."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable

from player.lifetime import taken_down

ENDS_WITH = 0


def serve(address: str, work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Serve until standard input ends; then no child is left."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(16)
    print("ready", flush=True)
    children: set[int] = set()
    while True:
        ready, _writable, _failed = select.select([listener, ENDS_WITH], [], [], 1 if children else None)
        children -= set(_ended(children))
        if ENDS_WITH in ready and taken_down(Path(address).parent, ENDS_WITH):
            break
        if listener in ready:
            connection, _from = listener.accept()
            child = os.fork()
            if not child:
                listener.close()
                _in_child(connection, work)
            children.add(child)
            connection.close()
    for child in children:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)


def _ended(children: set[int]) -> list[int]:
    return [child for child in children if os.waitpid(child, os.WNOHANG)[0]]


def _in_child(connection: socket.socket, work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Do one piece of work, and end. What it starts is of its process group, which is killed whole."""
    status = 1
    try:
        os.setsid()
        with connection.makefile("rb") as stream:
            request = json.loads(stream.readline())
        os.dup2(os.open(os.devnull, os.O_RDONLY), ENDS_WITH)
        printed = os.open(request["printed_to"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        connection.sendall(b"%d\n" % os.getpid())
        answer = work(request)
        sys.stdout.flush()
        used = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        answer["cpu_seconds"] = sum(one.ru_utime + one.ru_stime for one in used)
        connection.sendall(json.dumps(answer).encode())
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        _save_coverage()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _save_coverage() -> None:
    """What was measured is written at the end of a process, which this child does not come to."""
    if "coverage" in sys.modules:
        current = sys.modules["coverage"].Coverage.current()
        if current is not None:
            current.stop()
            current.save()


if __name__ == "__main__":
    from player.work import KINDS, do

    KINDS[sys.argv[1]]()
    serve(sys.argv[2], do)
