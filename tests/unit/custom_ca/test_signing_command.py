# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operator's program that signs: what it prints, how it fails, and that it is given up with all that it has started."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca import signing_command
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.signing_command import NotSigned, run_command

REQUEST = "-----BEGIN CERTIFICATE REQUEST-----\n"


def python(source: str) -> list[str]:
    """A program."""
    return [sys.executable, "-c", source]


def test_it_reads_the_request_and_its_environment() -> None:
    echo = "import os, sys; print(os.environ['TOKEN'] + sys.stdin.read(), end='')"
    assert run_command(python(echo), REQUEST, 30, {"TOKEN": "t"}) == f"t{REQUEST}"
    assert run_command(python("print('unread')"), REQUEST * 100_000, None, {}) == "unread\n"
    assert run_command(python("import sys; sys.stdout.buffer.write(b'\\xff')"), REQUEST, 30, {}) == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (python("import sys; sys.exit('no such profile')"), f"{sys.executable} ended with 1: no such profile"),
        (python("import sys; sys.exit(3)"), f"{sys.executable} ended with 3: it said nothing"),
        (python("import sys; sys.exit('x' * 900)"), f"{sys.executable} ended with 1: {'x' * 500}"),
        (
            python("import sys; sys.exit('-----BEGIN PRIVATE KEY-----canary')"),
            f"{sys.executable} ended with 1: it printed a private key",
        ),
        (["/no/such/program", "canary"], "/no/such/program cannot be started (No such file or directory)"),
        (["with\0zero"], "with\0zero cannot be started (embedded null byte)"),
    ],
)
def test_a_failure_is_told_without_its_arguments(argv: list[str], told: str) -> None:
    with pytest.raises(NotSigned) as raised:
        run_command(argv, REQUEST, 30, {})
    assert str(raised.value) == told


def test_what_takes_too_long_is_ended_with_all_that_it_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_command, "GRACE_SECONDS", 0.1)
    told: list[tuple[int, int]] = []
    really = os.killpg

    def killpg(group: int, number: int) -> None:
        told.append((group, number))
        really(group, number)

    monkeypatch.setattr(os, "killpg", killpg)
    with pytest.raises(NotSigned) as raised:
        run_command(["sh", "-c", "trap '' TERM; sleep 600 & sleep 600"], REQUEST, 0.2, {})
    assert str(raised.value) == "sh did not end within 0.2 seconds, and was stopped"
    assert [number for _group, number in told] == [signal.SIGTERM, signal.SIGKILL]
    # It was a group of its own, and nobody else was told.
    assert {group for group, _number in told}.isdisjoint({os.getpgrp(), os.getpid()})
