# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vCenter behind a proxy that wants an account, SOAP, SMS and REST alike; and what is said where that is missing or wrong."""

from __future__ import annotations

import processes
from ansible_collections.certops.vsphere.tests.unit.connect_proxy import connect_proxy
from player import module
from vsphere_sim.testing import RunningEstate

SECRET = "pr0xy-s3cret"


def test_a_proxy_with_an_account(demo: RunningEstate) -> None:
    with connect_proxy(f"alice:{SECRET}") as proxy:
        way = {"proxy_host": "127.0.0.1", "proxy_port": proxy.port, "proxy_username": "alice", "probe": False}
        read = processes.module(demo, "cert_expiry_facts", verbose=True, **way, proxy_password=SECRET)
        assert read.returncode == 0, read.printed
        direct = module(demo, "cert_expiry_facts", probe=False)
        facts, expected = (one.result["ansible_facts"]["certops"] for one in (read, direct))
        assert facts["unavailable"] == expected["unavailable"]
        assert [host["name"] for host in facts["hosts"]] == [host["name"] for host in expected["hosts"]]
        assert facts["vcenter"]["trusted_roots"]
        wrong = module(demo, "cert_expiry_facts", **way, proxy_password="wr0ng-s3cret")
        missing = module(demo, "cert_expiry_facts", proxy_host="127.0.0.1", proxy_port=proxy.port)
        for answer in (wrong, missing):
            assert answer.returncode != 0
            told = f"because the proxy 127.0.0.1:{proxy.port} asks for an account, or for another one (HTTP 407"
            assert told in answer.message
        echoed = processes.module(
            demo, "cert_expiry_facts", verbose=True, proxy_host=f"http://alice:{SECRET}@proxy", proxy_port=3128
        )
        assert "certops_vcenter_proxy_host (the option proxy_host) contains an account" in echoed.message
        for answer in (read, wrong, missing, echoed):
            assert SECRET not in str(answer.result)
            # What is on the command line is Ansible's own to show: it came from the user.
            assert SECRET not in answer.message
