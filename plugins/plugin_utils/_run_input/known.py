# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables that begin with certops_ and mean something: the one list, made from where each is declared.

An option is declared in meta/argument_specs.yml of a role, and nowhere here: adding one there is all that it takes. Roles that take the same
option declare it in the same words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Mapping, Optional

from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.certops.vsphere.plugins.module_utils._inventory.inventory import VARIABLES

PREFIX = "certops_"
ROOT = Path(__file__).resolve().parents[3]

# On ESXi hosts of the inventory, where no role takes them as options.
OF_ESXI_HOSTS = frozenset({"certops_method", "certops_skip", "certops_ssh"})
# Of the rulebook in extensions/eda, whose file of variables may be an inventory's too.
OF_THE_RULEBOOK = frozenset({"certops_alarm_seconds", "certops_on_alarm"})
# Of the playbook rehearse, which consists of no role.
OF_THE_REHEARSAL = frozenset({"certops_rehearse", "certops_rehearse_replace_names"})
# What one job leaves to the next one, which AWX hands on as extra variables: one for each vCenter.
OUTCOME = "certops_outcome_"
# What a custom CA that is a role of the user's sets.
OF_A_SIGNING_ROLE = frozenset({"certops_signed_pem"})

# Names that are so much alike differ by a slip of the finger; a name that is shorter than another is it, cut off, from so many signs on.
_ALIKE = 0.8
_SHORTEST = 4

# What roles and playbooks set for themselves or leave as their output: facts, results of tasks, variables of roles, blocks and tasks.
_ASSIGNED = re.compile(rf"^[\s-]*(?:register:\s*)?({PREFIX}\w+)\s*(?::|$)", re.MULTILINE)
_WHERE_ASSIGNED = ("roles/*/tasks/*.yml", "roles/*/vars/*.yml", "playbooks/*.yml")
# Options of the report's role that the run itself fills in, with why it stopped.
_FAILURE = frozenset({"certops_failure", "certops_failure_code"})


@dataclass(frozen=True)
class KnownVariables:
    """options: how each option is declared, by its name. own: what a run sets by itself, or one role hands to another."""

    options: Mapping[str, Mapping[str, Any]]
    own: frozenset[str]

    @property
    def for_users(self) -> frozenset[str]:
        """What somebody may set who starts a playbook."""
        return (
            frozenset(name for name, option in self.options.items() if not option.get("required")) - _FAILURE
            | OF_ESXI_HOSTS
            | OF_THE_REHEARSAL
        )

    def knows(self, name: str) -> bool:
        """Whether a variable may be there, whoever has set it."""
        return name in self.options or name in self.own or self._beside(name)

    def may_be_extra(self, name: str) -> bool:
        """Whether it may be an extra variable: one that the run sets by itself would not be what it sets, since extra ones outrank all."""
        return name in self.for_users or self._beside(name)

    def nearest(self, name: str) -> Optional[str]:
        """The name that was probably meant."""
        # Without what all have in common, which would make any two of them alike.
        given = name.removeprefix(PREFIX).lower()
        known = sorted(one.removeprefix(PREFIX) for one in self.for_users)
        found = get_close_matches(given, known, n=1, cutoff=_ALIKE)
        if not found and len(given) >= _SHORTEST:
            found = [one for one in known if one.startswith(given)]
        found = found or get_close_matches(given, known, n=1)
        return f"{PREFIX}{found[0]}" if found else None

    @staticmethod
    def _beside(name: str) -> bool:
        others = (OF_ESXI_HOSTS, OF_THE_REHEARSAL, OF_THE_RULEBOOK, OF_A_SIGNING_ROLE, VARIABLES)
        return name.startswith(OUTCOME) or any(name in some for some in others)


@cache
def known_variables(root: Path = ROOT) -> KnownVariables:
    """All of them, as the roles and playbooks of a collection have them."""
    options: dict[str, Mapping[str, Any]] = {}
    for path in sorted(root.glob("roles/*/meta/argument_specs.yml")):
        for point in yaml_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            for name, option in (point.get("options") or {}).items():
                options.setdefault(name, option)
    texts = (path.read_text(encoding="utf-8") for pattern in _WHERE_ASSIGNED for path in root.glob(pattern))
    return KnownVariables(options, frozenset(name for text in texts for name in _ASSIGNED.findall(text)))
