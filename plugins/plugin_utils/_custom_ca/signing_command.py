# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the operator's program that signs a request: given on standard input, and given up in time.

No module of Ansible's: that would write the arguments, and what the program prints, to the controller's log, and no part of a task can be ended in time.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import holds_private_key
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.signals import ending_in_order

# So much of what it says is told where it fails.
TOLD_CHARACTERS = 500
# How long one that is told to end may take before it is killed.
GRACE_SECONDS = 5.0


class NotSigned(Exception):
    """The CA gave nothing for a host; the text says why, without a secret."""


def run_command(argv: Sequence[str], csr_pem: str, seconds: Optional[float], environment: Mapping[str, str]) -> str:
    """What the program writes to standard output. seconds: how long it may take, None for as long as it likes. Raises NotSigned.

    It is ended with all that it has started where it takes longer, and where this process is told to end.
    """
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            list(argv), stdin=pipe, stdout=pipe, stderr=pipe, env={**os.environ, **environment}, start_new_session=True
        )
    except (OSError, ValueError) as error:
        raise NotSigned(f"{argv[0]} cannot be started ({getattr(error, 'strerror', None) or error})") from error
    try:
        with ending_in_order():
            printed, said = process.communicate(csr_pem.encode(), timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise NotSigned(f"{argv[0]} did not end within {seconds:g} seconds, and was stopped") from error
    finally:
        _end(process)
    told = said.decode("utf-8", "replace").strip()
    if process.returncode:
        shown = "it printed a private key" if holds_private_key(told) else told[:TOLD_CHARACTERS] or "it said nothing"
        raise NotSigned(f"{argv[0]} ended with {process.returncode}: {shown}")
    return printed.decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and what it has started, where it has not ended by itself."""
    if process.poll() is None:
        _tell(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        # What it has started may be there still.
        _tell(process, signal.SIGKILL)
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _tell(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(OSError):
        os.killpg(process.pid, number)
