# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Pythons of this machine, by their versions, and environments that are made with them."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Iterator, Optional, Sequence

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = ROOT / "tests" / "requirements"
# A busy machine takes its time to compile what it installs.
LONGEST_SECONDS = 1200
# ansible-core 2.17 is the last one that runs on Python 3.10, and the collection wants 3.11.
OLDEST_PYTHON = "3.11"
OLDEST = {"ansible-core": "==2.17.*", "pyvmomi": "==8.0.3.0.1"}
# The newest ansible-core runs on these.
NEWEST_FIRST = ("3.13", "3.12")
PLACES = (
    "{home}/.pyenv/versions/{version}.*/bin/python{version}",
    "{home}/.asdf/installs/python/{version}.*/bin/python{version}",
    "{home}/.local/share/mise/installs/python/{version}.*/bin/python{version}",
    "{home}/.local/share/uv/python/cpython-{version}.*/bin/python{version}",
    "/opt/*/bin/python{version}",
    "/usr/local/bin/python{version}",
)


def find(version: str) -> Optional[Path]:
    """A Python of that version (3.12) that can make environments; None where there is none."""
    for candidate in _candidates(version):
        # A version manager's stand-in has the name, and fails where another version is chosen.
        asked = subprocess.run([candidate, "-c", "import ensurepip, ssl, venv"], capture_output=True, check=False)
        if asked.returncode == 0:
            return candidate
    return None


def newest() -> Path:
    """The newest Python that ansible-core and pyVmomi are known to run on, as far as there is another than this one."""
    return next(filter(None, map(find, NEWEST_FIRST)), Path(sys.executable))


def _candidates(version: str) -> Iterator[Path]:
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        yield Path(sys.executable)
    for folder in map(Path, os.environ.get("PATH", os.defpath).split(os.pathsep)):
        if (folder / f"python{version}").exists():
            yield folder / f"python{version}"
    # Where they are put that PATH does not lead to: by version managers, whose stand-ins may lead to another version, and by hand.
    for place in PLACES:
        for home in _homes():
            pattern = place.format(home=home, version=version).lstrip("/")
            yield from (path for path in sorted(Path("/").glob(pattern), reverse=True) if path.exists())


def _homes() -> list[str]:
    """The user's, and where HOME says another, that one first."""
    return list(dict.fromkeys([str(Path.home()), pwd.getpwuid(os.getuid()).pw_dir]))


def environment(python: Path, folder: Path, constraints: dict[str, str], requirements: str = "demo.txt") -> Path:
    """Make an environment that runs the collection, with these versions (library: specifier). Returns its folder of programs."""
    settings = folder / "constraints.txt"
    settings.write_text("".join(f"{name}{versions}\n" for name, versions in constraints.items()), encoding="utf-8")
    venv, wanted = folder / "venv", REQUIREMENTS / requirements
    if not _made_by_own_uv(python, venv, wanted, settings):
        made = _run([ROOT / "scripts" / "make_venv.sh", python, venv, wanted], settings)
        assert made.returncode == 0, made.stdout
    return venv / "bin"


def _made_by_own_uv(python: Path, venv: Path, wanted: Path, constraints: Path) -> bool:
    """Whether the uv that made this environment could make that one: it is there already, and what nobody imports is not compiled."""
    uv = Path(sys.prefix, "bin", "uv")
    commands: list[list[str | Path]] = [
        [uv, "venv", "--quiet", "--no-python-downloads", "--python", python, venv],
        [uv, "pip", "install", "--quiet", "--python", venv / "bin" / "python", "--requirement", wanted],
    ]
    return uv.exists() and all(_run(command, constraints).returncode == 0 for command in commands)


def _run(command: Sequence[str | Path], constraints: Path) -> subprocess.CompletedProcess[str]:
    """Run what installs, held to these versions."""
    return subprocess.run(
        [str(word) for word in command],
        env={
            **os.environ,
            "WITH_UV": "1",
            "UV_SYSTEM_CERTS": "1",
            "PIP_CONSTRAINT": str(constraints),
            "UV_CONSTRAINT": str(constraints),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
