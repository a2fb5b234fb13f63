# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made of the declarations of options: the same declaration in each role that takes one, rows of READMEs and of docs/variables.md.

An option is declared in meta/argument_specs.yml of one role. Another role that takes it too names it, with nothing below the name, and gets the
declaration of the first role (`renew_iofilter`, then by name). The first paragraph of a description is the sentence of its rows.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "playbooks" / "collections"))

from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import CONNECTION_SPEC  # noqa: E402  # where it is has to be said first
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import KnownVariables  # noqa: E402

# The whole procedure declares what its parts take too.
FIRST = "renew_iofilter"
# An option with all that is declared of it, as it stands in a file.
_BLOCK = re.compile(r"^ {6}(certops_\w+):\n((?: {8}.*\n|\n(?= {8}))*)", re.MULTILINE)
_HEAD = "| variable | type | default | what it is |\n"
_TABLE = re.compile(re.escape(_HEAD) + r"(?:\|.*\n)*")
# The options below an option.
_BELOW = re.compile(r"\| in `(certops_\w+)` \|.*\n(?:\|.*\n)*")
_ROW = re.compile(r"^\| (`certops_\w+`.*?) \|.*\n", re.MULTILINE)
_OF_CONNECTION = "certops_vcenter_"

Options = Mapping[str, Mapping[str, Any]]


def roles(root: Path = ROOT) -> list[Path]:
    """The folders of the roles; who declares an option comes before who merely takes it too."""
    return sorted(
        (path.parents[1] for path in root.glob("roles/*/meta/argument_specs.yml")), key=lambda one: (one.name != FIRST, one.name)
    )


def made(root: Path = ROOT) -> dict[Path, str]:
    """The files that are made, by their paths, as they should be."""
    files = dict(_declarations(root))
    declared: dict[str, Mapping[str, Any]] = {}
    for folder in roles(root):
        options = _options(files[_specs(folder)])
        for name, option in options.items():
            declared.setdefault(name, option)
        readme = folder / "README.md"
        files[readme] = _with_rows(readme.read_text(encoding="utf-8"), options, folder)
    page = root / "docs" / "variables.md"
    files[page] = _page(page.read_text(encoding="utf-8"), declared, root)
    return files


def _specs(folder: Path) -> Path:
    return folder / "meta" / "argument_specs.yml"


def _declarations(root: Path) -> Iterator[tuple[Path, str]]:
    """The declarations of each role, those of an option that several take being the first one's."""
    first: dict[str, str] = {}
    for folder in roles(root):
        text = _specs(folder).read_text(encoding="utf-8")
        for found in _BLOCK.finditer(text):
            first.setdefault(found.group(1), found.group(2).rstrip("\n") + "\n")
        yield _specs(folder), _BLOCK.sub(lambda found: f"      {found.group(1)}:\n{first[found.group(1)]}", text)


def _options(text: str) -> dict[str, Mapping[str, Any]]:
    """The options of all entry points of a role."""
    found: dict[str, Mapping[str, Any]] = {}
    for point in yaml.safe_load(text)["argument_specs"].values():
        for name, option in (point.get("options") or {}).items():
            found.setdefault(name, option)
    return found


def _with_rows(text: str, options: Options, folder: Path) -> str:
    """A role's README with a row for each of its options."""
    rows = [
        f"| `{name}` | {option['type']} | {_default(name, option, folder)} | {_sentence(option, folder)} |\n"
        for name, option in options.items()
    ]
    text = _TABLE.sub(lambda _found: _HEAD + "|---|---|---|---|\n" + "".join(rows), text)

    def below(found: re.Match[str]) -> str:
        inner = options[found.group(1)]["options"]
        lines = [f"| `{name}` | {option['type']} | {_sentence(option, folder)} |\n" for name, option in inner.items()]
        return f"| in `{found.group(1)}` | type | what it is |\n|---|---|---|\n" + "".join(lines)

    return _BELOW.sub(below, text)


def _page(text: str, declared: Options, root: Path) -> str:
    """The page of variables: which stand in which table, and in which order, is the page's own; what is new goes to the last one."""
    owners = {name: folder for folder in reversed(roles(root)) for name in _options(_specs(folder).read_text(encoding="utf-8"))}

    def row(name: str) -> str:
        return f"| `{name}` | {_default(name, declared[name], owners[name])} | {_sentence(declared[name], root / 'docs')} |\n"

    def rows(found: re.Match[str]) -> str:
        names = [name for name in re.findall(r"certops_\w+", found.group(1)) if name in declared]
        return "".join(map(row, names)) or found.group()

    text = _ROW.sub(rows, text)
    told = set(re.findall(r"certops_\w+", text))
    lacking = sorted(KnownVariables(declared, frozenset()).for_users & set(declared) - told)
    end = [found.end() for found in _ROW.finditer(text)][-1]
    return text[:end] + "".join(map(row, lacking)) + text[end:]


def _default(name: str, option: Mapping[str, Any], folder: Path) -> str:
    """What an option is where nobody sets it: its default, what an expression begins with, or the environment's."""
    if option.get("required"):
        return "required"
    if "default" in option:
        default = json.dumps(option["default"]).strip('"')
        return f"`{default}`"
    path = folder / "defaults" / "main.yml"
    defaults = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    expression = re.match(r"{{ (\w+) \|", str(defaults.get(name)))
    if expression:
        return f"`{expression.group(1)}`"
    spec = CONNECTION_SPEC.get(name.removeprefix(_OF_CONNECTION), {}) if name.startswith(_OF_CONNECTION) else {}
    if "fallback" not in spec:
        return ""
    environment = f"`{spec['fallback'][1][0]}`"
    return f"{environment}, or `{json.dumps(spec['default'])}`" if "default" in spec else environment


def _sentence(option: Mapping[str, Any], folder: Path) -> str:
    """The first paragraph of an option's description in Markdown, with links that lead from a folder to pages of docs/."""
    description = option["description"]
    text = description if isinstance(description, str) else description[0]
    docs = folder if folder.name == "docs" else folder.parents[1] / "docs"

    def page(found: re.Match[str]) -> str:
        title = (docs / found.group(1)).read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        return f"[{title}]({os.path.relpath(docs / found.group(1), folder)}{found.group(2)})"

    text = re.sub(r"\bC\(docs/([^)#]+)([^)]*)\)", page, " ".join(text.split()))
    return re.sub(r"\b[CVM]\(((?:[^()]|\([^()]*\))*)\)", r"`\1`", text).replace("|", "\\|")
