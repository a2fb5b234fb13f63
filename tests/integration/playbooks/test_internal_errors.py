# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A defect of the collection, as a user sees it: a sentence that says so, and its traceback at -vvv only."""

from __future__ import annotations

from pathlib import Path

import pytest
from processes import Answer, module
from vsphere_sim.testing import RunningEstate

# Ansible loads it in its main process, before it forks for the task.
BREAKING = """
from ansible.plugins.callback import CallbackBase
from ansible_collections.certops.vsphere.plugins.modules import cert_expiry_facts


def broken(session, **_options):
    raise AttributeError(f"no attribute info, and the password is {session.connection.password}")


cert_expiry_facts.observe = broken


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "breaking"
"""


def broken(demo: RunningEstate, folder: Path, verbose: bool) -> Answer:
    """The module with a defect in it."""
    (folder / "breaking.py").write_text(BREAKING, encoding="utf-8")
    environment = {
        "ANSIBLE_CALLBACK_PLUGINS": str(folder),
        "ANSIBLE_CALLBACKS_ENABLED": "breaking",
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
    }
    return module(demo, "cert_expiry_facts", verbose=verbose, environment=environment)


@pytest.mark.parametrize("verbose", [False, True], ids=["plain", "-vvv"])
def test_a_defect_is_a_sentence_and_its_traceback_is_for_whoever_asks(demo: RunningEstate, tmp_path: Path, verbose: bool) -> None:
    answer = broken(demo, tmp_path, verbose)
    assert answer.returncode != 0
    assert "An internal error in certops.vsphere stopped this task on 127." in answer.message
    assert "run again with -vvv" in answer.message
    assert ("Traceback (most recent call last)" in answer.printed) == verbose
    assert ("in broken" in answer.printed) == verbose
    assert "tracebacks" not in answer.result
    assert demo.vcenter("vc01").password not in answer.printed
