# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may import whom: core nothing but cryptography, vsphere and esxi_shell core, operations what they need of core and not vsphere."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from typing import Callable, Collection, Iterator

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
COLLECTION = "ansible_collections.certops.vsphere"
UTILS = "plugins.module_utils"

VSPHERE_LIBRARIES = {"pyVmomi", "pyVim", "vmware"}

# The pure packages, each with those below it that it may import: nothing is read, asked or changed in them.
PURE = {
    "_common": (),
    "_certificates": ("_common",),
    "_estate": ("_common", "_certificates"),
    "_vcenter": ("_common", "_certificates", "_estate"),
    "_deciding": ("_common", "_certificates", "_estate", "_vcenter"),
    "_reporting": ("_common", "_certificates", "_estate", "_vcenter", "_deciding"),
    "_inventory": ("_common", "_estate", "_deciding"),
    "_logs": ("_common",),
    "_journal": ("_common", "_certificates"),
}
# What speaks to something. `ansible` is what knows Ansible.
SPEAKING = {
    "_log_files": ("_common", "_logs"),
    "_timing": ("_common",),
    "_wire": ("_common", "_certificates", "_journal", "_timing"),
    "_vsphere": ("_common", "_certificates", "_estate", "_deciding", "_timing", "_wire"),
    "_esxi_shell": ("_common", "_certificates"),
    "_stepping": ("_common", "_certificates", "_estate", "_deciding", "_timing", "_esxi_shell"),
    "_storage": ("_common", "_certificates", "_estate", "_deciding", "_timing", "_stepping"),
    "_clusters": ("_common", "_certificates", "_estate", "_deciding", "_timing", "_stepping"),
    "_operations": (
        "_common",
        "_certificates",
        "_estate",
        "_deciding",
        "_timing",
        "_esxi_shell",
        "_clusters",
        "_stepping",
        "_storage",
    ),
    "_entry": ("_common", "_certificates", "_estate", "_wire", "_vsphere", "_stepping"),
}
LIBRARIES = {
    "_certificates": {"cryptography"},
    "_wire": {"cryptography", *VSPHERE_LIBRARIES},
    "_vsphere": {"cryptography", *VSPHERE_LIBRARIES},
    "_operations": {"cryptography"},
    "_entry": {"ansible.module_utils"},
}
# What a package may import besides the standard library and itself.
ALLOWED = {
    package: {*LIBRARIES.get(package, ()), *(f"{UTILS}.{name}" for name in below)}
    for package, below in {**PURE, **SPEAKING}.items()
}


@cache
def modules_imported(source: str, package: tuple[str, ...]) -> tuple[str, ...]:
    """All that a file imports, also in functions, as absolute names within the repository or outside of it."""
    return tuple(_modules_imported(source, package))


def _modules_imported(source: str, package: tuple[str, ...]) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.removeprefix(f"{COLLECTION}.")
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            origin = ".".join([*start, *filter(None, [node.module])])
            for alias in node.names:
                yield f"{origin}.{alias.name}".removeprefix(f"{COLLECTION}.")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
            # A name that is put together while the program runs cannot be followed, so there must be none.
            name = node.args[0]
            yield name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else f"?{ast.unparse(name)}"


def forbidden(source: str, package: tuple[str, ...], allowed: set[str]) -> list[str]:
    """What a file imports though it may not."""
    return sorted(
        name
        for name in modules_imported(source, package)
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "__future__"}
        and not any(name == item or name.startswith(f"{item}.") for item in allowed)
    )


