# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts by who issued their certificates: what a host made itself is replaced, and a trusted root that cannot be had stops no host but its own."""

from __future__ import annotations

from pathlib import Path

from player import play
from vsphere_sim.testing import estate, sound

OF_THE_HOST = {"certificate": {"days_left": 4000, "issuer": "self"}}
EXPIRING = {"certificate": {"days_left": 20}}
CORPORATE = {"certificate": {"days_left": 20, "issuer": "corporate"}}
CHAIN = "GET /api/vcenter/certificate-management/vcenter/trusted-root-chains/"


def test_what_a_host_made_is_replaced_and_a_root_that_cannot_be_had_stops_its_own_hosts(tmp_path: Path) -> None:
    clusters = [{"name": "a", "hosts": [OF_THE_HOST, EXPIRING, CORPORATE]}]
    with estate(tmp_path / "estate", scenario={"vcenters": [{"name": "vc01", "clusters": clusters}]}, speed=50) as running:
        made, expiring, corporate = [host["name"] for host in running.state()["vcenters"][0]["hosts"]]
        assert running.host(made)["certificate"]["issuer"] == "O=VMware Installer"
        seen = play(running, tmp_path / "1", "--check")
        assert seen.host("vc01", made)["rule"] == "self_signed"
        assert "issued by CN=Example Corporate Issuing CA" in str(seen.host("vc01", corporate)["blockers"])
        chains = [call["method"] for call in running.journal() if call["method"].startswith(CHAIN)]
        running.fault({"match": {"method": chains[1]}, "effect": {"http_status": 403}})

        done = play(running, tmp_path / "2")
        assert (done.host("vc01", made)["result"], done.host("vc01", expiring)["result"]) == ("done", "done"), done.printed
        assert sound(running.host(made))
        assert sound(running.host(expiring))
        blockers = str(done.host("vc01", corporate)["blockers"])
        assert "issuer_unknown" in blockers
        assert "one of vCenter's trusted roots could not be read, the chain" in blockers
        assert "could not read trusted_root of the chain" in done.printed
