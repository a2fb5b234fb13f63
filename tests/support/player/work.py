# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a child does for a request: it plays a playbook, or carries out a module."""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import action_loader, connection_loader, init_plugin_loader
from processes import ROOT

from player.content import OURS, PLAYBOOKS, UnknownToPlayer, plays, read_all
from player.hurried import HurriedTime
from player.program import import_programs, run_program


def for_programs() -> None:
    """Import what Ansible's programs need. Nothing is played: Ansible keeps options of its command line for good, once it has looked at them."""
    _import_plugins()
    import_programs()


def for_plays() -> None:
    """Import what any work needs, and read what any run does."""
    _import_plugins()
    read_all()
    # Only now: what is imported under Ansible's names needs its loader.
    from player import rehearsal

    rehearsal.rehearse()


def _import_plugins() -> None:
    init_plugin_loader()
    for path in sorted((ROOT / "plugins" / "action").glob("[a-z]*.py")):
        action_loader.get(OURS + path.stem, class_only=True)
    connection_loader.get("ansible.builtin.local", class_only=True)


# What is served.
KINDS = {"plays": for_plays, "programs": for_programs}


def do(request: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked for. Returns {"returncode": ...} with what else there is, or {"refused": what the player does not know}."""
    from ansible_collections.certops.vsphere.plugins.module_utils._timing import waiting

    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    if request["hurried"] > 1:
        waiting.time = HurriedTime(request["hurried"])  # type: ignore[assignment]
    try:
        return _WORK[request["kind"]](request)
    except UnknownToPlayer as error:
        return {"refused": str(error)}


def _play(request: dict[str, Any]) -> dict[str, Any]:
    # Older versions of ansible-core have it not, and run programs only.
    from ansible.template import trust_as_template

    from player.run import Run

    parser = argparse.ArgumentParser(exit_on_error=False, add_help=False)
    parser.add_argument("-i", action="append", dest="inventory")
    parser.add_argument("--limit")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--diff", action="store_true")
    given, unknown = parser.parse_known_args(request["arguments"])
    if unknown:
        raise UnknownToPlayer(f"the argument {' '.join(unknown)}")
    variables = DataLoader().load(trust_as_template(request["variables"]))
    run = Run(given.inventory, variables, check_mode=given.check, diff=given.diff, limit=given.limit)
    return {"returncode": run.play_all(plays(PLAYBOOKS / request["playbook"]))}


def _module(request: dict[str, Any]) -> dict[str, Any]:
    from player.said import say_result
    from player.task import Surroundings, carry_out

    around = Surroundings(request["check"], request["diff"])
    result = carry_out(around, OURS + request["name"], json.loads(request["options"]), {"inventory_hostname": "localhost"})
    failed = bool(result.get("failed"))
    shown = say_result("localhost", result, failed=failed, diff=request["diff"])
    return {"returncode": 2 if failed else 0, "result": shown}


def _program(request: dict[str, Any]) -> dict[str, Any]:
    os.chdir(request["folder"])
    return {"returncode": run_program(request["name"], request["arguments"])}


_WORK = {"play": _play, "module": _module, "program": _program}
