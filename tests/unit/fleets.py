# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents of a report folder: one with every result there is, and hostile ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import BASIS_ROOT
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.client_certificate import ClientCertificate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost, Served
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, POLICY, RENEWAL, ROOT, certificate, host, plan, provider

EXPIRING = {"ends": 20}
CLIENT = ClientCertificate(NOW + timedelta(days=20), "CN=VMCA", "expirationImminent")
# Names that a host could have, each against another reader of the report.
HOSTILE = (
    "=cmd|'/c calc'!A1",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "a\u2028b\u2029c",
    'quote"back\\slash\nline',
    "\x00\x1b[2J\x0b",
    "\ufffe\udc80",
    "]]>",
    "moc.elpmaxe\u202e\x9b31m",
)


def report(
    *hosts: Any, policy: Policy = POLICY, orphans: Any = (), changes: Optional[dict[str, Any]] = None, **parts: Any
) -> dict[str, Any]:
    """The report of a vCenter with these hosts. changes: to the vCenter."""
    whole: dict[str, Any] = {"results": [], "verified": [], "after": None, "check_mode": False, "failure": None, **parts}
    return build(plan(*hosts, policy=policy, orphans=orphans, **(changes or {})).to_facts(), **whole)


def own(name: str, **changes: Any) -> EsxiHost:
    """A host whose provider has a certificate of its own."""
    given = certificate(700, starts=-10)
    known = replace(provider(given, uid=f"uid-{name}", host=name), vasa_version="5.0", retains_certificate=False)
    served = Served(given, trusted=True, trusted_by=BASIS_ROOT, root=ROOT.sha256_fingerprint, of_provider=True)
    return host(name, version="9.0.0", provider=known, served=served, **changes)


def steps(name: str, *taken: str, **last: Any) -> list[dict[str, Any]]:
    """The results of these steps on a host; last: how the last one ended."""
    found = [{"esxi_host": name, "step": step, "status": "changed", "error": None} for step in taken]
    found[-1].update(last)
    return found


def every_result() -> dict[str, Any]:
    """A run of one vCenter that stopped, of another one in check mode, an audit of a third, and a fourth that could not be read."""
    stopped = report(
        *(host(name, **EXPIRING) for name in ("done", "failed", "not-begun", "unfinished")),
        host("blocked", in_maintenance_mode=True, **EXPIRING),
        host("partly", ends=20, remembered=-10, in_maintenance_mode=True),
        host("ok", cluster=None, provider=None, client_certificate=CLIENT),
        host("odd", status="odd"),
        host("sleeper", connection_state="notResponding", power_state="standBy"),
        host("unavailable", certificate=None, served=None, provider=None, version=None),
        orphans=(provider(None, "offline", uid="orphan"),),
        results=[
            *steps("done", *RENEWAL),
            *steps("failed", "renew", status="failed", error="It broke. Mend it."),
            *steps("unfinished", "renew"),
            *steps("partly", "reregister"),
        ],
        verified=[{"esxi_host": name, "verified": True, "problems": []} for name in ("done", "partly")],
        failure="failed broke.",
        inventory_name="vc-run",
    )
    looking = report(
        host("due", **EXPIRING), host("offline", status="offline"), check_mode=True, inventory_name="vc-check", policy=POLICY
    )
    audited = report(host("expiring", **EXPIRING), audit=True, inventory_name="vc-audit")
    return fleet.build([stopped, looking, audited], {"vc-dead": fleet.NotRead("It does not answer.", "not_reached")}, NOW)


def hostile() -> dict[str, Any]:
    """An audit whose hosts, and one of whose vCenters, are called what does harm somewhere."""
    hosts = (host(name, cluster=name, version=name, in_maintenance_mode=True, **EXPIRING) for name in HOSTILE)
    return fleet.build([report(*hosts, audit=True, inventory_name=HOSTILE[1])], {HOSTILE[2]: fleet.NotRead(HOSTILE[6])}, NOW)
