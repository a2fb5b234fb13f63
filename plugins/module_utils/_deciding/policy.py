# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator wants: the policy that a plan is made by."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, Callable, Mapping, Optional

from .._estate import messages
from .._estate.estate import MODE_CUSTOM

PROTECTION_NONE = "none"
PROTECTIONS = ("confirmed", "snapshot", PROTECTION_NONE)
REREGISTER_METHODS = ("sps_restart", "register")
METHOD_AUTO, METHOD_VCENTER, METHOD_CLI = METHODS = ("auto", "vcenter", "cli")
# What is done about vSAN, whose objects may be without a copy while a host is away.
VSAN_WARN, VSAN_REQUIRE = VSAN_CHOICES = ("warn", "require")
# What is done about vSphere HA, which may restart virtual machines of a host whose services restart.
HA_WARN, HA_REQUIRE_DISABLED, HA_SUSPEND = HA_CHOICES = ("warn", "require_disabled", "suspend")
# No choice: in mode custom there is no other one.
METHOD_CUSTOM_CA = "custom_ca"

# Before 2.19 ansible-core makes an empty text of a template that gives none. hosts is not among them: an empty list of hosts is none of
# them and not all.
_SAID_BY_NO_TEXT = frozenset({"protection", "inventory_hosts", "vmca_root_fingerprint", "limited_to"})

# The options that choose hosts, that exclude them, and those besides that tell by which names hosts may go.
_ONLY_THESE = ("hosts", "inventory_hosts", "limited_to")
_NOT_THESE = ("skip", "inventory_skip", "left_out")
_NAMING = ("inventory_addresses", "ssh_hosts", "host_methods")

_TRUE = frozenset({"yes", "true", "on", "1"})
_FALSE = frozenset({"no", "false", "off", "0"})


@dataclass(frozen=True)
class Policy:
    """The policy. Durations carry their unit; hosts are names or fnmatch patterns, None means all of them.

    inventory_hosts are the names of the inventory's ESXi hosts, inventory_addresses the addresses of those that it knows one of,
    inventory_skip those that are not to be touched, ssh_hosts those that SSH is configured to.
    limited_to: the only ones of the inventory that the run's limit names, None where it names none; left_out: those that it excludes.
    method: how certificates are renewed; host_methods: that of single hosts, by name.
    custom_ca: whether the operator has said how a CA of their own signs for hosts in certificate mode custom.
    audit: whether it is only looked at, by an account that need not be one that may renew.
    ha: what is done where vSphere HA monitors the hosts of a cluster: it is told, nothing is done to its hosts, or that is off meanwhile.
    vsan: what is done in clusters with vSAN: it is told, or no host is begun before objects are healthy and nothing is resynchronised.
    reregister_in_thumbprint_mode: whether providers may be unregistered in certificate mode thumbprint, in which it is not known whether they
    come back. repair_host_trust: whether lists of trusted CAs of hosts may be completed that lack what hosts trust SMS by.
    """

    renew_before_days: float = 45.0
    force: bool = False
    refresh_display: bool = False
    remove_orphans: bool = False
    canary: int = 1
    batch: int = 12
    per_cluster: int = 1
    max_failures: int = 0
    protection: Optional[str] = None
    protection_covers: tuple[str, ...] = ()
    hosts: Optional[tuple[str, ...]] = None
    skip: tuple[str, ...] = ()
    inventory_hosts: Optional[tuple[str, ...]] = None
    inventory_addresses: Mapping[str, str] = field(default_factory=dict)
    inventory_skip: tuple[str, ...] = ()
    limited_to: Optional[tuple[str, ...]] = None
    left_out: tuple[str, ...] = ()
    reregister_method: str = "sps_restart"
    clock_tolerance_seconds: float = 300.0
    vmca_root_fingerprint: Optional[str] = None
    method: str = METHOD_AUTO
    host_methods: Mapping[str, str] = field(default_factory=dict)
    ssh_hosts: tuple[str, ...] = ()
    custom_ca: bool = False
    audit: bool = False
    reregister_in_thumbprint_mode: bool = False
    repair_host_trust: bool = False
    ha: str = HA_WARN
    vsan: str = VSAN_WARN

    def custom_ca_signs(self, mode: Optional[str]) -> bool:
        """Whether the operator's own CA issues the certificates of hosts, in a vCenter of this certificate mode."""
        return self.custom_ca and mode == MODE_CUSTOM

    @cached_property
    def ssh_places(self) -> dict[str, int]:
        """The names in ssh_hosts with their place in the list."""
        return {name: place for place, name in enumerate(self.ssh_hosts)}

    @cached_property
    def method_places(self) -> dict[str, int]:
        """The names in host_methods in the same way."""
        return {name: place for place, name in enumerate(self.host_methods)}

    def to_facts(self) -> dict[str, Any]:
        """The policy as a plan shows it."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_options(cls, options: Any) -> Policy:
        """The policy that options describe, the defaults for what they leave out.

        Raises InputError for an unknown option or a value that is none for it.
        """
        if not isinstance(options, Mapping):
            raise messages.POLICY_NOT_A_DICTIONARY(options=_known())
        unknown = sorted(str(key) for key in options if key not in _CONVERT)
        if unknown:
            raise messages.POLICY_OPTION_UNKNOWN(names=", ".join(unknown), options=_known())
        values: dict[str, Any] = {}
        for key, value in options.items():
            if value is None or (value == "" and key in _SAID_BY_NO_TEXT):
                continue
            try:
                values[str(key)] = _CONVERT[key](value)
            except (TypeError, ValueError, OverflowError) as error:
                raise messages.POLICY_VALUE_INVALID(option=key, value=shown(value), expectation=str(error).capitalize()) from error
        return cls(**values)


def choosing(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a policy, as a plan shows it, that say which hosts are chosen; empty where all are."""
    only = {name: facts[name] for name in _ONLY_THESE if facts[name] is not None and facts[name] != ["*"]}
    others = {name: facts[name] for name in (*_NOT_THESE, *_NAMING) if facts[name]}
    return {**only, **others} if only or any(name in others for name in _NOT_THESE) else {}


