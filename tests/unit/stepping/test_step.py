# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A step on many hosts: what one host's work raises is that host's result, and takes nobody else's with it."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import CONNECTED, EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import CHANGED, StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.step import Availability, failed, run_on_hosts

HOSTS = [EsxiHost(f"esx0{number}", f"host-{number}", cluster="c1", connection_state=CONNECTED) for number in range(1, 5)]


def seen(host: EsxiHost, error: CertopsError) -> StepResult:
    """What is read of a host afterwards."""
    return failed(host, "reconnect", error, reason="it is due", after={"connection_state": "disconnected"})


def unseen(_host: EsxiHost, _error: CertopsError) -> StepResult:
    """It cannot even be looked at."""
    raise TypeError("it broke again")


def take(
    raised: Optional[BaseException], *, aftermath: Any = seen, max_failures: int = 9, per_cluster: int = 9
) -> list[StepResult]:
    """A step whose second host raises this."""

    def work(host: EsxiHost) -> StepResult:
        if raised is not None and host is HOSTS[1]:
            raise raised
        return StepResult(host.name, "reconnect", CHANGED, "it is due", after={"connection_state": CONNECTED})

    away = Availability(per_cluster, (), lambda _host, result: (result.after or {}).get("connection_state") != CONNECTED)
    return run_on_hosts(HOSTS, "reconnect", work, concurrency=1, max_failures=max_failures, aftermath=aftermath, availability=away)


@pytest.mark.parametrize("raised", [AttributeError("no info"), KeyError("x"), ValueError("x"), RecursionError(), MemoryError()])
def test_an_exception_of_any_class_loses_no_other_result(raised: Exception) -> None:
    results = take(raised)
    assert [one.status for one in results] == ["changed", "failed", "changed", "changed"]
    assert [one.esxi_host for one in results] == [host.name for host in HOSTS]
    told = str(results[1].error)
    assert f"An internal error in certops.vsphere stopped the step reconnect of esx02 ({type(raised).__name__}: " in told
    assert "How far it got with esx02 is not known" in told
    assert results[1].error_code == "internal_error"
    assert results[1].after == {"connection_state": "disconnected"}


def test_an_error_of_ours_that_a_step_did_not_deal_with_is_its_hosts_result() -> None:
    results = take(CertopsError("vCenter is gone", code="broken"))
    assert [one.status for one in results] == ["changed", "failed", "changed", "changed"]
    assert (results[1].error, results[1].error_code) == ("vCenter is gone.", "broken")


def test_a_host_that_cannot_be_looked_at_either_counts_as_changed_and_as_away() -> None:
    results = take(AttributeError("no info"), aftermath=unseen, per_cluster=1)
    assert [one.status for one in results] == ["changed", "failed", "not_started", "not_started"]
    assert "AttributeError: no info" in str(results[1].error)
    assert results[1].to_facts()["changed"] is True
    assert results[1].after == {"connection_state": None}
    assert "esx02 of the same cluster is away" in results[2].reason


def test_it_counts_as_a_failure() -> None:
    results = take(AttributeError("no info"), max_failures=0)
    assert [one.status for one in results] == ["changed", "failed", "not_started", "not_started"]
    assert results[2].reason == "not started, because 1 host(s) before it failed"


def test_what_ends_a_run_is_nobodys_result() -> None:
    with pytest.raises(SystemExit):
        take(SystemExit(143))
