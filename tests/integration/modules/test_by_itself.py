# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vCenter of the inventory that is asked for by itself: without -c local, without options, and as a table."""

from __future__ import annotations

import json
from pathlib import Path

from processes import BIN, ROOT, run
from vsphere_sim.testing import estate


def test_a_vcenter_of_the_inventory_is_asked_by_its_name_alone(tmp_path: Path) -> None:
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / "playbooks" / "collections"), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    with estate(tmp_path / "estate", hosts=2, healthy=True) as running:
        command = [str(BIN / "ansible"), "-i", str(running.inventory), "-m", "certops.vsphere.cert_expiry_facts", "vc01"]
        done = run(command, environment, cwd=tmp_path)
        with_options = run([*command, "-a", json.dumps({"esxi_hosts": ["*"], "probe": False})], environment, cwd=tmp_path)
        wrong = run([*command, "-e", "certops_vcenter_password=wrong"], environment, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert f"vc01 ({running.vcenter('vc01').address}, audit): 2 ok" in done.stdout
    assert "ESXI HOST" in done.stdout
    assert len(done.stdout.splitlines()) < 15
    assert '"certops": {' in with_options.stdout
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stdout
