# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new certificate that a host makes itself, over its own shell: what is refused before, how it is taken up, and what is put back."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Any, Optional, Sequence

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate, parse
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, EndpointError
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import Output, ShellDropped, ShellUnreachable
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate_on_host import (
    HostOutcome,
    Order,
    regenerate_on_host,
)
from ansible_collections.certops.vsphere.tests.unit.certificates import HOST, NOW, key, make, pem
from ansible_collections.certops.vsphere.tests.unit.fake_clock import FakeClock

HTTPS, IOFILTER = 443, 9080
OLD, NEW, LONG = (pem(make(private=key("RSA 2048"), ends=ends)) for ends in (20, 1800, 900))
HOSTD, IOFILTERD, ALL = "/etc/init.d/hostd restart", "/etc/init.d/iofiltervpd restart", "services.sh restart"
# What takes up which port's certificate, where all is well.
WELL = MappingProxyType({HOSTD: (HTTPS,), IOFILTERD: (IOFILTER,), ALL: (HTTPS, IOFILTER)})


class EsxiHost:
    """A host's shell and its ports. takes_up: by a part of a command the ports that show the pair on the disk then."""

    address = "192.0.2.7"

    def __init__(self, pair: str = OLD, serves: Optional[str] = None, takes_up: Any = WELL, **vsphere_fault: Any) -> None:
        self.pair = pair
        self.backup = ""
        self.serves: dict[int, Optional[str]] = dict.fromkeys((HTTPS, IOFILTER), serves or pair)
        self.reachable = True
        self.sent: list[str] = []
        self.clock = FakeClock()
        self._takes_up = dict(takes_up)
        # By a part of a command what is answered instead: an output, or what is raised.
        self._said: dict[str, Any] = vsphere_fault.get("vsphere_fault", {})
        self.makes: str = vsphere_fault.get("makes", NEW)

    def run(self, command: str, _seconds: float) -> Output:
        """What the host does with a command."""
        self.sent.append(command)
        for part, answer in self._said.items():
            if part in command:
                if isinstance(answer, list):
                    answer = answer.pop(0) if answer else None
                if isinstance(answer, BaseException):
                    raise answer
                if answer is not None:
                    return Output(*answer)
        for part, ports in self._takes_up.items():
            if part in command:
                self.serves.update(dict.fromkeys(ports, self.pair))
        if command == "hostname":
            return Output(0, f"{HOST}\n", "")
        if command.startswith("date"):
            return Output(0, f"{(NOW + timedelta(seconds=self.clock.seconds)).timestamp():.0f}\n", "")
        if command.startswith("cat "):
            return Output(0, self.pair, "")
        if "modulus" in command:
            return Output(0, f"Modulus={parse(self.pair).key}\n", "")
        if "grep" in command or command.startswith(("[ -e", "esxcli vsan", "ls /etc/init.d/nsx")):
            return Output(1, "", "")
        if command == "/sbin/generate-certificates":
            self.backup, self.pair = self.pair, self.makes
        if "mv -f" in command:
            self.pair = self.backup
        if command.startswith("ls"):
            return Output(0, "-r--------    1 0 0 1704 Jan 1 00:00 rui.key", "")
        if "s_client" in command:
            return Output(0, self.serves[int(command.split(":")[1].split()[0])] or "", "")
        return Output(0, "", "")

    def renew(self) -> None:
        """Nothing is kept of a connection."""

    def chain(self, _host_names: Sequence[str], port: int, _timeout_seconds: float) -> Sequence[Certificate]:
        """What its ports show."""
        shown = self.serves[port]
        if shown is None or not self.reachable:
            raise EndpointError(f"nothing listens on port {port}")
        return (parse(shown),)


class Telling:
    """vCenter, which tells the host's services; says: why it does not; helps: whether they take it up."""

    def __init__(self, host: EsxiHost, *, can: bool = True, says: Optional[str] = None, helps: bool = True) -> None:
        self._host, self._can, self._says, self._helps = host, can, says, helps

    def available(self) -> bool:
        """Whether it can."""
        return self._can

    def notify(self) -> Optional[str]:
        """Tell them."""
        if self._says is None and self._helps:
            self._host.serves = dict.fromkeys(self._host.serves, self._host.pair)
        return self._says


def renewed(host: EsxiHost, notifier: Any = None, **more: Any) -> HostOutcome:
    """Renew it."""
    given: dict[str, Any] = {"force": False, "reload": "agents", "timeout_seconds": 900, "check_mode": False, **more}
    return regenerate_on_host(host, Order(HOST, 60, **given), notifier, host, host.clock)


def failed(host: EsxiHost, notifier: Any = None, **more: Any) -> str:
    """The error with which it fails."""
    outcome = renewed(host, notifier, **more)
    assert outcome.result.status == "failed"
    return str(outcome.result.error)


def restarts(host: EsxiHost) -> list[str]:
    """What was restarted, in order."""
    return [part for command in host.sent for part in WELL if part in command]


