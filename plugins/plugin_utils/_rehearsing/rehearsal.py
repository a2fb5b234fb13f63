# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts a rehearsal, and waits for what it comes to."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, Mapping, Sequence, cast

from ansible import constants
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.libraries import require_libraries
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.parent import end_with_parent
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing import messages

# How much faster than in real life things go in the twin.
SPEED = 100.0
PLAYBOOK = "certops.vsphere.renew_iofilter"
OLDEST_PYTHON = (3, 11)
_LOOK_SECONDS, _STOP_SECONDS = 0.5, 60.0
_HERE = Path(__file__).resolve().parent
_COLLECTION = _HERE.parents[2]
# As Ansible found it: the folder that has the folder ansible_collections. A clone is led to by a link.
_COLLECTIONS = Path(__file__).parents[6]
# All that a rehearsal has of its environment: nothing that says where a vCenter is, nor any secret.
_KEPT = frozenset({"PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TERM", "TZ", "USER", "LOGNAME", "VIRTUAL_ENV"})
_KEPT_STARTS = ("LC_", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "LD_LIBRARY_PATH", "COVERAGE_", "CERTOPS_ROOT")


def require() -> None:
    """Raise InputError, with one sentence, where this controller lacks what the simulated estate takes."""
    if sys.version_info < OLDEST_PYTHON:
        needed, found = (".".join(map(str, one[:2])) for one in (OLDEST_PYTHON, sys.version_info))
        raise messages.REHEARSAL_PYTHON_TOO_OLD(needed=needed, found=found)
    require_libraries("cryptography", "pyvmomi")
    program = _extensions() / "vsphere_sim" / "__main__.py"
    if not program.is_file():
        raise messages.REHEARSAL_SIMULATOR_MISSING(path=program.parent)


def rehearse(
    scenario: Mapping[str, Any],
    sps: Mapping[str, Mapping[str, str]],
    given: Mapping[str, Mapping[str, Any]],
    signed: Sequence[str],
) -> dict[str, Any]:
    """Play it. sps: by the names of vCenters what is changed of their SPS; given: the variables of their inventory, no address among them; signed: those
    that have a CA of the site's sign, which the simulated one does here.

    Returned are the report of all vCenters, and how often the SPS of each restarted. Raises CertopsError. However it ends, nothing of it is left.
    """
    order = {
        "scenario": scenario,
        "sps": sps,
        "given": given,
        "signed": list(signed),
        "speed": SPEED,
        "playbook": PLAYBOOK,
        "extensions": str(_extensions()),
        "collections": os.pathsep.join([str(_COLLECTIONS), *map(str, constants.COLLECTIONS_PATHS)]),
    }
    with subprocess.Popen(
        [sys.executable, "-P", str(_HERE / "supervise.py")],
        env=environment(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # An interrupt at the terminal ends this process, and it ends what it started when it sees that.
        start_new_session=True,
    ) as process:
        try:
            told = _answer(process, f"{json.dumps(order)}\n".encode())
        finally:
            cast(IO[bytes], process.stdin).close()
            process.wait(_STOP_SECONDS)
    answer: dict[str, Any] = json.loads(told) if told else {"problem": "its process ended without a word"}
    if "problem" in answer:
        raise messages.REHEARSAL_FAILED(problem=str(answer["problem"]).rstrip("."))
    return answer


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What a rehearsal has of an environment."""
    return {name: value for name, value in given.items() if name in _KEPT or name.startswith(_KEPT_STARTS)}


def _extensions() -> Path:
    return _COLLECTION / "extensions"


def _answer(process: subprocess.Popen[bytes], order: bytes) -> bytes:
    """All that it says. Raises SystemExit where Ansible has ended meanwhile."""
    to, told = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    try:
        to.write(order)
        to.flush()
    except BrokenPipeError:
        return b""
    said = bytearray()
    while True:
        end_with_parent()
        ready, _none, _neither = select.select([told], [], [], _LOOK_SECONDS)
        if ready:
            piece = os.read(told.fileno(), 1 << 20)
            if not piece:
                return bytes(said)
            said += piece
