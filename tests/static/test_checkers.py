# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checkers of Python code, of shell scripts, and of playbooks and roles."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import yaml

NAME = "ansible_collections.certops.vsphere.plugins"
STRICT = ("module_utils",)


def test_ruff_finds_nothing(run, root: Path) -> None:
    run("ruff", "check", "--quiet", root)


def test_ruff_would_format_nothing(run, root: Path) -> None:
    run("ruff", "format", "--check", "--quiet", root)


def test_mypy_finds_nothing(run, root: Path) -> None:
    packages = [word for part in STRICT for word in ("-p", f"{NAME}.{part}")]
    for name in ("vsphere_sim", "benchmarks"):
        if (root / "extensions" / name).is_dir():
            packages += ["-p", name]
    run(sys.executable, "-m", "mypy", "--cache-dir", root / ".cache" / "mypy", *packages)


def test_mypy_finds_nothing_in_the_scripts(run, root: Path) -> None:
    run(sys.executable, "-m", "mypy", "--cache-dir", root / ".cache" / "mypy-scripts", *sorted((root / "scripts").glob("*.py")))


def test_ansible_lint_finds_nothing(run, root: Path) -> None:
    run("ansible-lint", "--offline", "--profile", "production", "--strict", env={"ANSIBLE_LINT_NODEPS": "1"})


def test_shellcheck_finds_nothing(run, root: Path) -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed (on Debian: the package shellcheck)")
    run("shellcheck", *sorted((root / "scripts").glob("*.sh")), root / ".ci" / "run")


def test_every_file_has_a_licence(run, root: Path) -> None:
    if not (root / ".git").exists():
        pytest.skip("this is no clone of a git repository")
    run("reuse", "--root", root, "lint")


def test_hooks_before_a_commit_are_programs_of_the_test_environment(root: Path) -> None:
    hooks = [
        hook
        for repo in yaml.safe_load((root / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
        for hook in repo["hooks"]
    ]
    required = (root / "tests" / "requirements" / "test.txt").read_text(encoding="utf-8")
    assert hooks
    for hook in hooks:
        program = Path(hook["entry"].split()[0])
        assert (program.parent, hook["language"]) == (Path(".venv-test", "bin"), "system")
        assert f"\n{program.name}==" in required