def test_a_new_pair_is_made_kept_and_taken_up() -> None:
    host = EsxiHost()
    outcome = renewed(host)
    assert outcome.result.status == "changed", outcome.result.error
    assert (host.pair, host.serves) == (NEW, {HTTPS: NEW, IOFILTER: NEW})
    assert outcome.to_facts()["reloaded_by"] == ["hostd, vpxa", "iofiltervpd"]
    assert restarts(host) == [HOSTD, IOFILTERD]
    assert "rhttpproxy" in " ".join(host.sent)


def test_where_hostd_brings_both_up_the_provider_is_left() -> None:
    host = EsxiHost(takes_up={HOSTD: (HTTPS, IOFILTER)}, vsphere_fault={"system version": (0, "   Version: 8.0.3", "")})
    assert renewed(host).result.status == "changed"
    assert restarts(host) == [HOSTD]
    assert "rhttpproxy" not in " ".join(host.sent)


def test_check_mode_makes_none() -> None:
    host = EsxiHost()
    outcome = renewed(host, check_mode=True)
    assert (outcome.result.status, outcome.result.after, host.pair) == ("changed", {"renewed": True}, OLD)


def test_one_that_is_not_due_is_left() -> None:
    outcome = renewed(EsxiHost(LONG))
    assert (outcome.result.status, outcome.result.reason) == ("unchanged", "its certificate does not expire within 60 days")
    assert renewed(EsxiHost(LONG), force=True).result.status == "changed"


@pytest.mark.parametrize("check_mode", [True, False])
def test_one_that_is_not_taken_up_is_not_made_anew(check_mode: bool) -> None:
    host = EsxiHost(LONG, serves=OLD)
    outcome = renewed(host, check_mode=check_mode)
    assert (outcome.result.status, outcome.result.after["activation_result"]) == ("changed", True)
    assert "port 443 serves another certificate" in outcome.result.reason
    assert (restarts(host) == []) is check_mode


def test_one_that_is_never_taken_up_fails() -> None:
    host = EsxiHost(LONG, serves=OLD, takes_up={})
    told = failed(host)
    assert "does not serve the certificate that lies on its disk: port 443 serves another certificate" in told
    assert host.pair == LONG


def test_a_port_that_does_not_answer_is_a_reason_for_9080_only() -> None:
    host = EsxiHost(LONG, takes_up={})
    host.serves[HTTPS] = None
    assert renewed(host).result.status == "unchanged"
    host.serves[IOFILTER] = None
    assert "port 9080 does not answer" in failed(host)


def test_where_the_controller_reaches_no_port_the_host_asks_itself() -> None:
    host = EsxiHost()
    host.reachable = False
    assert renewed(host).result.status == "changed"
    dropped = EsxiHost(LONG, vsphere_fault={"s_client": ShellDropped("It ended", code="broken")})
    dropped.reachable = False
    assert "port 9080 does not answer" in failed(dropped)


def test_what_never_answered_is_not_waited_for_and_that_is_said() -> None:
    host = EsxiHost(takes_up={HOSTD: (HTTPS,)})
    host.serves[IOFILTER] = None
    outcome = renewed(host)
    assert outcome.result.status == "changed"
    assert any("9080" in note for note in outcome.result.notes)


# The ways to have it taken up.


def test_services_that_can_be_told_are() -> None:
    host = EsxiHost()
    outcome = renewed(host, Telling(host), reload="notify")
    assert (outcome.result.status, outcome.reloaded_by, restarts(host)) == ("changed", ["NotifyAffectedServices"], [])


@pytest.mark.parametrize("how", [{"says": "vCenter refused"}, {"helps": False}])
def test_where_telling_does_not_help_daemons_are_restarted(how: Any) -> None:
    host = EsxiHost()
    outcome = renewed(host, Telling(host, **how))
    assert outcome.reloaded_by == ["NotifyAffectedServices", "hostd, vpxa", "iofiltervpd"]
    assert (["vCenter refused"] if "says" in how else []) == [note for note in outcome.result.notes if "refused" in note]


def test_where_only_telling_is_allowed_and_does_not_help_the_old_pair_comes_back() -> None:
    host = EsxiHost()
    told = failed(host, Telling(host, helps=False), reload="notify")
    assert "does not serve the certificate that lies on its disk" in told
    assert host.pair == OLD
    assert "The old certificate and key are back in place" in told


@pytest.mark.parametrize("notifier", [None, "cannot"])
def test_where_only_telling_is_allowed_and_nobody_can_nothing_is_made(notifier: Optional[str]) -> None:
    host = EsxiHost()
    told = failed(host, Telling(host, can=False) if notifier else None, reload="notify")
    assert "was not touched, because its daemons cannot be notified" in told
    assert host.pair == OLD


def test_everything_is_restarted_only_where_that_is_allowed() -> None:
    host = EsxiHost(takes_up={ALL: (HTTPS, IOFILTER)})
    outcome = renewed(host, reload="all")
    assert outcome.reloaded_by[-1] == "services.sh"
    assert restarts(host)[-1] == ALL


