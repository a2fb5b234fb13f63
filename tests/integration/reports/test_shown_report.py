# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on a terminal: coloured by Ansible's own rules, whole without colours, broken by the terminal's width, and no harm to JSON."""

from __future__ import annotations

import json
import os
import pty
import re
import struct
import subprocess
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest
from ansible_collections.certops.vsphere.tests.unit.fleets import every_result
from processes import BIN, ROOT

COLOUR = re.compile("\x1b\\[[0-9;]*m")
PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - certops.vsphere.show_report:
        report: "{{ lookup('ansible.builtin.file', 'report.json') | from_json }}"
"""


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that shows a report with every result there is."""
    folder = tmp_path_factory.mktemp("shown")
    (folder / "report.json").write_text(json.dumps(every_result()["vcenters"][0]), encoding="utf-8")
    (folder / "play.yml").write_text(PLAYBOOK, encoding="utf-8")
    return [str(BIN / "ansible-playbook"), str(folder / "play.yml"), "-i", "localhost,"]


def environment(**changes: str) -> dict[str, str]:
    """Ours, without what says anything of colours."""
    kept = {name: value for name, value in os.environ.items() if "COLOR" not in name}
    return {**kept, "TERM": "xterm-256color", **changes}


def piped(command: list[str], **changes: str) -> str:
    """What it prints into a pipe."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment(**changes), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    return done.stdout


def on_terminal(command: list[str], columns: int, **changes: str) -> str:
    """What it prints on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(command, cwd=ROOT, env=environment(**changes), stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    read = b""
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:
            # What a terminal says when nobody writes to it any more.
            break
        if not part:
            break
        read += part
    os.close(ours)
    assert process.wait() == 0
    return read.decode().replace("\r\n", "\n")


def table(printed: str) -> list[str]:
    """The report's lines."""
    text = printed.splitlines()
    first = next(place for place, line in enumerate(text) if COLOUR.sub("", line).startswith("vc-run ("))
    return text[first : next(place for place, line in enumerate(text) if place > first and not line.strip())]


def test_a_pipe_has_no_colours_and_whole_lines(command: list[str]) -> None:
    lines = table(piped(command))
    assert not COLOUR.search("".join(lines))
    assert lines[1] == "STOPPED: failed broke."
    assert any(line.endswith("in which vCenter renews no certificate") and " blocked " in line for line in lines)


def test_a_terminal_has_colours_and_reasons_within_their_column(command: list[str]) -> None:
    lines = table(on_terminal(command, 150))
    failed = next(line for line in lines if line.startswith("failed "))
    assert re.search("\x1b\\[0;31mfailed +\x1b\\[0m", failed), repr(failed)
    plain = [COLOUR.sub("", line) for line in lines]
    assert any(line.endswith("…") for line in plain[3:])
    hosts = plain[3 : next(place for place, line in enumerate(plain) if line.startswith("orphan"))]
    assert all(len(line) < 150 for line in hosts)


def test_a_narrow_terminal_has_a_table_that_fits_it(command: list[str]) -> None:
    plain = [COLOUR.sub("", line) for line in table(on_terminal(command, 80))]
    assert max(map(len, plain)) < 80
    heading = next(line for line in plain if line.startswith("ESXI HOST"))
    assert heading.split() == ["ESXI", "HOST", "CLUSTER", "EXPIRES", "PROVIDER", "RESULT"]
    start = heading.index("RESULT")
    assert [line[start:] for line in plain if line.startswith(("failed ", "unfinished ", "ok "))] == ["failed", "unfinished", "ok"]
    assert "renew reconnect reregister: its certificate expires in 20 days, on 2026-03-21" in " ".join(map(str.strip, plain))


@pytest.mark.parametrize("name", ["NO_COLOR", "ANSIBLE_NOCOLOR"])
def test_who_wants_no_colours_gets_none(command: list[str], name: str) -> None:
    assert not COLOUR.search("".join(table(on_terminal(command, 150, **{name: "1"}))))


def test_who_forces_colours_gets_them_and_the_log_has_none(command: list[str], tmp_path: Path) -> None:
    log = tmp_path / "ansible.log"
    printed = piped(command, ANSIBLE_FORCE_COLOR="1", ANSIBLE_LOG_PATH=str(log), ANSIBLE_COLOR_ERROR="blue")
    assert "\x1b[0;34mfailed" in printed
    written = log.read_text(encoding="utf-8")
    assert "STOPPED: failed broke." in written
    assert not COLOUR.search(written[written.index("vc-run (") : written.index("STOPPED")])


def test_json_stays_json_and_has_the_lines(command: list[str], tmp_path: Path) -> None:
    plugin = tmp_path / "documents.py"
    plugin.write_text(DOCUMENTS, encoding="utf-8")
    printed = piped(command, ANSIBLE_CALLBACK_PLUGINS=str(tmp_path), ANSIBLE_STDOUT_CALLBACK="documents")
    [result] = json.loads(printed)
    assert result["lines"][1] == "STOPPED: failed broke."


# A callback that makes a document of all results, as ansible.posix.json does, which is in another collection.
DOCUMENTS = """
import json
from ansible.plugins.callback import CallbackBase
class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, 'stdout', 'documents'
    results = []
    def v2_runner_on_ok(self, result):
        self.results.append(json.loads(self._dump_results(result._result)))
    def v2_playbook_on_stats(self, stats):
        print(json.dumps(self.results))
"""


def test_what_is_no_report_is_told_in_one_sentence() -> None:
    words = [str(BIN / "ansible"), "localhost", "-m", "certops.vsphere.show_report", "-a", '{"report": {"failure": null}}']
    done = subprocess.run(words, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "The report is not what this version of the collection made (" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
