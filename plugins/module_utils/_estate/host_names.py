# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which ESXi hosts a name, an address or a pattern means: the one notion of a host's names that everything goes by.

A host is known by its name in vCenter, the short form of it, its addresses and the inventory's name of it. Case, a trailing dot and
brackets do not matter. Link-local addresses name nobody: every host of a make has the same one to its service processor.

Pure. Each entry is looked up in an index, so that thousands of entries for thousands of hosts stay cheap; only patterns are compared.
"""

from __future__ import annotations

import ipaddress
import re
from bisect import bisect_left
from dataclasses import dataclass
from fnmatch import translate
from typing import Iterable, Mapping, Optional, Sequence, TypeVar

from .._common.names import as_address, normalise
from .estate import EsxiHost

_SIGNS = re.compile(r"[*?\[]")
SHOWN = 5

T = TypeVar("T")


@dataclass(frozen=True)
class Meant:
    """The hosts that an entry means, in the vCenter's order. several: it is to mean one, and may be any of these."""

    hosts: tuple[EsxiHost, ...] = ()
    several: bool = False
    # Whether it means a host by less than its whole name: another vCenter may have another host by it.
    by_part: bool = False

    def shown(self) -> str:
        """Their names, not too many."""
        names = [host.name for host in self.hosts]
        return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def is_pattern(entry: str) -> bool:
    """Whether an entry is an fnmatch pattern. An IPv6 address in brackets is none."""
    return _SIGNS.search(entry) is not None and as_address(normalise(entry)) is None


def short(name: str) -> Optional[str]:
    """The short form of a normalised name; None for an address, and for a name that has no domain."""
    label, dot, _domain = name.partition(".")
    return label if label and dot and as_address(name) is None else None


def telling(address: str) -> Optional[str]:
    """A normalised address, or None for one that tells no host from another."""
    plain = normalise(address)
    try:
        parsed = ipaddress.ip_address(plain)
    except ValueError:
        return plain or None
    return None if parsed.is_link_local or parsed.is_unspecified else plain


class HostNames:
    """The names of the hosts of a vCenter."""

    def __init__(self, hosts: Sequence[EsxiHost], inventory: Optional[Mapping[str, Optional[str]]] = None) -> None:
        """inventory: the inventory's names of ESXi hosts with the address that each has there, None where it has none."""
        self._hosts = tuple(hosts)
        self._by_name: dict[str, set[int]] = {}
        self._by_address: dict[str, set[int]] = {}
        self._by_short: dict[str, set[int]] = {}
        for number, host in enumerate(self._hosts):
            name = normalise(host.name)
            _note(self._by_name, name, number)
            _note(self._by_short, short(name), number)
            for address in host.addresses:
                _note(self._by_address, telling(address), number)
        self._inventory: dict[str, list[tuple[str, Optional[str]]]] = {}
        self._labels: dict[str, set[int]] = {}
        for label, address_there in (inventory or {}).items():
            plain = normalise(label)
            self._inventory.setdefault(plain, []).append((label, address_there))
            for number in self._of_inventory(label, address_there):
                _note(self._labels, plain, number)
                _note(self._labels, short(plain), number)
        self._sorted: Optional[list[tuple[str, int]]] = None

    def every(self, entry: str) -> Meant:
        """All hosts that an entry may mean: what is to be spared is spared by any of its names."""
        if is_pattern(entry):
            return self._meant(self._matching(entry))
        plain = normalise(entry)
        found = self._any(plain)
        for name, address in self._inventory.get(plain, ()):
            found |= self._any(normalise(name))
            found |= self._any(normalise(address)) if address else set()
        return self._meant(found)

    def chosen(self, entry: str) -> Meant:
        """The hosts that an entry or pattern chooses. A whole name outranks the inventory's name, and that an address or a short name."""
        if is_pattern(entry):
            return self._meant(self._matching(entry))
        plain = normalise(entry)
        whole = self._by_name.get(plain, set())
        if whole:
            return self._meant(whole, several=len(whole) > 1, by_part="." not in plain or as_address(plain) is not None)
        found = set().union(*(self._of_inventory(*one) for one in self._inventory.get(plain, ())))
        found = found or self._by_address.get(plain, set()) or self._by_short.get(plain, set()) | self._labels.get(plain, set())
        return self._meant(found, several=len(found) > 1, by_part=True)

    def of_inventory(self, name: str, address: Optional[str]) -> Meant:
        """The host that a host of the inventory is."""
        found = self._of_inventory(name, address)
        return self._meant(found, several=len(found) > 1)

    def _of_inventory(self, name: str, address: Optional[str]) -> set[int]:
        """Where name and address agree on some that is who is meant; where they do not, it may be any of them."""
        by_name = self._best(normalise(name))
        by_address = self._best(normalise(address)) if address else set()
        return by_name & by_address or by_name | by_address

    def _best(self, plain: str) -> set[int]:
        return self._by_name.get(plain) or self._by_address.get(plain) or self._by_short.get(plain) or set()

    def _any(self, plain: str) -> set[int]:
        found = {*self._by_name.get(plain, ()), *self._by_address.get(plain, ()), *self._by_short.get(plain, ())}
        found.update(self._labels.get(plain, ()))
        # vCenter may know a host without its domain.
        label = short(plain)
        found.update(self._by_name.get(label, ()) if label else ())
        return found

    def _matching(self, pattern: str) -> set[int]:
        """Those with any name that a pattern matches: what it begins with leaves few names to compare."""
        text = pattern.strip().rstrip(".").lower()
        sign = _SIGNS.search(text)
        start = text[: sign.start()] if sign else text
        if self._sorted is None:
            maps = (self._by_name, self._by_address, self._by_short, self._labels)
            self._sorted = sorted((name, number) for one in maps for name, numbers in one.items() for number in numbers)
        match = re.compile(translate(text)).match
        found = set()
        for place in range(bisect_left(self._sorted, (start, -1)), len(self._sorted)):
            name, number = self._sorted[place]
            if not name.startswith(start):
                break
            if match(name):
                found.add(number)
        return found

    def _meant(self, numbers: Iterable[int], *, several: bool = False, by_part: bool = False) -> Meant:
        return Meant(tuple(self._hosts[number] for number in sorted(numbers)), several, by_part)


def _note(index: dict[str, set[int]], name: Optional[str], number: int) -> None:
    if name:
        index.setdefault(name, set()).add(number)


def by_host(hosts: Sequence[EsxiHost], given: Mapping[str, T]) -> dict[str, T]:
    """What was given for hosts by any of their names, by their names in vCenter. What is given for others, or may be several's, is left out."""
    if not given:
        return {}
    names = HostNames(hosts)
    meant = ((names.chosen(name), value) for name, value in given.items() if not is_pattern(name))
    return {one.hosts[0].name: value for one, value in meant if len(one.hosts) == 1}