def python_files(*folders: str) -> list[str]:
    """The Python files below these folders, as paths from the root."""
    return sorted(str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def read(name: str) -> tuple[str, tuple[str, ...]]:
    """A file's text and the package that it is in."""
    return (ROOT / name).read_text(encoding="utf-8"), Path(name).parts[:-1]


def offences(found: Callable[[str], object], names: list[str]) -> dict[str, object]:
    """What a rule finds in each of these files where it finds something. There are files: a rule about none would hold whatever happens."""
    assert names
    return {name: told for name in names if (told := found(name))}


def imported(name: str, *starts: str) -> list[str]:
    """What a file imports that begins so."""
    return [item for item in modules_imported(*read(name)) if item.startswith(starts)]


def of_packages(name: str, packages: Collection[str]) -> list[str]:
    """What a file imports of these top-level packages."""
    return [item for item in modules_imported(*read(name)) if item.partition(".")[0] in packages]


def test_module_utils_import_only_inwards() -> None:
    def found(name: str) -> list[str]:
        part = Path(name).parts[2]
        if part == "__init__.py":
            return forbidden(*read(name), set())
        if part not in ALLOWED:
            return ["say in ALLOWED what this part may import"]
        return forbidden(*read(name), {*ALLOWED[part], f"{UTILS}.{part}"})

    assert offences(found, python_files("plugins/module_utils")) == {}


def test_only_the_entries_know_ansible_module() -> None:
    entries = {"plugins/module_utils/_entry/entry.py", "plugins/module_utils/_entry/local_entry.py"}
    found = offences(lambda name: imported(name, "ansible.module_utils.basic"), python_files("plugins"))
    assert found.keys() == entries


def test_only_vsphere_knows_pyvmomi() -> None:
    found = offences(lambda name: of_packages(name, VSPHERE_LIBRARIES), python_files("plugins"))
    assert not [name for name in found if not name.startswith(("plugins/module_utils/_vsphere/", "plugins/module_utils/_wire/"))]
    assert found


def test_a_module_knows_only_the_collection() -> None:
    assert offences(lambda name: forbidden(*read(name), {UTILS}), python_files("plugins/modules")) == {}


def test_a_filter_knows_only_pure_packages_and_how_faults_are_told() -> None:
    known = {"ansible", *(f"{UTILS}.{package}" for package in PURE), "plugins.plugin_utils._controller.own_faults"}
    assert offences(lambda name: forbidden(*read(name), known), python_files("plugins/filter")) == {}


def test_what_runs_on_the_controller_knows_ansible_and_the_collection() -> None:
    def found(name: str) -> list[str]:
        # Jinja's errors are told by the one file that tells whose a fault is.
        jinja = {"jinja2"} if name == "plugins/plugin_utils/_controller/own_faults.py" else set()
        return forbidden(*read(name), {"ansible", "plugins", *jinja})

    assert offences(found, python_files("plugins/action", "plugins/inventory", "plugins/plugin_utils")) == {}


def test_the_simulator_knows_nothing_of_the_collection() -> None:
    theirs = {"plugins", "ansible", "ansible_collections"}
    assert offences(lambda name: of_packages(name, theirs), python_files("extensions/vsphere_sim")) == {}


# The one place that knows the simulator: it starts it, and makes its scenarios.
REHEARSING = "plugins/plugin_utils/_rehearsing/"


def test_nothing_of_the_collection_but_the_rehearsal_knows_the_simulator() -> None:
    def found(name: str) -> list[str]:
        named = "vsphere_sim" in read(name)[0] and not name.startswith(REHEARSING)
        return imported(name, "vsphere_sim", "extensions") + (["it is named"] if named else [])

    assert offences(found, python_files("plugins")) == {}


def test_only_the_rehearsal_s_own_action_knows_the_rehearsal() -> None:
    found = offences(lambda name: imported(name, "plugins.plugin_utils._rehearsing"), python_files("plugins"))
    assert {name for name in found if not name.startswith(REHEARSING)} == {"plugins/action/rehearse.py"}


def test_the_pure_files_of_the_rehearsal_know_no_ansible_and_ask_nothing() -> None:
    pure = {"plugins.module_utils", "plugins.plugin_utils._rehearsing"}
    names = [f"{REHEARSING}{name}.py" for name in ("copied", "estimate", "naming", "told", "twin", "twin_host", "twin_inventory")]
    assert offences(lambda name: forbidden(*read(name), pure), names) == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pyVmomi", ["pyVmomi"]),
        ("from .._vsphere import hosts", ["plugins.module_utils._vsphere.hosts"]),
        ("from .. import _vsphere", ["plugins.module_utils._vsphere"]),
        (
            "from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import x",
            ["plugins.module_utils._entry.entry.x"],
        ),
        ("def later():\n    import importlib\n    importlib.import_module(name)", ["?name"]),
        ("import json\nfrom . import times\nfrom .times import now\nfrom cryptography import x509", []),
    ],
)
def test_the_rule_sees_through(source: str, found: list[str]) -> None:
    package = ("plugins", "module_utils", "_certificates")
    assert forbidden(source, package, {*ALLOWED["_certificates"], f"{UTILS}._certificates"}) == found


# What the developer guide shows of an action and of its task; everything else of them is ansible-core's own.
SHOWN = {"_execute_module", "_supports_check_mode", "_supports_async", "_requires_connection"}
SHOWN_OF_TASKS = {"args", "check_mode"}


def test_one_file_takes_internals_of_ansible() -> None:
    found = offences(lambda name: internals_taken(read(name)[0]), python_files("plugins"))
    assert found.keys() == {"plugins/plugin_utils/_controller/ansible_internals.py"}


def test_no_garbage_collector_and_no_fork_is_meddled_with() -> None:
    def found(name: str) -> list[str]:
        return of_packages(name, {"gc"}) + (["register_at_fork"] if "register_at_fork" in read(name)[0] else [])

    assert offences(found, python_files("plugins")) == {}


def internals_taken(source: str) -> set[str]:
    """What a file takes of an action, and of its task: of one that it is given by this name, or of itself where its class is one."""
    tree = ast.parse(source)
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    actions = [node for node in classes if any("Action" in ast.unparse(base) for base in node.bases)]
    own = {one.name for action in actions for one in ast.walk(action) if isinstance(one, ast.FunctionDef)}
    taken = [("action", node) for node in ast.walk(tree)] + [("self", node) for one in actions for node in ast.walk(one)]
    parts = {
        node.attr
        for owner, node in taken
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and ast.unparse(node.value) in (owner, f"self._{owner}")
    }
    of_tasks = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith(("action._task", "self._task"))
    }
    return {*(parts - SHOWN - own - {"_task"} - _set_by(tree)), *(of_tasks - SHOWN_OF_TASKS)}


def _set_by(tree: ast.AST) -> set[str]:
    """Attributes that the file itself sets: its own."""
    return {
        target.attr
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute)
    }


def test_internals_are_found_where_they_are_taken() -> None:
    assert internals_taken("class A(SpeakingAction):\n    def f(self): return self._connection.transport") == {"_connection"}
    assert internals_taken("def f(action): return action._low_level_execute_command") == {"_low_level_execute_command"}
    assert internals_taken("class A:\n    def f(self): return self._action._task.environment") == {"environment"}
    assert internals_taken(
        "class A(ActionBase):\n    def f(self): return self._templar.template(self._g())\n    def _g(self): ..."
    ) == {"_templar"}
    assert not internals_taken("class A:\n    def f(self): return self._connection")
    assert not internals_taken("def f(action): return action._task.args, action._task.check_mode, action._execute_module")
