# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One renewal, as a user starts it: what `make compatibility` runs with each version of the libraries."""

from __future__ import annotations

from pathlib import Path

import pytest
from processes import mutating, play
from vsphere_sim.testing import estate, sound


@pytest.mark.every_core
def test_a_host_is_renewed_and_its_provider_is_back(tmp_path: Path) -> None:
    with estate(tmp_path / "estate", vcenters=1, hosts=2, due=1, seed=3, speed=100) as running:
        # Facts as variables of their own are on their way out (ansible-core 2.20 warns of them), and nothing here takes them.
        played = play(running, tmp_path / "run", environment={"ANSIBLE_INJECT_FACT_VARS": "False"})
        assert played.returncode == 0, played.printed
        assert "Traceback" not in played.printed
        assert "done" in played.results("vc01").values()
        assert all(sound(host) for host in running.state()["vcenters"][0]["hosts"])
        assert mutating(running)
