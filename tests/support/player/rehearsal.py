# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run against a vCenter that does not answer, before the server forks: what Python and Ansible load when it is first needed is there then."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from pathlib import Path

from player.content import PLAYBOOKS, plays
from player.run import Run

NOBODY: dict[str, object] = {
    "ansible_host": "127.0.0.1",
    "certops_vcenter_port": 1,
    "certops_vcenter_username": "nobody",
    "certops_vcenter_password": "none",
}


def rehearse() -> None:
    """Play each playbook once."""
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        inventory = Path(folder, "inventory.json")
        inventory.write_text(json.dumps({"vcenters": {"hosts": {"nobody": NOBODY}}}), encoding="utf-8")
        extra = {"certops_report_dir": str(Path(folder, "report")), "certops_protection": "confirmed"}
        for name in ("audit.yml", "renew_iofilter.yml"):
            Run([str(inventory)], extra, check_mode=True, diff=False).play_all(plays(PLAYBOOKS / name))
    if printed.getvalue().count("cannot be reached") < 2 or "Traceback" in printed.getvalue():
        raise RuntimeError(f"the rehearsal went wrong:\n{printed.getvalue()}")
