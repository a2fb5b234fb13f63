# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vCenters that an inventory file lists: for each what it says itself, else what the file says for all of them, else the environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import connection_from, whole_spec
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.module_utils._wire.tls import client_context
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory import messages

# What leads to a vCenter and bears on what is seen of it: the options of the modules, under their names.
SPEC: dict[str, Mapping[str, Any]] = whole_spec({"vmca_root_fingerprint": {"type": "str"}})
_CANONICAL = {alias: name for name, option in SPEC.items() for alias in (name, *option.get("aliases", ()))}
# The variables of the roles that lead a playbook to it. The account is none of them: the one that reads need not be the one that renews,
# and a variable of a host would outrank the account that the operator gives the group.
_TOLD = ("port", "validate_certs", "ca_path", "proxy_host", "proxy_port")


@dataclass(frozen=True)
class ListedVCenter:
    """A vCenter of the list, checked, under the inventory's name of it."""

    name: str
    connection: Connection
    vmca_root_fingerprint: Optional[str] = None

    def variables(self) -> dict[str, Any]:
        """What leads a playbook to it, without the account and its password."""
        told = {f"certops_vcenter_{name}": getattr(self.connection, name) for name in _TOLD}
        if self.vmca_root_fingerprint is not None:
            told["certops_vmca_root_fingerprint"] = self.vmca_root_fingerprint
        return {
            "ansible_host": self.connection.hostname,
            # Nothing is run on a vCenter: all of its tasks run here.
            "ansible_connection": "local",
            **{name: value for name, value in told.items() if value is not None},
        }


def is_connection_option(name: str) -> bool:
    """Whether an option of the file is one of a vCenter's, by its name or an alias."""
    return name in _CANONICAL


def is_secret_option(name: str) -> bool:
    """Whether an option of the file, by its name or an alias, is to be shown to nobody."""
    return bool(SPEC.get(_CANONICAL.get(name, ""), {}).get("no_log"))


def listed_vcenters(vcenters: Any, shared: Mapping[str, Any]) -> list[ListedVCenter]:
    """The vCenters of a list, by what the file says for all of them (shared). Without a list there is one, the shared hostname's.

    All are checked before anything is sent. Raises InputError, whose text has no value of an option that may be a secret.
    """
    common = _canonical(shared, "The file")
    entries = [_one(entry, number) for number, entry in enumerate(_entries(vcenters), start=1)]
    made = [_listed(name, {**common, **own}) for name, own in entries]
    names = [one.name for one in made]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise messages.VCENTER_NAME_REPEATED(names=", ".join(twice))
    return made


def _entries(vcenters: Any) -> list[Any]:
    if vcenters is None:
        return [{}]
    if not isinstance(vcenters, list) or not vcenters:
        raise messages.VCENTERS_NOT_A_LIST()
    return vcenters


def _one(entry: Any, number: int) -> tuple[Optional[str], dict[str, Any]]:
    """An entry's name and its options. A text is the hostname; an entry without a hostname has its name for one."""
    if isinstance(entry, str):
        entry = {"hostname": entry}
    if not isinstance(entry, Mapping):
        raise messages.VCENTER_NOT_A_DICTIONARY(number=number)
    name = entry.get("name")
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise messages.VCENTER_NAME_INVALID(number=number)
    own = _canonical({key: value for key, value in entry.items() if key != "name"}, f"vCenter {name or number} of the list")
    if not own.get("hostname") and name is not None:
        own["hostname"] = name
    if entry and not own.get("hostname"):
        raise messages.VCENTER_HOSTNAME_MISSING(number=number)
    return name, own


def _canonical(options: Mapping[str, Any], whose: str) -> dict[str, Any]:
    """Options by their names and not by aliases. What is empty is as good as not given."""
    unknown = sorted(str(key) for key in options if key not in _CANONICAL)
    if unknown:
        raise messages.VCENTER_OPTION_UNKNOWN(vcenter=whose, names=", ".join(unknown), options=", ".join(SPEC))
    complex_ones = sorted(str(key) for key, value in options.items() if isinstance(value, (Mapping, list, tuple)))
    if complex_ones:
        raise messages.VCENTER_OPTION_WITH_MANY_VALUES(vcenter=whose, names=", ".join(complex_ones))
    return {_CANONICAL[key]: value for key, value in options.items() if value is not None}


def _listed(name: Optional[str], options: Mapping[str, Any]) -> ListedVCenter:
    shown = name or options.get("hostname") or "the vCenter"
    found = ArgumentSpecValidator(SPEC).validate(dict(options))
    if found.error_messages:
        # They are of options with a type, of which none is a secret.
        raise messages.VCENTER_OPTIONS_INVALID(vcenter=shown, problems="; ".join(found.error_messages))
    valid = found.validated_parameters
    connection = connection_from(valid)
    try:
        connection.check()
        client_context(connection)
    except InputError as error:
        raise error.retold(sentence=f"{shown}: {error.sentence}") from None
    return ListedVCenter(name or connection.hostname, connection, valid["vmca_root_fingerprint"])