def test_everything_is_not_restarted_on_a_host_of_vsan() -> None:
    host = EsxiHost(takes_up={}, vsphere_fault={"esxcli vsan": (0, "Enabled: true", "")})
    told = failed(host, reload="all")
    assert "vSAN" in told
    assert ALL not in restarts(host)


def test_a_restart_of_everything_that_does_not_help_is_told() -> None:
    host = EsxiHost(takes_up={})
    host.serves[IOFILTER] = OLD
    assert "does not serve" in failed(host, reload="all")


# What is refused before anything is made.


@pytest.mark.parametrize(
    ("vsphere_fault", "told"),
    [
        ({"hostname": (0, "localhost\n", "")}, "was not touched, because"),
        ({"hostname": (0, "other.example.com\n", "")}, "goes by the name other.example.com"),
        ({"date": (0, f"{NOW.timestamp() + 900:.0f}", "")}, "its clock is 900 seconds ahead of this controller's"),
        ({"date": (0, f"{NOW.timestamp() - 900:.0f}", "")}, "its clock is 900 seconds behind this controller's"),
        ({"df -k": (0, "x 100 90 10 90% /", "")}, "has only 10 KiB left"),
        ({"[ -d": (1, "", "")}, "cannot be worked on as an ESXi host"),
        ({"mkdir": (1, "", "No space left")}, "No space left"),
        ({"ls -ln": ShellUnreachable("Nobody answers", code="broken")}, "Nobody answers"),
    ],
)
def test_an_unfit_host_keeps_its_pair(vsphere_fault: dict[str, Any], told: str) -> None:
    host = EsxiHost(vsphere_fault=vsphere_fault)
    assert told in failed(host)
    assert host.pair == OLD


def test_what_is_no_whole_pair_is_due() -> None:
    host = EsxiHost(LONG, vsphere_fault={"openssl rsa -noout -check": [(1, "", "no key"), None, None, None]})
    outcome = renewed(host)
    assert "its certificate and key are not whole" in outcome.result.reason
    bare = EsxiHost(LONG, vsphere_fault={"cat ": [(1, "", "No such file")]})
    assert renewed(bare).result.status == "changed"


# What is put back.


def test_a_pair_that_is_still_the_old_one_is_no_new_one() -> None:
    told = failed(EsxiHost(makes=OLD))
    assert "The new certificate of esx01.example.com is not sound: " in told
    assert "it is still the old one" in told
    assert "and are what the host serves" in told


def test_a_key_that_was_open_to_less_is_so_again() -> None:
    host = EsxiHost(
        vsphere_fault={"ls -ln /etc/vmware/ssl/rui.key": [(0, "-r-------- 1 0 0 1", ""), (0, "-rw-r--r-- 1 0 0 1", "")]}
    )
    assert renewed(host).result.status == "changed"
    assert "chmod 0400 /etc/vmware/ssl/rui.key" in host.sent


def test_an_old_pair_that_is_not_served_again_is_told() -> None:
    host = EsxiHost(takes_up={HOSTD: ()})
    host.serves = dict.fromkeys(host.serves, LONG)
    told = failed(host)
    assert "but are not served yet" in told


def test_an_old_pair_that_a_reboot_may_lose_is_told() -> None:
    told = failed(EsxiHost(vsphere_fault={"/bin/auto-backup.sh": [None, (1, "", "no room"), (1, "", "no room")]}))
    assert "no room" in told


def test_what_cannot_be_put_back_is_said_loudly() -> None:
    host = EsxiHost(makes=OLD, vsphere_fault={"mv -f": (1, "", "read-only")})
    told = failed(host)
    assert "PUTTING THE OLD PAIR BACK FAILED TOO" in told
    assert "the old pair is in /etc/vmware/ssl/certops-backup-" in told


def test_another_pair_than_was_there_is_not_called_the_old_one() -> None:
    host = EsxiHost(takes_up={})
    told = ""
    original = host.run

    def run(command: str, seconds: float) -> Output:
        found = original(command, seconds)
        if "mv -f" in command:
            host.pair = LONG
        return found

    host.run = run  # type: ignore[method-assign]
    told = failed(host)
    assert "are not those that were there before" in told


def test_a_host_that_lets_nobody_in_again_is_told_when_the_patience_ends() -> None:
    host = EsxiHost(
        vsphere_fault={
            "/sbin/generate-certificates": [None, ShellDropped("It ended", code="broken")],
            "true": ShellUnreachable("Nobody answers", code="broken"),
        }
    )
    told = failed(host)
    assert "SSH did not work again within 120 seconds" in told
    assert host.clock.seconds >= 120


def test_a_defect_is_a_failed_host() -> None:
    told = failed(EsxiHost(vsphere_fault={"hostname": TypeError("no text")}))
    assert "An internal error in certops.vsphere stopped the step renew_cli of esx01.example.com" in told
    assert "nothing was replaced on the host" in told


def test_an_error_of_the_shell_is_its_sentence() -> None:
    assert failed(EsxiHost(vsphere_fault={"cat ": CertopsError("It was refused", code="broken")})) == "It was refused."
