#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ansible-test on a clone whose root is the collection: run_ansible_test.py sanity [options].

ansible-test wants to be started in .../ansible_collections/NAMESPACE/NAME and refuses a symbolic link there.
The clone is bound there in a mount namespace of its own, which needs no privilege where user namespaces are
allowed and leaves nothing behind; where it is not to be had, the files that git knows are copied.

Either way ansible-test does not see playbooks/collections. That folder is the clone's alone and never built into the
archive: its link to the root is how a playbook that is started by its path finds the collection that it is part of. Ansible
looks for collections in folders only, so it must be a link to a folder, and ansible-test forbids those. Nobody who installs
the collection gets the link, so what is tested is the tree without it, and no test has to be told to ignore anything.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "ansible-test"
DEPENDENCIES = ROOT / ".collections" / "ansible_collections"
OURS = Path("certops") / "vsphere"

# ansible-test fills its virtual environments by a script that it downloads. In a closed network only the package index
# is reachable, so this one of the same name lies in its cache: it runs pip out of pip's own wheel, which lies beside it.
BOOTSTRAP = """\
import runpy
import sys

sys.path.insert(0, {wheel!r})
sys.argv[1:] = ["install"] + [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""

# What only a clone has.
CLONE_ONLY = Path("playbooks") / "collections"

# An empty file system over CLONE_ONLY: git says of what is below it that it was deleted, and ansible-test leaves that out.
# It lies over the bound tree, not over the clone itself.
BIND = 'mount --bind "$1" "$2" && mount -t tmpfs none "$2/$3" && cd "$2" && shift 3 && exec "$@"'


def runs(*command: str) -> bool:
    """Whether this command can be run and succeeds."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def pip_wanted() -> str:
    """The version of pip that this ansible-test puts into its virtual environments."""
    spec = importlib.util.find_spec("ansible_test")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("ansible-test is not installed beside this Python")
    source = Path(spec.submodule_search_locations[0], "_internal", "python_requirements.py").read_text(encoding="utf-8")
    found = re.search(r"""\bpip=['"]([\d.]+)['"]""", source)
    if not found:
        sys.exit("this ansible-test does not say which pip it wants")
    return found.group(1)


def prepare_home() -> Path:
    """A home for ansible-test, so that nothing is written into the user's."""
    home = CACHE / "home"
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    version = pip_wanted()
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if not script.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*command, "--dest", str(cache), f"pip=={version}"], check=True)
        script.write_text(BOOTSTRAP.format(wheel=str(next(cache.glob(f"pip-{version}-*.whl")))), encoding="utf-8")
    return home


def prepare_path() -> str:
    """PATH with every real Python under its own name, and without the folders whose Pythons fail when they are called.

    ansible-test believes in each name that it finds, also in a version manager's stand-in for a version that is not
    active. The versions that such a manager has stand beside its stand-ins.
    """
    names = [f"python3.{minor}" for minor in range(8, 16)]
    folders = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    more = [folder for shims in folders if shims.name == "shims" for folder in sorted(shims.parent.glob("versions/*/bin"))]
    links = CACHE / "bin"
    links.mkdir(parents=True, exist_ok=True)
    broken = set()
    for name in names:
        real = None
        for folder in [*folders, *more]:
            python = folder / name
            if python.exists() and real is None and Path(sys.prefix) not in python.parents:
                if folder.name != "shims" and runs(str(python), "-c", "import ensurepip, venv"):
                    real = python.resolve()
                else:
                    broken.add(folder)
        point(links / name, real)
    own = Path(sys.prefix, "bin")
    kept = [folder for folder in folders if folder not in (own, *broken) or folder in map(Path, ("/usr/bin", "/bin"))]
    return os.pathsep.join(map(str, [own, links, *kept]))


def point(link: Path, real: Path | None) -> None:
    """Have the link lead there, or be gone; at once, because another run in this clone may be using it."""
    if real is None:
        link.unlink(missing_ok=True)
    elif not link.is_symlink() or link.readlink() != real:
        with tempfile.TemporaryDirectory(dir=link.parent) as folder:
            (Path(folder) / link.name).symlink_to(real)
            os.replace(Path(folder) / link.name, link)


def environment() -> dict[str, str]:
    """The environment of ansible-test."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTEST_", "COV_"))}
    pip_settings = [Path.home() / ".config" / "pip" / "pip.conf", Path.home() / ".pip" / "pip.conf"]
    for settings in pip_settings:
        if settings.is_file():
            own.setdefault("PIP_CONFIG_FILE", str(settings))
    own.update(HOME=str(prepare_home()), PATH=prepare_path())
    # Without bytecode each of its many Pythons reads its libraries anew.
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    return own


def binding() -> list[str] | None:
    """The command that starts another in a mount namespace of its own, in a folder that is given; None where that is not allowed."""
    for options in (["-m"], ["-Urm"]):
        command = ["unshare", *options, "--propagation", "private"]
        with tempfile.TemporaryDirectory() as folder:
            if runs(*command, "bash", "-c", BIND, "_", str(ROOT), folder, str(CLONE_ONLY), "true"):
                return [*command, "bash", "-c", BIND, "_"]
    return None


def copy_to(folder: Path) -> None:
    """Copy what git knows or would add, and make it a repository, which is how ansible-test lists files."""
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, folder / name
        if CLONE_ONLY not in source.relative_to(ROOT).parents and (source.is_symlink() or source.is_file()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)


def arguments(given: list[str]) -> list[str]:
    """What ansible-test is given. Unit tests run in this environment, which has all that they import; it would take every Python there is."""
    if given[:1] == ["units"]:
        return [*given, "--local", "--python", f"{sys.version_info.major}.{sys.version_info.minor}"]
    return given


def main() -> int:
    """Run ansible-test with the given arguments."""
    with tempfile.TemporaryDirectory(prefix="certops-") as temporary:
        tree = Path(temporary) / "ansible_collections"
        ours = tree / OURS
        ours.mkdir(parents=True)
        # What is not ours is linked, which ansible-test allows.
        for dependency in DEPENDENCIES.glob("*/*"):
            link = tree / dependency.relative_to(DEPENDENCIES)
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(dependency)
        command = [sys.executable, str(Path(sys.prefix, "bin", "ansible-test")), *arguments(sys.argv[1:])]
        bind = binding()
        if bind:
            return subprocess.run(
                [*bind, str(ROOT), str(ours), str(CLONE_ONLY), *command], env=environment(), check=False
            ).returncode
        copy_to(ours)
        return subprocess.run(command, cwd=ours, env=environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
