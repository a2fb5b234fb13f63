# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a connection proves that it leads to the host that is meant: for SSH, whether the host's key is checked.

What counts is what ssh itself makes of it (ssh -G): of the arguments that Ansible's connection plugin gives it, from ansible.cfg, the environment,
the inventory and the command line, and of the files of ssh_config(5), with all the spellings that it takes. What is not known to check is taken
for what does not.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import Any, Callable, Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._common.names import as_address, normalise
from ansible_collections.certops.vsphere.plugins.module_utils._common.printable import on_one_line

# Ansible's own plugin, whose arguments for ssh are known. Not by its name alone, which others take too.
_OWN_PLUGIN = "ansible.plugins.connection.ssh"
LONGEST_SECONDS = 30.0
_LONGEST_SAID = 200

# What ssh -G prints of StrictHostKeyChecking. With ask a key that is known is checked, and of another the operator is asked, who answers for it.
_CHECKS = ("true", "yes", "ask")
_ASKS = "ask"
_NO = ("", "no", "false", "none")
_NO_FILE = ("/dev/null", "none")

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def unverified(connection: Any, host_names: Sequence[str], run: Optional[Run] = None) -> Optional[str]:
    """Why this connection is not known to check who answers; None where it is.

    host_names: what the host goes by, its name and address. run: starts ssh (for tests).
    """
    if type(connection).__module__ != _OWN_PLUGIN:
        name = getattr(connection, "transport", None) or type(connection).__name__
        return f"of the connection plugin {name} it is not known whether it checks host keys"
    try:
        settings = _resolved(connection, run or _run)
    # Whatever goes wrong in Ansible's plugin or in starting ssh: then nothing is known.
    except Exception as error:
        return f"it cannot be determined whether ssh checks host keys ({_shortened(str(error) or type(error).__name__)})"
    return _problem(settings, host_names)


def _problem(settings: Mapping[str, str], host_names: Sequence[str]) -> Optional[str]:
    strict = settings.get("stricthostkeychecking", "")
    if strict not in _CHECKS:
        return f"ssh checks no host key, or takes new ones unasked (StrictHostKeyChecking is {_shortened(strict) or 'not told'})"
    files = settings.get("userknownhostsfile", "").split()
    if strict == _ASKS and all(name in _NO_FILE for name in files):
        return f"ssh keeps no host key (UserKnownHostsFile is {' '.join(files) or 'empty'}), so each one is new"
    if settings.get("verifyhostkeydns", "") not in (*_NO, _ASKS):
        return "ssh takes host keys from the DNS (VerifyHostKeyDNS)"
    if settings.get("knownhostscommand", "") not in _NO:
        return "ssh takes host keys from a command (KnownHostsCommand)"
    if settings.get("nohostauthenticationforlocalhost", "") not in _NO:
        return "ssh checks no host key of a loopback address (NoHostAuthenticationForLocalhost)"
    alias = settings.get("hostkeyalias", "")
    if alias not in _NO and normalise(alias) not in _known_as(host_names):
        return f"ssh takes the host key of another name (HostKeyAlias is {_shortened(alias)})"
    return None


def _known_as(host_names: Sequence[str]) -> set[str]:
    names = {normalise(name) for name in host_names}
    return names | {name.partition(".")[0] for name in names if as_address(name) is None}


def _resolved(connection: Any, run: Run) -> dict[str, str]:
    """What ssh makes of its arguments and files, by option in lower case."""
    host = str(connection.get_option("host") or connection._play_context.remote_addr)
    executable = str(connection.get_option("ssh_executable"))
    connection.host = host
    built = [part.decode("utf-8", "surrogateescape") for part in connection._build_command(executable, "ssh", host)]
    _close_password_pipe(connection)
    # Before it there may be sshpass, which must not wait for a prompt that does not come.
    place = built.index(executable)
    done = run([executable, "-G", *built[place + 1 :]])
    if done.returncode != 0:
        raise ValueError(f"{executable} -G ended with {done.returncode}: {done.stderr.strip()}")
    lines = (line.partition(" ") for line in done.stdout.splitlines())
    found: dict[str, str] = {}
    for key, _blank, value in lines:
        found.setdefault(key.lower(), value.strip())
    return found


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    # Nothing of it is a shell's, and its input is nobody's terminal.
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False, timeout=LONGEST_SECONDS
    )


def _close_password_pipe(connection: Any) -> None:
    """Ansible opened it for the sshpass that is not started; it opens another for the next command."""
    for descriptor in getattr(connection, "sshpass_pipe", None) or ():
        with contextlib.suppress(OSError):
            os.close(descriptor)
    if getattr(connection, "sshpass_pipe", None):
        connection.sshpass_pipe = None


def _shortened(text: str) -> str:
    return on_one_line(text)[:_LONGEST_SAID]
