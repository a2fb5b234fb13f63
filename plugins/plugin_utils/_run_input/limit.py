# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What --limit means for a run whose unit is the vCenter: which ESXi hosts are taken of each, and what limit was meant where it leaves no vCenter.

Ansible adds no host to a run that its limit leaves out. So a limit that names ESXi hosts has to name their vCenters too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Mapping, Optional, Sequence

from ansible.inventory.manager import split_host_pattern
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._common.notice import few
from ansible_collections.certops.vsphere.plugins.module_utils._inventory.group_names import WITH_VCENTERS
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input import messages

# They take something away from what the others name.
_TAKING_AWAY = ("!", "&")
_EVERYBODY = ("all", "*")
# A limit that is longer than this is for nobody to type.
_LONGEST = 500


@dataclass(frozen=True)
class Limited:
    """only: by the inventory's name of a vCenter the ESXi hosts that the limit names of it; one that is not there is taken whole.

    left_out: the ESXi hosts that a limit of all but some excludes. narrows: whether there is any of the inventory's that is not taken.
    """

    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    left_out: Sequence[str] = ()
    narrows: bool = False

    def to_facts(self) -> dict[str, Any]:
        """For the role observe."""
        return {
            "only": {name: list(hosts) for name, hosts in self.only.items()},
            "left_out": list(self.left_out),
            "narrows": self.narrows,
        }


@dataclass(frozen=True)
class Limit:
    """A limit as it was given, and what it is about.

    left: all hosts of the inventory that it leaves. vcenters: those of the inventory. vcenter_of: each ESXi host of it with its vCenter,
    None where that is none of the inventory's. groups: the names of groups. matching: the hosts that a pattern matches, whatever the limit.
    """

    text: str
    left: frozenset[str]
    vcenters: Sequence[str]
    vcenter_of: Mapping[str, Optional[str]]
    groups: frozenset[str]
    matching: Callable[[str], frozenset[str]]

    def judge(self) -> Limited:
        """What it means. Raises InputError where it leaves nothing to do, or cannot be meant."""
        esxi = [name for name in self.vcenter_of if name in self.left]
        here = [name for name in self.vcenters if name in self.left]
        if not here:
            raise self._without_vcenter(esxi)
        terms = _from_files(split_host_pattern(self.text))
        naming = [term for term in terms if not term.startswith(_TAKING_AWAY)]
        if not naming or any(term in _EVERYBODY for term in naming):
            # All that these have in common; what each of them names shows what the limit is about.
            naming = [term[1:] for term in terms if term.startswith("&")]
        if not naming:
            return self._all_but_some(here)
        self._refuse_others(esxi, here)
        named = self.left if naming == terms else self.matching(",".join(naming))
        only = {}
        of_vcenters = self._by_vcenter(here)
        for vcenter, own in of_vcenters.items():
            taken = [name for name in own if name in self.left]
            if not taken and not named.isdisjoint(own):
                raise self._nobody_left(vcenter)
            if taken:
                only[vcenter] = taken
        return Limited(only=only, narrows=any(len(taken) < len(of_vcenters[vcenter]) for vcenter, taken in only.items()))

    def _all_but_some(self, here: Sequence[str]) -> Limited:
        left_out = []
        for vcenter, own in self._by_vcenter(here).items():
            excluded = [name for name in own if name not in self.left]
            if excluded and len(excluded) == len(own):
                raise self._nobody_left(vcenter)
            left_out += excluded
        return Limited(left_out=left_out, narrows=bool(left_out))

    def _by_vcenter(self, here: Sequence[str]) -> dict[str, list[str]]:
        """The inventory's ESXi hosts of some vCenters."""
        found: dict[str, list[str]] = {name: [] for name in here}
        for name, vcenter in self.vcenter_of.items():
            if vcenter in found:
                found[vcenter].append(name)
        return found

    def _without_vcenter(self, esxi: Sequence[str]) -> InputError:
        typed = self._to_type(esxi)
        if typed is None:
            return messages.LIMIT_WITHOUT_HOSTS(limit=self.text)
        return messages.LIMIT_WITHOUT_VCENTER(limit=self.text, limit_to_type=typed)

    def _refuse_others(self, esxi: Sequence[str], here: Sequence[str]) -> None:
        """Raise InputError for ESXi hosts that the limit names and that nobody here would take."""
        nobodys = [name for name in esxi if self.vcenter_of[name] is None]
        if nobodys:
            raise messages.LIMIT_WITH_UNMANAGED_HOSTS(limit=self.text, esxi_hosts=few(nobodys))
        others = [name for name in esxi if self.vcenter_of[name] not in here]
        if others:
            typed = self._to_type(esxi)
            if typed is None:
                raise messages.LIMIT_LACKS_UNKNOWN_VCENTERS(limit=self.text, esxi_hosts=few(others))
            raise messages.LIMIT_LACKS_VCENTERS(limit=self.text, esxi_hosts=few(others), limit_to_type=typed)

    def _nobody_left(self, vcenter: str) -> InputError:
        return messages.LIMIT_WITHOUT_HOSTS_OF_VCENTER(limit=self.text, vcenter=vcenter)

    def _to_type(self, esxi: Sequence[str]) -> Optional[str]:
        """The limit that leaves these ESXi hosts, their vCenters and the vCenters that were named; None where there is none to type."""
        wanted = dict.fromkeys([self.vcenter_of[name] for name in esxi] + [name for name in self.vcenters if name in self.left])
        vcenters = [name for name in wanted if name is not None]
        if not vcenters:
            return None
        terms = [self._with_vcenters(term) for term in split_host_pattern(self.text)]
        for tried in (terms, [*terms, *(name for name in vcenters if name not in terms)], [*esxi, *vcenters]):
            typed = ",".join(tried)
            if len(typed) <= _LONGEST and self._leaves(typed, {*esxi, *vcenters}):
                return typed
        return None

    def _with_vcenters(self, term: str) -> str:
        sibling = term.lstrip("&") + WITH_VCENTERS
        return term + WITH_VCENTERS if sibling in self.groups else term

    def _leaves(self, limit: str, wanted: set[str]) -> bool:
        """Whether a limit leaves these ESXi hosts and vCenters, and no others."""
        found = self.matching(",".join(_from_files(split_host_pattern(limit))))
        return {name for name in found if name in self.vcenter_of or name in self.vcenters} == wanted


def _from_files(terms: Sequence[str]) -> list[str]:
    """The terms of a limit, for a file (@FILE) those that stand in it; Ansible has read it by now."""
    found = []
    for term in terms:
        found += Path(term[1:]).read_text(encoding="utf-8").split("\n") if term.startswith("@") else [term]
    return [term.strip() for term in found if term.strip()]
