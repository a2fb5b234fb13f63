#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation as a site, without a network: build_docs.py [--dest FOLDER] [--links].

The pages of docs/ are put together with those that stand elsewhere in the repository (the simulator, contributing, the changelog), with
those that are made from the code (plugins and roles by antsibull-docs, messages by list_messages.py), and given to Sphinx. A warning ends it.
antsibull-docs puts a `contents` directive on each of its pages, for which Furo, which has a table of contents beside every page, shows a red
error in its place: it is taken out before Sphinx reads the pages.
With --links there is no site: every other site that the pages link to is asked whether it has what the link names, which needs the network.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import list_messages

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
COLLECTION = "certops.vsphere"
# Where the pages of plugins and roles are made.
PLUGINS = "collection"
# Pages that stand elsewhere, by what they are called on the site.
ELSEWHERE = {
    "simulator.md": Path("extensions", "vsphere_sim", "README.md"),
    "monitoring.md": Path("extensions", "monitoring", "README.md"),
    "events.md": Path("extensions", "eda", "README.md"),
    "contributing.md": Path("CONTRIBUTING.md"),
    "security.md": Path("SECURITY.md"),
    "changelog.md": Path("CHANGELOG.md"),
}
# What of Ansible's own documentation the plugins' pages link to: role of Sphinx, name, page.
ANSIBLE = (
    ("label", "action_plugins", "plugins/action.html#action-plugins"),
    ("label", "common_return_values", "reference_appendices/common_return_values.html#common-return-values"),
    ("label", "ansible_configuration_settings", "reference_appendices/config.html#ansible-configuration-settings"),
    ("envvar", "ANSIBLE_CACHE_PLUGIN", "reference_appendices/config.html#envvar-ANSIBLE_CACHE_PLUGIN"),
    ("envvar", "ANSIBLE_CACHE_PLUGIN_CONNECTION", "reference_appendices/config.html#envvar-ANSIBLE_CACHE_PLUGIN_CONNECTION"),
    ("envvar", "ANSIBLE_CACHE_PLUGIN_PREFIX", "reference_appendices/config.html#envvar-ANSIBLE_CACHE_PLUGIN_PREFIX"),
    ("envvar", "ANSIBLE_CACHE_PLUGIN_TIMEOUT", "reference_appendices/config.html#envvar-ANSIBLE_CACHE_PLUGIN_TIMEOUT"),
    ("envvar", "ANSIBLE_COLOR_ERROR", "reference_appendices/config.html#envvar-ANSIBLE_COLOR_ERROR"),
    ("envvar", "ANSIBLE_FORCE_COLOR", "reference_appendices/config.html#envvar-ANSIBLE_FORCE_COLOR"),
    ("envvar", "ANSIBLE_NOCOLOR", "reference_appendices/config.html#envvar-ANSIBLE_NOCOLOR"),
    ("envvar", "NO_COLOR", "reference_appendices/config.html#envvar-NO_COLOR"),
    (
        "envvar",
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED",
        "reference_appendices/config.html#envvar-ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED",
    ),
)
# The directive with its options, which are indented.
CONTENTS = re.compile(r"^\.\. contents::.*\n(?: +\S.*\n)*", re.MULTILINE)
LINK = re.compile(r"(\]\()(?!https?:)([^)#\s]+)((?:#[^)\s]*)?\))")


def on_the_site(target: Path) -> str | None:
    """Where the site has a file of the repository; None where it has not."""
    pages = {path: name for name, path in ELSEWHERE.items()}
    if target in pages:
        return pages[target]
    if target.parts[0] == "roles" and target.name == "README.md":
        return f"{PLUGINS}/{target.parts[1]}_role.rst"
    if target == Path("README.md"):
        return "index.md"
    # The site has all pages in one folder.
    return target.name if target.parts[0] == "docs" else None


def with_links(text: str, page: Path) -> str:
    """A page of the repository, its links leading to the site's pages. Those to files that the site has not are left, and Sphinx warns."""

    def lead(found: re.Match[str]) -> str:
        target = Path(os.path.normpath(page.parent / found.group(2)))
        return found.group(1) + (on_the_site(target) or found.group(2)) + found.group(3)

    return LINK.sub(lead, text)


def inventory() -> bytes:
    """The places of Ansible's documentation in the form that Sphinx takes (objects.inv, version 2)."""
    head = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: latest\n# The remainder of this file is compressed using zlib.\n"
    entries = "".join(f"{name} std:{role} -1 {page} {name.replace('_', ' ')}\n" for role, name, page in ANSIBLE)
    return head.encode() + zlib.compress(entries.encode())


def gather(source: Path) -> None:
    """All pages but those of the plugins, in the folder that Sphinx reads."""
    for path in DOCS.rglob("*"):
        if path.is_file() and path.suffix != ".md":
            shutil.copy2(path, source)
    pages = {path.name: path.relative_to(ROOT) for path in DOCS.rglob("*.md")}
    for name, path in {**pages, **ELSEWHERE}.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        (source / name).write_text(with_links(text, path), encoding="utf-8")
    (source / "errors.md").write_text(list_messages.page(), encoding="utf-8")
    (source / "ansible.inv").write_bytes(inventory())


def describe_plugins(folder: Path) -> None:
    """The pages of plugins and roles."""
    # antsibull-docs wants a folder that nobody else may write to.
    folder.mkdir(mode=0o755)
    command = [
        "antsibull-docs",
        "--config-file",
        str(DOCS / "site" / "antsibull-docs.cfg"),
        "collection",
        "--use-current",
        "--squash-hierarchy",
    ]
    paths = os.pathsep.join(map(str, [ROOT / "playbooks" / "collections", ROOT / ".collections"]))
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": paths}
    run([*command, "--fail-on-error", "--dest-dir", str(folder), COLLECTION], environment)
    for page in folder.rglob("*.rst"):
        page.write_text(CONTENTS.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")


def run(command: list[str], environment: dict[str, str]) -> None:
    """Run a program that is installed beside this Python; what it printed is shown where it fails, and the script ends."""
    path = os.pathsep.join([str(Path(sys.prefix, "bin")), environment.get("PATH", os.defpath)])
    done = subprocess.run(
        command, env={**environment, "PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")


def main() -> None:
    """Put the pages together and build the site."""
    parser = argparse.ArgumentParser(description="Build the documentation as a site.")
    parser.add_argument(
        "--dest", type=Path, default=ROOT / ".cache" / "docs", help="the folder for it, made anew (default: %(default)s)"
    )
    parser.add_argument("--links", action="store_true", help="ask other sites for what the pages link to there")
    options = parser.parse_args()
    dest = options.dest.resolve()
    source, html = dest / "source", dest / "html"
    for folder in (source, html):
        shutil.rmtree(folder, ignore_errors=True)
    source.mkdir(parents=True)
    gather(source)
    describe_plugins(source / PLUGINS)
    build = ["sphinx-build", "-q", "-W", "--keep-going", "-d", str(dest / "doctrees")]
    if options.links:
        run([*build, "-b", "linkcheck", str(source), str(dest / "links")], dict(os.environ))
        print(f"{dest / 'links' / 'output.txt'}")
        return
    run([*build, "-b", "html", str(source), str(html)], dict(os.environ))
    print(f"{html / 'index.html'}")


if __name__ == "__main__":
    main()
