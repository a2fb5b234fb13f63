# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept of vCenters: an entry for each that was read, without a secret, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.estate_cache import EstateCache
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.survey import Look
from ansible_collections.certops.vsphere.tests.unit.estates import estate, host

LOOK = Look(Connection("vc1", "operator", "canary-90c1"))
OTHER = Look(Connection("vc2", "operator", "canary-90c1"))
ESTATE = estate(host("x", ends=20))


def test_what_was_read_is_recalled_as_it_was() -> None:
    store: dict[str, Any] = {}
    EstateCache(store, "k", fresh=False).keep(LOOK, ESTATE)
    recalled = EstateCache(json.loads(json.dumps(store)), "k", fresh=False).recall(LOOK)
    assert recalled is not None
    assert recalled.to_facts() == ESTATE.to_facts()
    assert EstateCache(store, "k", fresh=False).recall(OTHER) is None
    assert "canary" not in json.dumps(store)


@pytest.mark.parametrize(
    "look",
    [
        Look(replace(LOOK.connection, port=8443)),
        Look(replace(LOOK.connection, username="auditor")),
        replace(LOOK, probe=False),
        replace(LOOK, vmca_root_fingerprint="AA"),
    ],
    ids=["port", "account", "probe", "root"],
)
def test_what_would_be_seen_otherwise_is_read(look: Look) -> None:
    store: dict[str, Any] = {}
    EstateCache(store, "k", fresh=False).keep(LOOK, ESTATE)
    assert EstateCache(store, "k", fresh=False).recall(look) is None


def test_a_refresh_recalls_nothing_and_keeps_what_it_reads() -> None:
    store: dict[str, Any] = {}
    EstateCache(store, "k", fresh=False).keep(LOOK, ESTATE)
    fresh = EstateCache(store, "k", fresh=True)
    assert fresh.recall(LOOK) is None
    fresh.keep(LOOK, estate(host("y")))
    assert [found.name for found in EstateCache(store, "k", fresh=False).recall(LOOK).hosts] == ["y"]


def test_a_vcenter_that_could_not_be_read_is_asked_again_and_its_old_state_is_forgotten() -> None:
    store: dict[str, Any] = {}
    kept = EstateCache(store, "k", fresh=True)
    kept.keep(LOOK, ESTATE)
    kept.keep(LOOK, None)
    assert EstateCache(store, "k", fresh=False).recall(LOOK) is None


@pytest.mark.parametrize("entry", [None, [], "x", {"schema_version": 99}, {"schema_version": 1, "hosts": 5}])
def test_an_entry_that_cannot_be_used_is_read_anew(entry: Any) -> None:
    store: dict[str, Any] = {}
    EstateCache(store, "k", fresh=False).keep(LOOK, ESTATE)
    assert EstateCache(dict.fromkeys(store, entry), "k", fresh=False).recall(LOOK) is None


def test_a_broken_cache_is_read_anew() -> None:
    class Broken(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            raise AnsibleError("the cache file was corrupt")

    assert EstateCache(Broken(), "k", fresh=False).recall(LOOK) is None


def test_without_a_cache_nothing_is_kept() -> None:
    kept = EstateCache(None, "k", fresh=False)
    kept.keep(LOOK, ESTATE)
    assert kept.recall(LOOK) is None
