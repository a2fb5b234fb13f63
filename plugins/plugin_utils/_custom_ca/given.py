# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a CA of the operator's signs (certops_custom_ca): read, and looked at before the first call of a run.

Of its values nothing is told but the paths of files and the program: a passphrase or a token may be among them.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import holds_private_key
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.installed_collection import installed_collection
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.signing_role import collection_has_role

VARIABLE = "certops_custom_ca"
KEY, COMMAND, ROLE = METHODS = ("key", "command", "role")
# What signs with a key.
COLLECTION = "community.crypto"
DEFAULT_DAYS, DEFAULT_HOST_TIMEOUT_SECONDS = 365, 300.0
CERTIFICATE = "-----BEGIN CERTIFICATE-----"


class Unusable(Exception):
    """A CA by which nothing can be signed; the text says why."""


@dataclass(frozen=True)
class CustomCa:
    """How it signs. host_timeout_seconds: how long a command may take for a host, None for no limit. name: of the role."""

    method: str
    ca_path: str = ""
    ca_key_path: str = ""
    ca_passphrase: Optional[str] = None
    days: int = DEFAULT_DAYS
    argv: tuple[str, ...] = ()
    host_timeout_seconds: Optional[float] = DEFAULT_HOST_TIMEOUT_SECONDS
    name: str = ""


def read(given: Any) -> CustomCa:
    """What the variable says. Raises Unusable where it lacks what its method needs."""
    if not isinstance(given, Mapping):
        raise Unusable("it must be a dictionary")
    method = given.get("method")
    if method not in METHODS:
        raise Unusable(f"its method must be one of: {', '.join(METHODS)}")
    passphrase = given.get("ca_passphrase")
    argv = given.get("argv")
    found = CustomCa(
        method=str(method),
        ca_path=_expanded(given.get("ca_path")),
        ca_key_path=_expanded(given.get("ca_key_path")),
        ca_passphrase=None if passphrase is None else str(passphrase),
        days=int(_number(given, "days", DEFAULT_DAYS, lowest=1)),
        argv=tuple(map(_expanded, argv)) if isinstance(argv, (list, tuple)) else (),
        host_timeout_seconds=_number(given, "host_timeout_seconds", DEFAULT_HOST_TIMEOUT_SECONDS, lowest=0) or None,
        name=str(given.get("name") or ""),
    )
    if method == KEY and not (found.ca_path and found.ca_key_path):
        raise Unusable("its method key needs ca_path and ca_key_path")
    if method == COMMAND and not found.argv:
        raise Unusable("its method command needs argv, the program and its arguments as a list")
    if method == ROLE and not found.name:
        raise Unusable("its method role needs name, the role as NAMESPACE.COLLECTION.ROLE")
    return found


def look(custom_ca: CustomCa) -> None:
    """Look whether this controller has what it names. Raises Unusable where it has not."""
    if custom_ca.method == KEY:
        _look_at_files(custom_ca)
        if not installed_collection(COLLECTION):
            raise Unusable(
                f"its method key needs the collection {COLLECTION}, which is not installed: install it (ansible-galaxy collection install"
                f" {COLLECTION}), or sign by a command or a role"
            )
    elif custom_ca.method == COMMAND:
        if shutil.which(custom_ca.argv[0]) is None:
            raise Unusable(f"there is no program {custom_ca.argv[0]} on this controller, which its argv begins with")
    else:
        # A name with fewer dots is looked for when it is included, by where its task stands.
        namespace, _dot, rest = custom_ca.name.partition(".")
        name, _dot, role = rest.partition(".")
        collection = f"{namespace}.{name}"
        if role and not installed_collection(collection):
            raise Unusable(f"its role {custom_ca.name} is of a collection that is not installed")
        if role and not collection_has_role(collection, role):
            raise Unusable(f"the collection {collection} has no role {role}")


def shape_problem(given: Any) -> Optional[str]:
    """Why the variable cannot be meant, wherever it is used; None where it can. Empty, there is no such CA."""
    return _problem(given, looks=False)


def problem(given: Any) -> Optional[str]:
    """Why nothing could be signed on this controller; None where it could. Empty, there is no such CA."""
    return _problem(given, looks=True)


def require_usable(given: Any, vcenter: str, role_problem: Callable[[str], Optional[str]]) -> CustomCa:
    """How it signs, for a vCenter some of whose hosts need it. Raises InputError where nothing could be signed on this controller.

    role_problem: why Ansible could not include a role of that name, None where it could.
    """
    try:
        custom_ca = read(given)
        look(custom_ca)
        unloaded = role_problem(custom_ca.name) if custom_ca.method == ROLE else None
        if unloaded is not None:
            raise Unusable(unloaded)
    except Unusable as why:
        raise messages.CUSTOM_CA_UNUSABLE(vcenter=vcenter, reason=why) from why
    return custom_ca


def _problem(given: Any, *, looks: bool) -> Optional[str]:
    if isinstance(given, Mapping) and not given:
        return None
    try:
        custom_ca = read(given)
        if looks:
            look(custom_ca)
    except Unusable as why:
        return str(why)
    return None


def _look_at_files(custom_ca: CustomCa) -> None:
    absent = [path for path in (custom_ca.ca_path, custom_ca.ca_key_path) if not os.path.isfile(path)]
    if absent:
        raise Unusable(f"there is not a file {', '.join(absent)} on this controller")
    certificates, key = _text(custom_ca.ca_path), _text(custom_ca.ca_key_path)
    if holds_private_key(certificates):
        raise Unusable("its ca_path holds a private key: give the certificates alone there, and the key in ca_key_path")
    if CERTIFICATE not in certificates:
        raise Unusable(f"{custom_ca.ca_path} holds no certificate in PEM")
    if not holds_private_key(key):
        raise Unusable(f"{custom_ca.ca_key_path} holds no private key in PEM")


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        raise Unusable(f"{path} cannot be read ({error.strerror})") from error


def _expanded(value: Any) -> str:
    """A path or word, as modules take it."""
    return "" if value is None else os.path.expanduser(os.path.expandvars(str(value)))


def _number(given: Mapping[str, Any], name: str, default: float, *, lowest: float) -> float:
    value = given.get(name)
    if value is None:
        return default
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    if not lowest <= number < float("inf") or (name == "days" and number != int(number)):
        raise Unusable(f"its {name} must be a {'whole ' if name == 'days' else ''}number of {lowest:g} or more")
    return number