def refusal(key: str, value: Any) -> Optional[str]:
    """What a value would have to be to be one for an option of the policy; None where it is one, or there is no such option."""
    if key not in _CONVERT:
        return None
    try:
        _CONVERT[key](value)
    except (TypeError, ValueError, OverflowError) as error:
        return str(error)
    return None


def _known() -> str:
    return ", ".join(one.name for one in fields(Policy))


def shown(value: Any) -> str:
    """A value as a sentence shows it."""
    try:
        return repr(value)
    except ValueError:
        # Python writes no number of thousands of digits.
        return "so large a number"


def _boolean(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("it must be true or false")


def _number(lowest: float, highest: float) -> Callable[[Any], float]:
    def convert(value: Any) -> float:
        message = f"it must be a number from {lowest:g} to {highest:g}"
        try:
            number = float(str(value))
        except ValueError as error:
            raise ValueError(message) from error
        if not lowest <= number <= highest:
            raise ValueError(message)
        return number

    return convert


def _whole(lowest: int, highest: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        number = _number(lowest, highest)(value)
        if number != int(number):
            raise ValueError("it must be a whole number")
        return int(number)

    return convert


def _choice(*allowed: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if str(value) not in allowed:
            raise ValueError(f"it must be one of: {', '.join(allowed)}")
        return str(value)

    return convert


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(str(part) for part in value)
    raise ValueError("it must be a list")


def _pairs(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError("it must be a dictionary")
    return {str(key): str(item) for key, item in value.items()}


def _chosen(*allowed: str) -> Callable[[Any], dict[str, str]]:
    def convert(value: Any) -> dict[str, str]:
        return {name: _choice(*allowed)(item) for name, item in _pairs(value).items()}

    return convert


_CONVERT: dict[Any, Callable[[Any], Any]] = {
    "renew_before_days": _number(0, 36500),
    "force": _boolean,
    "refresh_display": _boolean,
    "remove_orphans": _boolean,
    "canary": _whole(0, 100000),
    "batch": _whole(1, 100000),
    "per_cluster": _whole(1, 100000),
    "max_failures": _whole(0, 100000),
    "protection": _choice(*PROTECTIONS),
    "protection_covers": _texts,
    "hosts": _texts,
    "skip": _texts,
    "inventory_hosts": _texts,
    "inventory_addresses": _pairs,
    "inventory_skip": _texts,
    "limited_to": _texts,
    "left_out": _texts,
    "reregister_method": _choice(*REREGISTER_METHODS),
    "clock_tolerance_seconds": _number(0, 86400),
    "vmca_root_fingerprint": str,
    "method": _choice(*METHODS),
    "host_methods": _chosen(*METHODS),
    "ssh_hosts": _texts,
    "custom_ca": _boolean,
    "audit": _boolean,
    "reregister_in_thumbprint_mode": _boolean,
    "repair_host_trust": _boolean,
    "ha": _choice(*HA_CHOICES),
    "vsan": _choice(*VSAN_CHOICES),
}
